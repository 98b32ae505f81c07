"""The same verdict under other circumstances; else, the name of the leak."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from plse.imports import is_test_path
from plse.patterns import File
from plse.proof.examination import Flaw, PointResult
from plse.proof.leaks import Leak, leaks
from plse.proof.study import Study, text_of
from plse.samples import Sample
from plse.sandbox import Conditions, Outcome, Program
from plse.stages.execution import limits_of

__all__ = ["CONDITIONS", "prove"]

CONDITIONS: Mapping[str, Conditions] = {
    "hash seed": Conditions(hash_seed=1),
    "another hash seed": Conditions(hash_seed=20_011),
    "time zone": Conditions(time_zone="Asia/Kathmandu"),
    "locale": Conditions(locale="POSIX"),
    "clock": Conditions(clock_offset_seconds=400 * 86_400 + 12_345.0),
    "test order": Conditions(reverse_tests=True),
}
"""What is changed, alone, once something has been found to matter."""

TOGETHER = Conditions(
    hash_seed=1,
    time_zone="Asia/Kathmandu",
    locale="POSIX",
    clock_offset_seconds=400 * 86_400 + 12_345.0,
    reverse_tests=True,
)
"""All of it at once: one more process instead of five."""


@dataclass(frozen=True)
class _Job:
    """The tests of one module, on one side of a sample."""

    sample: Sample
    side: str
    path: str
    program: Program


def prove(study: Study) -> PointResult:
    """Run a few cells again under other conditions, and look at the source."""
    samples = study.sound[: study.settings.hermetic_cells]
    if not samples:
        return PointResult("hermetic", "skipped", "no cell passes")
    jobs = [job for sample in samples for job in _jobs(sample)]
    usual = _run(study, jobs, Conditions())
    flaws = [*_machine(study, samples)]
    kinds = ["all at once"]
    if _differing(usual, _run(study, jobs, TOGETHER)):
        for kind, conditions in CONDITIONS.items():
            kinds.append(kind)
            seen = _run(study, jobs, conditions)
            flaws += _leaked(study, kind, jobs, usual, seen)
        if not flaws:
            flaws.append(
                Flaw("the verdict changes with several conditions together")
            )
    elif any(_has_sets(sample) for sample in samples):
        # Two seeds may happen to give one order; a third rarely does too.
        kind = "another hash seed"
        kinds.append(kind)
        seen = _run(study, jobs, CONDITIONS[kind])
        flaws += _leaked(study, kind, jobs, usual, seen)
    flaky = [
        job for job, outcome in zip(jobs, usual) if outcome.status == "flaky"
    ]
    for job in flaky:
        flaws.append(_flaw(study, "chance", job, "", 0))
    return PointResult(
        name="hermetic",
        status="failed" if flaws else "passed",
        score=f"{len(samples)} cells, {len(jobs)} runs under "
        f"{len(kinds)} other condition{'s'[: len(kinds) > 1]}",
        flaws=tuple(_distinct(flaws)),
        facts={
            "cells": len(samples),
            "conditions": kinds,
            "read": [
                f"{leak.kind}: {leak.what}" for leak in _all(samples)
            ],
        },
    )


def _jobs(sample: Sample) -> Iterator[_Job]:
    tests = [file.path for file in sample.files if is_test_path(file.path)]
    sides = {"solution": sample.files, **_others(sample)}
    if sample.mistake:
        sides["mistake"] = sample.files_with(sample.mistake)
    for side, files in sides.items():
        for path in tests:
            yield _Job(
                sample,
                side,
                path,
                Program(
                    files=files,
                    test_path=path,
                    limits=limits_of(sample),
                    expects_failures=frozenset(
                        sample.fails if side == "mistake" else ()
                    ),
                ),
            )


def _others(sample: Sample) -> dict[str, tuple[File, ...]]:
    return {
        name: sample.files_with(code) for name, code in sample.others.items()
    }


def _run(
    study: Study, jobs: Sequence[_Job], conditions: Conditions
) -> list[Outcome]:
    return study.tools.sandbox.run(
        [job.program for job in jobs], conditions=conditions
    )


def _differing(
    usual: Sequence[Outcome], seen: Sequence[Outcome]
) -> list[int]:
    return [
        at
        for at, (one, other) in enumerate(zip(usual, seen))
        if (one.status, one.failures) != (other.status, other.failures)
    ]


def _leaked(
    study: Study,
    kind: str,
    jobs: Sequence[_Job],
    usual: Sequence[Outcome],
    seen: Sequence[Outcome],
) -> Iterator[Flaw]:
    for at in _differing(usual, seen):
        tests = [
            test
            for test in seen[at].tests
            if (test.outcome == "passed")
            != (test.name not in usual[at].failures)
        ]
        what, line = (
            (tests[0].name, tests[0].line) if tests else (seen[at].status, 0)
        )
        path = tests[0].path if tests else ""
        yield _flaw(study, kind, jobs[at], what, line, path)


def _flaw(
    study: Study, kind: str, job: _Job, what: str, line: int, path: str = ""
) -> Flaw:
    """A verdict that changed, with the leaks that may be why."""
    wanted = kind.removeprefix("another ")
    places = [
        (side, leak)
        for side in (job.side, job.path)
        for leak in _leaks(text_of(job.sample, side))
        if leak.kind == wanted
    ]
    message = f"the verdict on the {job.side} depends on the {wanted}"
    if what:
        message += f" ({what})"
    if places:
        message += ": " + ", ".join(
            f"{leak.what} at line {leak.line} of the {side}"
            for side, leak in places[:4]
        )
        side, line = places[0][0], places[0][1].line
    else:
        side = job.side if path == "solution.py" else job.path
    return study.flaw(job.sample, side, line or 1, message)


def _machine(study: Study, samples: Sequence[Sample]) -> Iterator[Flaw]:
    """Reads of what the sample did not create."""
    for sample in samples:
        for file in sample.files:
            if not file.path.endswith(".py"):
                continue
            for leak in _leaks(file.content):
                if leak.kind == "machine":
                    yield study.flaw(
                        sample,
                        file.path,
                        leak.line,
                        f"{leak.what} is of the machine, not of the sample",
                    )


def _has_sets(sample: Sample) -> bool:
    return any(
        leak.kind == "hash seed"
        for file in sample.files
        if file.path.endswith(".py")
        for leak in _leaks(file.content)
    )


def _all(samples: Sequence[Sample]) -> list[Leak]:
    """The places of all samples, one for each kind and expression."""
    found: dict[tuple[str, str], Leak] = {}
    for sample in samples:
        for file in sample.files:
            if file.path.endswith(".py"):
                for leak in _leaks(file.content):
                    found.setdefault((leak.kind, leak.what), leak)
    return [found[key] for key in sorted(found)]


def _leaks(text: str) -> list[Leak]:
    try:
        return leaks(text)
    except SyntaxError:
        return []


def _distinct(flaws: Sequence[Flaw]) -> list[Flaw]:
    """One flaw for each line of the pattern and each message's kind."""
    found: dict[tuple[int, str], Flaw] = {}
    for flaw in flaws:
        found.setdefault((flaw.line, flaw.message.partition(" (")[0]), flaw)
    return list(found.values())
