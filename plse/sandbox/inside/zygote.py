"""The zygote: a confined process that forks a child for each request.

::

    worker ── socket pair ── supervisor ── zygote ── child, one a request

The supervisor is what the worker started. It builds the jail, forks the
zygote into it (as process 1 of its own process numbers), and then only waits:
for the zygote to end, or for the worker to die, which ends the zygote. The
zygote loads modules, compiles, forks, watches and cleans up. Only a child
executes what it was given.
"""

from __future__ import annotations

import contextlib
import gc
import os
import resource
import select
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Mapping

from . import kernel, programs, runner
from .confine import REPORT, Limits, Walls
from .namespaces import Jail
from .report import reporter
from .scratch import FolderScratch, MountedScratch
from .state import Baseline
from .syscalls import Machine, this_machine
from .watch import Ended, HungUp, kill_children, kill_everything, watch
from .wire import Channel

__all__ = ["main"]

_PARENT_DEATH_SIGNAL, _SET_DUMPABLE, _SUBREAPER = 1, 4, 36
_JAIL_BOX = "/scratch/box"
_REPORT_LIMIT = 4 << 20
_CANNOT_CONFINE, _BROKEN_HARNESS = 71, 70
# Importing these does more than define names.
_NOT_PRELOADED = frozenset({"antigravity", "idlelib", "this", "turtledemo"})


class CannotStart(Exception):
    """A layer could not be built here."""

    def __init__(self, layer: str, cause: object) -> None:
        super().__init__(layer, cause)
        self.layer, self.cause = layer, str(cause)


def main(descriptor: int) -> None:
    """Run as the process that a worker has just started.

    :param descriptor: this end of the socket pair.
    """
    os.set_inheritable(descriptor, False)
    channel = Channel(socket.socket(fileno=descriptor))
    config = channel.receive()
    try:
        _start(channel, config)
    except CannotStart as error:
        channel.send({"missing": error.layer, "cause": error.cause})
    os._exit(0)


def _start(channel: Channel, config: Mapping[str, object]) -> None:
    layers = frozenset(config["layers"])
    machine = this_machine()
    worker = _process_descriptor(os.getppid(), layers)
    # Hooks would run in every child, and reseed and relock what no other
    # thread of a zygote can hold.
    if hasattr(os, "register_at_fork"):
        os.register_at_fork = lambda **hooks: None
    for name in config["preload"]:
        with contextlib.suppress(ImportError):
            __import__(name)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    folder = None
    if "namespaces" in layers:
        if machine is None:
            raise CannotStart("namespaces", "unknown processor")
        try:
            Jail(machine, config["binds"], _JAIL_BOX, config["user"]).enter()
        except OSError as error:
            raise CannotStart("namespaces", error) from error
        box = _JAIL_BOX
    else:
        folder = tempfile.mkdtemp(prefix="plse-sandbox-")
        box = f"{folder}/box"
        os.mkdir(box)
        os.chmod(folder, 0o755)
        if os.geteuid() == 0:
            _change_user(config["user"], folder)
        if machine:
            kernel.prctl(_SUBREAPER, 1)
    try:
        _check_readable()
        zygote = os.fork()
        if zygote == 0:
            try:
                _serve(channel, config, layers, machine, box)
            except CannotStart as error:
                channel.send({"missing": error.layer, "cause": error.cause})
            except (EOFError, HungUp, OSError):
                pass
            finally:
                os._exit(0)
        channel.close()
        _supervise(zygote, worker, layers)
    finally:
        if folder is not None:
            kill_children()
            shutil.rmtree(folder, ignore_errors=True)


def _change_user(user: int, folder: str) -> None:
    for path in (folder, f"{folder}/box"):
        os.chown(path, user, user)
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def _check_readable() -> None:
    """Make sure that the interpreter can be read as the user we now are."""
    try:
        for folder in {os.path.dirname(os.__file__), *sys.path}:
            if os.path.isdir(folder) or folder == os.path.dirname(os.__file__):
                os.listdir(folder)
    except OSError as error:
        raise CannotStart("user", error) from error


def _process_descriptor(process: int, layers: frozenset[str]) -> int | None:
    if "pidfd" not in layers:
        return None
    try:
        return os.pidfd_open(process)
    except OSError as error:
        raise CannotStart("pidfd", error) from error


