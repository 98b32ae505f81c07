"""The zygote: a confined process that forks a child for each request.

It loads modules, compiles, forks, watches and cleans up. Only a child
executes what it was given.
"""

from __future__ import annotations

import contextlib
import gc
import os
import resource
import sys
from collections.abc import Mapping, Sequence

from . import programs, runner
from .clock import shift
from .commands import run_command, run_in_turn, written
from .confine import REPORT, Limits, Walls
from .evaluation import evaluate
from .modules import Codes, compiled, find_in, know
from .namespaces import SHARED_MEMORY, mount_scratch, unmount_scratch
from .report import Emit, reporter
from .results import text_of
from .scratch import FolderScratch, MountedScratch
from .state import Baseline
from .syscalls import Machine
from .warm import use_once, warm_up
from .watch import Ended, kill_children, kill_everything, watch
from .wire import Channel
from .with_pytest import explain

__all__ = ["CannotStart", "Zygote"]

_REPORT_LIMIT = 4 << 20
_MOST_WRITTEN = 100
_CANNOT_CONFINE, _BROKEN_HARNESS = 71, 70
# Importing these does more than define names.
_NOT_PRELOADED = frozenset({"antigravity", "idlelib", "this", "turtledemo"})


class CannotStart(Exception):
    """A layer could not be built here."""

    def __init__(self, layer: str, cause: object) -> None:
        super().__init__(layer, cause)
        self.layer, self.cause = layer, str(cause)


