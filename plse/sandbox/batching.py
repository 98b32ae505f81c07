"""Deciding on many programs: in batches, and alone whatever is in doubt."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from plse.patterns import File

from .inside.watch import PATIENCE
from .names import read_source, read_tests
from .outcomes import Conditions, Limits, Outcome, Program
from .pool import Pool, ZygoteDied
from .process import Kind
from .settings import SandboxSettings, tier_of
from .verdict import Judged, judge

__all__ = ["Batches", "kind_for", "message", "modules_of", "patience"]

# Loaded before a child is forked when a program needs them: they take long.
# NumPy would load the second only when it is first used.
_HEAVY = ("numpy", "numpy.random", "pandas", "scipy", "sklearn", "torch")
# Modules of the standard library that make a zygote heavier to fork, and so
# get one of their own.
_WEIGHTY = frozenset(
    "asyncio concurrent ctypes email http logging multiprocessing sqlite3 "
    "threading unittest urllib xml".split()
)
# Outcomes that a second run alone would not change, or cost too much.
_SETTLED = ("timeout", "forged")
_SLACK_SECONDS = 15.0


@dataclass(frozen=True)
class _Job:
    """A program on its way, with what was read in its source."""

    place: int
    program: Program
    names: tuple[str, ...]
    kind: Kind
    limits: Limits
    imports: tuple[str, ...]
    tests: str


class Batches:
    """One call of :meth:`plse.sandbox.Sandbox.run`.

    :param timeouts: how many programs of each group have timed out so far.
    """

    def __init__(
        self,
        pool: Pool,
        settings: SandboxSettings,
        timeouts: Counter[str],
        group: str,
        conditions: Conditions,
    ) -> None:
        self._pool = pool
        self._settings = settings
        self._timeouts = timeouts
        self._group = group
        self._conditions = conditions
        self._outcomes: dict[int, Outcome] = {}

    def decide(self, programs: Sequence[Program]) -> list[Outcome]:
        """Run programs; the outcomes are in the same order."""
        jobs = [
            job
            for place, program in enumerate(programs)
            if (job := self._job(place, program)) is not None
        ]
        for batch in self._batches(jobs):
            self._run_batch(batch)
        return [self._outcomes[place] for place in range(len(programs))]

    def _job(self, place: int, program: Program) -> _Job | None:
        texts = {file.path: file.content for file in program.files}
        tests = texts.get(program.test_path, "")
        names = program.tests or read_tests(tests).names
        limits = program.limits.within(self._settings.ceiling)
        if not names:
            self._outcomes[place] = Outcome(
                "no_tests", detail=f"{program.test_path} holds no tests"
            )
            return None
        if limits.loopback and tier_of(self._pool.footing.layers) != "A":
            self._outcomes[place] = Outcome(
                "unsupported",
                detail="sockets need a network of their own (tier A)",
            )
            return None
        imports = modules_of(program.files)
        kind = kind_for(imports, tests, self._conditions)
        return _Job(place, program, names, kind, limits, imports, tests)

    def _batches(self, jobs: Sequence[_Job]) -> Iterator[list[_Job]]:
        """Jobs that may share a child, in order."""
        alike: dict[object, list[_Job]] = {}
        for job in jobs:
            alike.setdefault((job.kind, job.limits), []).append(job)
        size = max(1, self._settings.batch)
        for group in alike.values():
            for start in range(0, len(group), size):
                yield group[start : start + size]

    def _run_batch(self, batch: list[_Job]) -> None:
        """Decide on a batch; whatever is in doubt runs again."""
        pending = [batch]
        while pending:
            jobs = pending.pop()
            if not jobs:
                continue
            if self._is_stopped():
                for job in jobs:
                    self._outcomes[job.place] = Outcome(
                        "stopped",
                        detail=f"not run: {self._settings.timeouts} programs "
                        f"of {self._group} ran out of time",
                    )
                continue
            if len(jobs) == 1:
                self._settle(jobs[0], None)
                continue
            judged = self._ask(jobs)
            if judged is None or (not judged.whole and judged.culprit < 0):
                for job in jobs:
                    self._settle(job, None)
            elif not judged.whole:
                # One of them ended the child: without it, the others fit.
                at = judged.culprit
                self._settle(jobs[at], None)
                pending += [jobs[at + 1 :], jobs[:at]]
            else:
                ran = 0
                for job, outcome in zip(jobs, judged.outcomes):
                    if outcome is not None:
                        self._accept(job, outcome)
                        ran += 1
                pending.append(jobs[ran:])

    def _is_stopped(self) -> bool:
        most = self._settings.timeouts
        return bool(self._group) and self._timeouts[self._group] >= most

    def _accept(self, job: _Job, outcome: Outcome) -> None:
        """Believe a result from a batch if it is the expected one."""
        if _as_expected(job.program, outcome):
            self._outcomes[job.place] = outcome
        else:
            self._settle(job, outcome)

    def _settle(self, job: _Job, before: Outcome | None) -> None:
        """Decide on a program by running it alone.

        :param before: what it showed in a batch, when that was whole.
        """
        outcome = self._alone(job)
        if outcome.status == "timeout" and self._group:
            self._timeouts[self._group] += 1
        expected = _as_expected(job.program, outcome)
        if outcome.status not in _SETTLED and (
            not expected or before is not None
        ):
            again = self._alone(job)
            if not _alike(outcome, again):
                outcome = replace(
                    again,
                    status="flaky",
                    detail=f"once {outcome.status}, once {again.status}: "
                    f"{outcome.detail or again.detail}",
                )
        self._outcomes[job.place] = outcome

    def _alone(self, job: _Job) -> Outcome:
        for _ in range(2):
            judged = self._ask([job])
            if judged is not None and judged.outcomes[0] is not None:
                return judged.outcomes[0]
        return Outcome("crashed", detail="it ended the sandbox's own process")

    def _ask(self, jobs: Sequence[_Job]) -> Judged | None:
        """Run jobs in one child; None when the zygote died over them."""
        nonce = secrets.token_hex(16)
        limits = jobs[0].limits
        backwards = self._conditions.reverse_tests
        request = {
            "do": "programs",
            "nonce": nonce,
            "limits": asdict(limits),
            "imports": sorted({name for job in jobs for name in job.imports}),
            "programs": [
                message(job.program, job.names, job.tests) for job in jobs
            ],
            "reverse": backwards,
            "clock": self._conditions.clock_offset_seconds,
        }
        try:
            reply = self._pool.ask(
                jobs[0].kind, request, patience(limits, len(jobs))
            )
        except ZygoteDied:
            return None
        return judge(
            reply,
            nonce,
            [job.names[::-1] if backwards else job.names for job in jobs],
        )


def patience(limits: Limits, programs: int = 1) -> float:
    """How long to wait for a zygote, in seconds, before it is given up.

    It stops its children itself, long before this.
    """
    seconds = limits.cpu_seconds + limits.wall_seconds
    return PATIENCE * seconds * programs + _SLACK_SECONDS


def modules_of(files: Sequence[File]) -> tuple[str, ...]:
    """Every module that the Python files among these import, sorted."""
    found = {
        name
        for file in files
        if file.path.endswith(".py")
        for name in read_source(file.content).imports
    }
    return tuple(sorted(found))


def kind_for(
    imports: Sequence[str], tests: str, conditions: Conditions
) -> Kind:
    """The zygote for a program: it has loaded what is slow to load."""
    needed = {name.partition(".")[0] for name in imports}
    preload = {name for name in _HEAVY if name.partition(".")[0] in needed}
    if "hypothesis" in needed:
        preload |= {"hypothesis", "pytest"}
    elif (
        "pytest" in needed
        or read_tests(tests).through_pytest
        or "monkeypatch" in tests
    ):
        # Without Hypothesis, whose start takes four times as long.
        preload.add("pytest")
    elif needed & _WEIGHTY or "async def" in tests:
        preload.add("asyncio")
    return Kind.of(tuple(sorted(preload)), conditions)


def message(
    program: Program, names: Sequence[str], tests: str
) -> dict[str, object]:
    """A program as a zygote wants it."""
    facts = read_tests(tests)
    return {
        "files": [(file.path, file.content) for file in program.files],
        "test_path": program.test_path,
        "names": list(names),
        "plain": facts.plain,
        "fixtures": facts.fixtures,
        "through_pytest": facts.through_pytest,
        "on_disk": program.limits.processes > 0,
        "until_failure": program.until_failure,
    }


def _as_expected(program: Program, outcome: Outcome) -> bool:
    expected = program.expects_failures
    if expected is None:
        return outcome.status in ("passed", "failed")
    if not expected:
        return outcome.status == "passed"
    return outcome.status == "failed" and outcome.failures == expected


def _alike(one: Outcome, other: Outcome) -> bool:
    return one.status == other.status and one.failures == other.failures
