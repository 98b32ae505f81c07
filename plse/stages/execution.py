"""The tests pass on what is taught, and the commands do what they should."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from plse.findings import Check, Finding
from plse.imports import is_test_path
from plse.patterns import File
from plse.samples import RenderedRun, Sample
from plse.sandbox import Command, CommandOutcome, Limits, Outcome, Program

if TYPE_CHECKING:
    from plse.validation import Tools

__all__ = ["check", "limits_of", "program", "status_finding"]


def check(samples: Sequence[Sample], tools: Tools) -> list[Check]:
    """Run every test module on every correct side, in one batch."""
    jobs: list[tuple[int, str, Program]] = []
    for position, sample in enumerate(samples):
        for side, files in _sides(sample):
            for path in _test_paths(files):
                jobs.append((position, side, program(sample, files, path)))
    outcomes = tools.sandbox.run([job for _, _, job in jobs])
    findings: list[list[Finding]] = [[] for _ in samples]
    counts = [0] * len(samples)
    for (position, side, job), outcome in zip(jobs, outcomes):
        findings[position] += _findings(side, job, outcome)
        counts[position] += len(outcome.tests)
    for position in range(len(samples)):
        if not counts[position] and not findings[position]:
            findings[position].append(
                Finding("execution", "there is no test to run", "tests")
            )
    runs = [
        (position, run)
        for position, sample in enumerate(samples)
        if not findings[position]
        for run in sample.runs
    ]
    for (position, run), outcome in zip(runs, _outcomes(samples, runs, tools)):
        findings[position] += _objections(run, outcome)
    return [
        Check(tuple(found), {"tests": count})
        for found, count in zip(findings, counts)
    ]


def program(
    sample: Sample,
    files: tuple[File, ...],
    test_path: str,
    fails: Sequence[str] = (),
) -> Program:
    """What the sandbox runs for one test module of a sample.

    :param files: the sample's, perhaps with another side as the solution.
    :param fails: names of the tests that are meant to fail.
    """
    return Program(
        files=files,
        test_path=test_path,
        limits=limits_of(sample),
        expects_failures=frozenset(fails),
    )


def limits_of(sample: Sample) -> Limits:
    """What the lesson asks for in `requires`, for the tests of a sample."""
    needs = sample.pattern.requires
    return Limits(cpu_seconds=needs.cpu_seconds, memory_mb=needs.memory_mb)


def status_finding(stage: str, side: str, outcome: Outcome) -> Finding:
    """A finding for an outcome that is neither a pass nor failed tests."""
    return Finding(
        stage,
        f"the tests did not run to their end: {outcome.status}"
        + (f" ({outcome.detail})" if outcome.detail else ""),
        side,
        0,
        outcome.status,
    )


def _sides(sample: Sample) -> Iterator[tuple[str, tuple[File, ...]]]:
    yield "solution", sample.files
    for name, code in sample.others.items():
        yield name, sample.files_with(code)


def _test_paths(files: Sequence[File]) -> list[str]:
    return [file.path for file in files if is_test_path(file.path)]


def _findings(side: str, job: Program, outcome: Outcome) -> Iterator[Finding]:
    if outcome.status == "passed":
        return
    if outcome.status != "failed":
        yield status_finding("execution", side, outcome)
        return
    for test in outcome.tests:
        if test.outcome == "passed":
            continue
        path = test.path or job.test_path
        text = f"{test.name} {test.outcome} on the {side}: "
        text += test.exception + (f": {test.message}" if test.message else "")
        yield Finding(
            "execution",
            text,
            side if path == "solution.py" else path,
            test.line or 0,
            test.exception,
        )


def _outcomes(
    samples: Sequence[Sample],
    runs: Sequence[tuple[int, RenderedRun]],
    tools: Tools,
) -> list[CommandOutcome]:
    """Run the commands of all samples, together where they can be."""
    return tools.sandbox.run_commands(
        [
            Command(
                argv=tuple(shlex.split(run.command)),
                files=samples[position].files,
            )
            for position, run in runs
        ],
        lambda at, outcome: not any(_objections(runs[at][1], outcome)),
    )


def _objections(
    run: RenderedRun, outcome: CommandOutcome
) -> Iterator[Finding]:
    side = f"run `{run.command}`"
    if outcome.status != "exited":
        yield Finding(
            "execution",
            f"did not finish: {outcome.status} {outcome.detail}".rstrip(),
            side,
            0,
            outcome.status,
        )
        return
    if outcome.exit != run.exits:
        said = (outcome.stderr or outcome.stdout).strip()[-500:]
        yield Finding(
            "execution",
            f"exited with {outcome.exit}, not {run.exits}"
            + (f": {said}" if said else ""),
            side,
        )
    printed = outcome.stdout + outcome.stderr
    for text in run.prints:
        if text not in printed:
            yield Finding(
                "execution", f"did not print {text!r}: {printed[:300]!r}", side
            )
    for path in run.writes:
        if path not in outcome.written:
            yield Finding("execution", f"did not write {path}", side)
