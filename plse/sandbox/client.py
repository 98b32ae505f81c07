"""The sandbox as the rest of the package knows it."""

from __future__ import annotations

import secrets
import threading
import weakref
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from plse.patterns import File

from .names import read_source, read_tests, third_party
from .outcomes import Conditions, Limits, Outcome, Program
from .pool import Pool, ZygoteDied
from .process import Kind
from .settings import SandboxSettings, Tier, tier_of
from .verdict import Judged, judge

__all__ = ["Sandbox"]

# Loaded before a child is forked when a program needs them: they take long.
_HEAVY = ("numpy", "pandas", "scipy", "sklearn", "torch")
_TESTING = ("hypothesis", "pytest")
# Outcomes that a second run alone would not change, or cost too much.
_SETTLED = ("timeout", "forged", "no_tests")
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

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End every process of the sandbox; may be called twice."""
        with self._lock:
            self._pool.close()

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
            run = _Run(self, group, conditions or Conditions())
            refusal = self.refusal(trusted)
            if refusal:
                return [Outcome("refused", detail=refusal)] * len(programs)
            return run.decide(programs)


class _Run:
    """One call of :meth:`Sandbox.run`."""

    def __init__(
        self, sandbox: Sandbox, group: str, conditions: Conditions
    ) -> None:
        self._sandbox = sandbox
        self._settings = sandbox.settings
        self._group = group
        self._conditions = conditions
        self._outcomes: dict[int, Outcome] = {}

    def decide(self, programs: Sequence[Program]) -> list[Outcome]:
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
        if limits.loopback and self._sandbox.tier != "A":
            self._outcomes[place] = Outcome(
                "unsupported",
                detail="sockets need a network of their own (tier A)",
            )
            return None
        imports = sorted(
            {
                name
                for file in program.files
                if file.path.endswith(".py")
                for name in read_source(file.content).imports
            }
        )
        return _Job(
            place,
            program,
            names,
            Kind.of(_preload(imports, tests), self._conditions),
            limits,
            tuple(imports),
            tests,
        )

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
        sandbox = self._sandbox
        group = self._group
        if group and sandbox._timeouts[group] >= self._settings.timeouts:
            self._outcomes[job.place] = Outcome(
                "stopped",
                detail=f"not run: {self._settings.timeouts} programs of "
                f"{group} had run out of time",
            )
            return
        outcome = self._alone(job)
        if outcome.status == "timeout" and group:
            sandbox._timeouts[group] += 1
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
            if judged is not None:
                outcome = judged.outcomes[0]
                if outcome is not None:
                    return outcome
        return Outcome("crashed", detail="it ended the sandbox's own process")

    def _ask(self, jobs: Sequence[_Job]) -> Judged | None:
        """Run jobs in one child; None when the zygote died over them."""
        nonce = secrets.token_hex(16)
        limits = jobs[0].limits
        backwards = self._conditions.reverse_tests
        request = {
            "nonce": nonce,
            "limits": asdict(limits),
            "imports": sorted({name for job in jobs for name in job.imports}),
            "programs": [_message(job) for job in jobs],
            "reverse": backwards,
            "clock": self._conditions.clock_offset_seconds,
        }
        longest = 6 * limits.wall_seconds * len(jobs) + _SLACK_SECONDS
        try:
            reply = self._sandbox._pool.ask(jobs[0].kind, request, longest)
        except ZygoteDied:
            return None
        return judge(
            reply,
            nonce,
            [job.names[::-1] if backwards else job.names for job in jobs],
        )


def _preload(imports: Sequence[str], tests: str) -> tuple[str, ...]:
    """The modules that the zygote of a program should have loaded."""
    needed = third_party(imports)
    heavy = [name for name in _HEAVY if name in needed]
    if needed & set(_TESTING) or read_tests(tests).through_pytest:
        heavy += _TESTING
    elif "monkeypatch" in tests:
        heavy += _TESTING
    return tuple(sorted(heavy))


def _message(job: _Job) -> dict[str, object]:
    program = job.program
    facts = read_tests(job.tests)
    return {
        "files": [_pair(file) for file in program.files],
        "test_path": program.test_path,
        "names": job.names,
        "plain": facts.plain,
        "through_pytest": facts.through_pytest,
        "on_disk": job.limits.processes > 0,
    }


def _pair(file: File) -> tuple[str, str]:
    return file.path, file.content


def _as_expected(program: Program, outcome: Outcome) -> bool:
    expected = program.expects_failures
    if expected is None:
        return outcome.status in ("passed", "failed")
    if not expected:
        return outcome.status == "passed"
    return outcome.status == "failed" and outcome.failures == expected


def _alike(one: Outcome, other: Outcome) -> bool:
    return one.status == other.status and one.failures == other.failures