def _supervise(
    zygote: int, worker: int | None, layers: frozenset[str]
) -> None:
    """Wait until the zygote ends, or the worker does."""
    if worker is not None:
        poll = select.poll()
        poll.register(worker, select.POLLIN)
        own = os.pidfd_open(zygote)
        poll.register(own, select.POLLIN)
        if own not in dict(poll.poll()):
            # It sees the hang-up itself, and is given time to tidy up.
            poll.unregister(worker)
            poll.poll(2000)
    else:
        parent = os.getppid()
        while not os.waitpid(zygote, os.WNOHANG)[0]:
            if os.getppid() != parent:
                break
            time.sleep(0.2)
        else:
            return
    with contextlib.suppress(ProcessLookupError):
        os.kill(zygote, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(zygote, 0)


def _serve(
    channel: Channel,
    config: Mapping[str, object],
    layers: frozenset[str],
    machine: Machine | None,
    box: str,
) -> None:
    if machine:
        kernel.prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)
        kernel.prctl(_SET_DUMPABLE, 0)
        if "namespaces" not in layers:
            kernel.prctl(_SUBREAPER, 1)
    tempfile.tempdir = f"{box}/tmp"
    for name in ("TMPDIR", "HOME"):
        os.environ[name] = f"{box}/tmp"
    sys.path.insert(0, f"{box}/work")
    sys.argv = [f"{box}/work"]
    # Loaded already; nothing that a program imports should find them.
    for name in [name for name in sys.modules if name.startswith("plse")]:
        del sys.modules[name]
    server = _Zygote(channel, config, layers, machine, box)
    channel.send({"ready": True})
    while True:
        channel.send(server.answer(channel.receive()))


class _Zygote:
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
        self._known: set[str] = set()
        self._settle()
        try:
            self._walls.close_off_zygote()
        except OSError as error:
            raise CannotStart("seccomp", error) from error

    def _settle(self) -> None:
        """Make what is loaded cheap to fork, and remember it."""
        gc.collect()
        gc.disable()
        gc.freeze()
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
        self._scratch.prepare(limits.file_mb, limits.files)
        report, output = self._file(), self._file()
        share = limits.cpu_seconds * max(1, len(prepared))
        child = os.fork()
        if child == 0:
            self._be_child(request, prepared, limits, share, report, output)
        try:
            ended = watch(
                child,
                self._channel.fileno(),
                limits.cpu_seconds,
                limits.wall_seconds,
                lambda: os.fstat(report).st_size,
                "pidfd" in self._layers,
            )
        finally:
            self._clear_away(limits)
        reply = self._reply(ended, report, output, limits)
        os.close(report)
        os.close(output)
        self._scratch.tidy()
        return reply

    def _be_child(
        self,
        request: Mapping[str, object],
        prepared: list[programs.Prepared],
        limits: Limits,
        share: float,
        report: int,
        output: int,
    ) -> None:
        """The child's whole life; never returns."""
        status = _CANNOT_CONFINE
        try:
            tasks = self._task_limit(limits)
            self._walls.confine(limits, int(share) + 2, tasks, report, output)
            status = _BROKEN_HARNESS
            self._run(request, prepared)
            status = 0
        except BaseException as error:  # noqa: B036 - it exits anyway
            with contextlib.suppress(BaseException):
                os.write(2, f"{type(error).__name__}: {error}\n".encode())
        finally:
            os._exit(status)

    def _run(
        self,
        request: Mapping[str, object],
        prepared: list[programs.Prepared],
    ) -> None:
        emit = reporter(str(request["nonce"]), REPORT)
        for number, program in enumerate(prepared):
            self._baseline.restore(program.files)
            emit("begin", number, os.lseek(1, 0, os.SEEK_END))
            runner.run_program(
                program, self._baseline, emit, bool(request["reverse"])
            )
            with contextlib.suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            emit("end", number, os.lseek(1, 0, os.SEEK_END))
            why = self._baseline.leftover()
            if why and number + 1 < len(prepared):
                emit("stop", why)
                return
        emit("done", "")

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
        self, ended: Ended, report: int, output: int, limits: Limits
    ) -> dict[str, object]:
        size = os.fstat(report).st_size
        return {
            "status": ended.status,
            "overran": ended.overran,
            "cpu_seconds": ended.cpu_seconds,
            "report": os.pread(report, min(size, _REPORT_LIMIT), 0).decode(
                "ascii", "replace"
            ),
            "report_size": size,
            "output": os.pread(output, limits.output_kb << 10, 0).decode(
                "utf-8", "replace"
            ),
        }

    def _file(self) -> int:
        """A file in memory where there are such, or one without a name."""
        if "memfd" in self._layers:
            return os.memfd_create("report")
        with tempfile.TemporaryFile(dir=f"{self._box}/tmp") as file:
            return os.dup(file.fileno())
