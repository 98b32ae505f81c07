"""The mistake is one: it shows the stated lint codes and failing tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from plse.findings import Check, Finding
from plse.linter import Lint
from plse.samples import TEST_PATH, Sample
from plse.sandbox import Outcome
from plse.stages.execution import program, status_finding
from plse.stages.syntax import lint_of

if TYPE_CHECKING:
    from plse.validation import Tools

__all__ = ["check"]


def check(samples: Sequence[Sample], tools: Tools) -> list[Check]:
    """Lint the mistakes and run the tests on them, in one batch."""
    flawed = [
        position
        for position, sample in enumerate(samples)
        if sample.pattern.mistake is not None
    ]
    outcomes = tools.sandbox.run(
        [
            program(
                samples[position],
                samples[position].files_with(samples[position].mistake),
                TEST_PATH,
                samples[position].fails,
            )
            for position in flawed
        ]
    )
    checks = [Check() for _ in samples]
    for position, outcome in zip(flawed, outcomes):
        checks[position] = _check(samples[position], outcome)
    return checks


def _check(sample: Sample, outcome: Outcome) -> Check:
    lints = lint_of(sample, "mistake", sample.mistake)
    failures = [test for test in outcome.tests if test.outcome != "passed"]
    findings = [
        *_flags(sample, lints),
        *_failures(sample, outcome, {test.name for test in failures}),
    ]
    observed = {
        "flags": [
            {"code": found.code, "line": found.line, "message": found.message}
            for found in lints
        ],
        "fails": [
            {
                "test": test.name,
                "exception": test.exception,
                "line": test.line or 0,
            }
            for test in failures
        ],
    }
    return Check(tuple(findings), {"mistake": observed})


def _flags(sample: Sample, lints: Sequence[Lint]) -> Iterator[Finding]:
    mistake = sample.pattern.mistake
    expected = set(mistake.flags) if mistake else set()
    for found in lints:
        if found.code not in expected:
            yield Finding(
                "contrast",
                f"the mistake shows a lint code that `flags` does not name: "
                f"{found.message}",
                "mistake",
                found.line,
                found.code,
            )
    for code in sorted(expected - {found.code for found in lints}):
        yield Finding(
            "contrast",
            f"`flags` names {code}, which is not reported",
            "mistake",
        )


def _failures(
    sample: Sample, outcome: Outcome, failed: set[str]
) -> Iterator[Finding]:
    if outcome.status not in ("passed", "failed"):
        yield status_finding("contrast", "mistake", outcome)
        return
    ran = {test.name for test in outcome.tests}
    for name in sample.fails:
        if name not in ran:
            yield Finding(
                "contrast",
                f"`fails` names {name}, which is no test",
                "mistake",
            )
        elif name not in failed:
            yield Finding(
                "contrast",
                f"{name} passes on the mistake, but `fails` names it",
                "mistake",
            )
    for test in outcome.tests:
        if test.name in failed and test.name not in sample.fails:
            yield Finding(
                "contrast",
                f"{test.name} fails on the mistake with {test.exception}, "
                "but `fails` does not name it",
                "mistake",
                (test.line or 0) if test.path == "solution.py" else 0,
                test.exception,
            )
    if not sample.fails and not (
        sample.pattern.mistake and sample.pattern.mistake.flags
    ):
        yield Finding(
            "contrast",
            "nothing shows that the mistake is one: `flags` and `fails` are "
            "both empty",
            "mistake",
        )