class Zygote:
    """Answers requests, one at a time."""

    def __init__(
        self,
        channel: Channel,
        config: Mapping[str, object],
        layers: frozenset[str],
        machine: Machine | None,
        box: str,
    ) -> None:
        self._channel = channel
        self._layers = layers
        self._box = box
        self._scratch = (
            MountedScratch(box)
            if "namespaces" in layers
            else FolderScratch(box)
        )
        try:
            self._scratch.prepare(8, 256)
            self._walls = Walls(
                machine, layers, config["readable"], config["runnable"], box
            )
        except OSError as error:
            raise CannotStart("landlock", error) from error
        if "seccomp" in layers and machine is None:
            raise CannotStart("seccomp", "unknown processor")
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        find_in(f"{box}/work")
        self._known: set[str] = set()
        warm_up(box)
        self._scratch.tidy()
        self._settle()
        try:
            self._walls.close_off_zygote()
        except OSError as error:
            raise CannotStart("seccomp", error) from error

    def _settle(self) -> None:
        """Make what is loaded cheap to fork, and remember it."""
        gc.collect()
        gc.disable()
        self._baseline = Baseline(self._box)

    def _preload(self, names: list[str]) -> None:
        """Import modules of the standard library that programs ask for."""
        wanted = {
            name
            for name in names
            if name not in self._known
            and name.partition(".")[0] in sys.stdlib_module_names
            and name.partition(".")[0] not in _NOT_PRELOADED
        }
        if not wanted:
            return
        self._known |= wanted
        before = len(sys.modules)
        for name in sorted(wanted):
            # Whatever is wrong, the program that asks will meet it itself.
            with contextlib.suppress(Exception):
                __import__(name)
        use_once(wanted)
        if len(sys.modules) != before:
            self._settle()

    def answer(self, request: Mapping[str, object]) -> dict[str, object]:
        """Run one request in a child of its own."""
        limits = Limits(**request["limits"])
        self._preload(request["imports"])
        root = f"{self._box}/work/"
        prepared = [
            programs.prepare(program, root) for program in request["programs"]
        ]
        commands = request.get("commands", ())
        codes = compiled(dict(map(tuple, request.get("files", ()))), root)
        for command in commands:
            command["codes"] = compiled(
                dict(map(tuple, command["files"])), root
            )
        self._scratch.prepare(limits.file_mb, limits.files)
        with contextlib.ExitStack() as stack:
            files = [self._file(stack) for _ in range(3)]
            given = None
            if request["do"] == "command":
                given = self._file(stack)
                os.write(given, str(request["stdin"]).encode())
                os.lseek(given, 0, os.SEEK_SET)
            elif not commands:
                files[2] = files[1]
            share = limits.cpu_seconds * max(1, len(prepared), len(commands))
            if limits.processes and "namespaces" in self._layers:
                mount_scratch(SHARED_MEMORY, limits.file_mb, 64)
                stack.callback(unmount_scratch, SHARED_MEMORY)
            # A child's first collection would walk through, and so copy, all
            # that is not set aside: the baseline alone is a few megabytes.
            gc.freeze()
            child = os.fork()
            if child == 0:
                self._be_child(
                    request, prepared, codes, limits, share, files, given
                )
            try:
                ended = watch(
                    child,
                    self._channel.fileno(),
                    limits.cpu_seconds,
                    limits.wall_seconds,
                    lambda: os.fstat(files[0]).st_size,
                    "pidfd" in self._layers,
                )
            finally:
                self._clear_away(limits)
            reply = self._reply(ended, files, limits)
        if request["do"] == "command":
            given_files = dict(map(tuple, request["files"]))
            reply["written"] = written(root, given_files, limits.files)
        self._scratch.tidy()
        return reply

    def _be_child(
        self,
        request: Mapping[str, object],
        prepared: list[programs.Prepared],
        codes: Codes,
        limits: Limits,
        share: float,
        files: list[int],
        given: int | None,
    ) -> None:
        """The child's whole life; never returns."""
        status = _CANNOT_CONFINE
        try:
            tasks = self._task_limit(limits)
            self._walls.confine(limits, int(share) + 2, tasks, *files, given)
            status = _BROKEN_HARNESS
            status = self._run(request, prepared, codes)
        except BaseException as error:  # noqa: B036 - it exits anyway
            with contextlib.suppress(BaseException):
                os.write(2, f"{type(error).__name__}: {error}\n".encode())
        finally:
            os._exit(status)

    def _run(
        self,
        request: Mapping[str, object],
        prepared: list[programs.Prepared],
        codes: Codes,
    ) -> int:
        """Do what was asked; returns the exit status."""
        emit = reporter(str(request["nonce"]), REPORT)
        if request["clock"]:
            shift(request["clock"])
            # A clock that is off is where this child begins.
            self._baseline = Baseline(self._box)
        if request["do"] == "programs":
            self._run_programs(prepared, emit, bool(request["reverse"]))
            return 0
        if request["do"] == "commands":
            self._run_commands(request["commands"], emit)
            return 0
        files = dict(map(tuple, request["files"]))
        know(prepared[0].codes if prepared else codes)
        self._baseline.restore(prepared[0].files if prepared else files)
        if request["do"] == "explain":
            explain(prepared[0])
        elif request["do"] == "evaluate":
            self._evaluate(str(request["code"]), emit)
        elif request["do"] == "command":
            emit("begin")
            return run_command(request["argv"], dict(request["environment"]))
        sys.stdout.flush()
        sys.stderr.flush()
        return 0

    def _run_programs(
        self, prepared: list[programs.Prepared], emit: Emit, reverse: bool
    ) -> None:
        for number, program in enumerate(prepared):
            emit("begin", number, os.lseek(1, 0, os.SEEK_END))
            runner.run_program(program, self._baseline, emit, reverse)
            with contextlib.suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            emit("end", number, os.lseek(1, 0, os.SEEK_END))
            why = self._baseline.leftover()
            if why and number + 1 < len(prepared):
                emit("stop", why)
                break
        emit("done", self._baseline.changed() if len(prepared) > 1 else "")

    def _run_commands(
        self, commands: Sequence[Mapping[str, object]], emit: Emit
    ) -> None:
        root = f"{self._box}/work/"
        for number, command in enumerate(commands):
            files = dict(map(tuple, command["files"]))
            know(command["codes"])
            self._baseline.restore(files)
            emit("begin", number, *_printed())
            status, is_last = run_in_turn(
                command["argv"], dict(command["environment"])
            )
            changed = written(root, files, len(files) + _MOST_WRITTEN)
            emit("end", number, status, *_printed(), *changed)
            if number + 1 < len(commands) and (
                is_last or self._baseline.leftover()
            ):
                emit("stop")
                break
        emit("done", self._baseline.changed())

    def _evaluate(self, code: str, emit: Emit) -> None:
        root = f"{self._box}/work/"
        try:
            value = evaluate(code, root)
        except BaseException as error:  # noqa: B036 - so may SystemExit
            step, line = error.__traceback__, 0
            while step is not None:
                if step.tb_frame.f_code.co_filename.startswith(root):
                    line = step.tb_lineno
                step = step.tb_next
            emit("raised", type(error).__name__, text_of(error), line)
        else:
            emit("value", value)

    def _task_limit(self, limits: Limits) -> int:
        """How many processes its user may have; 0 for no limit.

        Outside a jail the kernel counts those of the whole system, so none
        is set: there a child can start threads only, unless it asks.
        """
        if "namespaces" in self._layers:
            return limits.processes + 2
        return 0

    def _clear_away(self, limits: Limits) -> None:
        if "namespaces" in self._layers:
            kill_everything()
        elif limits.processes or "seccomp" not in self._layers:
            kill_children()

    def _reply(
        self, ended: Ended, files: list[int], limits: Limits
    ) -> dict[str, object]:
        report, output, errors = files
        kept = limits.output_kb << 10
        return {
            "status": ended.status,
            "overran": ended.overran,
            "cpu_seconds": ended.cpu_seconds,
            "report": os.pread(report, _REPORT_LIMIT + 1, 0).decode(
                "ascii", "replace"
            ),
            "output": os.pread(output, kept, 0).decode("utf-8", "replace"),
            "errors": os.pread(errors, kept, 0).decode("utf-8", "replace"),
        }

    def _file(self, stack: contextlib.ExitStack) -> int:
        """A file in memory where there are such, or one without a name."""
        if "memfd" in self._layers:
            file = os.memfd_create("report")
        else:
            path = f"{self._box}/tmp/report"
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            os.unlink(path)
        stack.callback(os.close, file)
        return file


def _printed() -> tuple[int, int]:
    """How many bytes there are on the two standard streams."""
    return os.lseek(1, 0, os.SEEK_END), os.lseek(2, 0, os.SEEK_END)
