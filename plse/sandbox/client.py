"""The sandbox as the rest of the package knows it."""

from __future__ import annotations

import copy
import secrets
import threading
import weakref
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict

from plse.errors import SandboxError
from plse.patterns import File

from .batching import Batches, kind_for, message, modules_of, patience
from .commands import batches, outcome_of, outcomes_of
from .names import read_source, read_tests
from .outcomes import (
    Command,
    CommandOutcome,
    Conditions,
    EvaluationError,
    Limits,
    Outcome,
    Program,
)
from .plain import decode
from .pool import Pool, ZygoteDied
from .process import Kind
from .settings import SandboxSettings, Tier, tier_of
from .verdict import clean_text, failure_of, records

__all__ = ["Sandbox"]

_TEXT_LIMIT = 1 << 20


class Sandbox:
    """Runs code that nobody vouches for, and reports what it did.

    It starts nothing until it is first used, and starts again what has died.
    One may be used by several threads, which then take turns.

    :param settings: by default the strongest tier that the platform has.
    """

    def __init__(self, settings: SandboxSettings | None = None) -> None:
        self.settings = settings or SandboxSettings()
        self._pool = Pool(self.settings)
        self._lock = threading.RLock()
        self._timeouts: Counter[str] = Counter()
        self._finalizer = weakref.finalize(self, Pool.close, self._pool)
        self._group = ""
        self._trusted = False

    def serving(self, group: str, trusted: bool) -> Sandbox:
        """This sandbox, for code that belongs together.

        It shares its processes with this one, which must be kept; what
        :meth:`run` and the others take by default differs, and its timeouts
        are counted from none.

        :param group: see :meth:`run`.
        :param trusted: whether the code comes with this package.
        """
        other = copy.copy(self)
        other._timeouts = Counter()
        other._group = group
        other._trusted = trusted
        return other

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End every process of the sandbox; may be called twice."""
        with self._lock:
            self._pool.close()

    @property
    def processes(self) -> tuple[int, ...]:
        """The numbers of the processes that it has started and that run."""
        return self._pool.pids()

    @property
    def tier(self) -> Tier:
        """How strong it is here: A, B, or C. Found out by trying."""
        with self._lock:
            return tier_of(self._pool.footing.layers)

    @property
    def missing(self) -> Mapping[str, str]:
        """The layers that are not there, and why."""
        with self._lock:
            return self._pool.footing.missing

    def refusal(self, trusted: bool) -> str:
        """Why code is not run here, or "" when it is.

        :param trusted: whether the code comes with this package.
        """
        trusted = trusted or self._trusted
        if trusted or self.settings.allow_unsafe or self.tier != "C":
            return ""
        lacking = ", ".join(sorted(self.missing)) or "layers left out"
        return f"the sandbox is too weak here (tier C: no {lacking})"

    def run(
        self,
        programs: Sequence[Program],
        *,
        group: str = "",
        trusted: bool = False,
        conditions: Conditions | None = None,
    ) -> list[Outcome]:
        """Run programs and decide on each; the order is kept.

        Programs share children where they can. Whatever then looks other
        than expected runs again in a child of its own, which decides; and
        once more, so that one whose runs differ is called flaky.

        :param group: name of what they have in common, such as the pattern;
            after too many timeouts the rest of a group is not run.
        :param trusted: whether the code comes with this package.
        :raises SandboxError: when the sandbox itself does not work.
        """
        with self._lock:
            refusal = self.refusal(trusted)
            if refusal:
                return [Outcome("refused", detail=refusal)] * len(programs)
            return Batches(
                self._pool,
                self.settings,
                self._timeouts,
                group or self._group,
                conditions or Conditions(),
            ).decide(programs)

    def explain(self, program: Program, *, trusted: bool = False) -> str:
        """What pytest says of a program, with its assertions explained.

        Slower than running it, so meant for those that have failed. The text
        is hostile, but holds no control characters.

        :raises SandboxError: when code is refused here, or the sandbox
            itself does not work.
        """
        texts = {file.path: file.content for file in program.files}
        tests = texts.get(program.test_path, "")
        imports = (*modules_of(program.files), "pytest")
        reply, _ = self._ask(
            "explain",
            kind_for(imports, tests, Conditions()),
            program.limits,
            imports,
            trusted,
            programs=[message(program, read_tests(tests).names, tests)],
        )
        text = clean_text(reply.get("output", ""), _TEXT_LIMIT).strip()
        failed = failure_of(reply)
        return f"{text}\n{failed.detail}".strip() if failed else text

    def run_command(
        self, command: Command, *, trusted: bool = False
    ) -> CommandOutcome:
        """Run a command in a fresh folder that holds its files.

        :raises SandboxError: when the sandbox itself does not work.
        """
        with self._lock:
            refusal = self.refusal(trusted)
            if command.limits.loopback and self.tier != "A":
                refusal = "sockets need a network of their own (tier A)"
            if refusal:
                return CommandOutcome("refused", detail=refusal)
            imports = ("runpy", *modules_of(command.files))
            reply, _ = self._ask(
                "command",
                Kind(),
                command.limits,
                imports,
                trusted,
                files=_pairs(command.files),
                argv=list(command.argv),
                stdin=command.stdin,
                environment=[list(pair) for pair in command.env],
            )
            return outcome_of(reply)

    def run_commands(
        self,
        commands: Sequence[Command],
        is_expected: Callable[[int, CommandOutcome], bool],
        *,
        trusted: bool = False,
    ) -> list[CommandOutcome]:
        """Run commands, each in a fresh folder; the order is kept.

        Commands of Python share children where they can. Whatever then looks
        other than expected runs again in a child of its own, which decides.

        :param is_expected: whether the outcome of the command at a place is
            the one that is hoped for.
        :raises SandboxError: when the sandbox itself does not work.
        """
        found: dict[int, CommandOutcome] = {}
        if not self.refusal(trusted):
            for limits, places in batches(commands, self.settings.batch):
                while len(places) > 1:
                    outcomes = self._take_turns(
                        [commands[place] for place in places], limits, trusted
                    )
                    found.update(zip(places, outcomes))
                    places = places[len(outcomes) :] if outcomes else []
        return [
            found[place]
            if place in found and is_expected(place, found[place])
            else self.run_command(command, trusted=trusted)
            for place, command in enumerate(commands)
        ]

    def _take_turns(
        self, commands: Sequence[Command], limits: Limits, trusted: bool
    ) -> list[CommandOutcome]:
        """The outcomes of the first of the commands, in one child."""
        files = [file for each in commands for file in each.files]
        reply, nonce = self._ask(
            "commands",
            Kind(),
            limits,
            sorted({"runpy", *modules_of(files)}),
            trusted,
            count=len(commands),
            commands=[
                {
                    "files": _pairs(command.files),
                    "argv": list(command.argv),
                    "environment": [list(pair) for pair in command.env],
                }
                for command in commands
            ],
        )
        return outcomes_of(reply, nonce, len(commands))

    def evaluate(
        self,
        code: str,
        files: Sequence[File] = (),
        limits: Limits | None = None,
        *,
        trusted: bool = False,
    ) -> object:
        """The plain value that the code binds to ``result``.

        Only exact built-in types pass (None, bool, int, float, complex, str,
        bytes, list, tuple, set, frozenset, dict), so the value can be
        compared here without running anything of the code's.

        :param files: what lies in the current folder meanwhile.
        :raises EvaluationError: when the code raises, runs out of its
            limits, or binds something else.
        :raises SandboxError: when code is refused here, or the sandbox
            itself does not work.
        """
        imports = sorted({*read_source(code).imports, *modules_of(files)})
        reply, nonce = self._ask(
            "evaluate",
            kind_for(imports, "", Conditions()),
            limits or Limits(),
            imports,
            trusted,
            files=_pairs(files),
            code=code,
        )
        return _value(reply, nonce)

    def _ask(
        self,
        do: str,
        kind: Kind,
        limits: Limits,
        imports: Sequence[str],
        trusted: bool,
        count: int = 1,
        **rest: object,
    ) -> tuple[dict[str, object], str]:
        """Have something done; tried once more should the zygote die.

        :param count: how many programs it is.
        """
        with self._lock:
            refusal = self.refusal(trusted)
            if refusal:
                raise SandboxError(refusal)
            limits = limits.within(self.settings.ceiling)
            nonce = secrets.token_hex(16)
            request = {
                "do": do,
                "nonce": nonce,
                "limits": asdict(limits),
                "imports": list(imports),
                "programs": [],
                "files": [],
                "reverse": False,
                "clock": 0.0,
                **rest,
            }
            for _ in range(2):
                try:
                    return self._pool.ask(
                        kind, request, patience(limits, count)
                    ), nonce
                except ZygoteDied:
                    continue
            # As far as anyone can tell, it was killed.
            return {"status": -9, "report": ""}, nonce


def _pairs(files: Sequence[File]) -> list[tuple[str, str]]:
    return [(file.path, file.content) for file in files]


def _value(reply: Mapping[str, object], nonce: str) -> object:
    failed = failure_of(reply)
    if failed:
        raise EvaluationError(failed.status, failed.detail)
    found = records(str(reply.get("report", "")), nonce)
    if found == []:
        raise EvaluationError("incomplete", "it ended before its end")
    kind, *fields = found[0] if found and len(found) == 1 else ["forged"]
    if kind == "value" and len(fields) == 1:
        try:
            return decode(fields[0])
        except ValueError as error:
            raise EvaluationError("forged", str(error)) from error
    if kind == "raised" and len(fields) == 3 and fields[2].isdecimal():
        raise EvaluationError(
            clean_text(fields[0], 100),
            clean_text(fields[1]),
            int(fields[2][:9]),
        )
    raise EvaluationError("forged", "a foreign report")
