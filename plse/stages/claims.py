"""A tradeoff's claims hold when they are measured, and say what was."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from plse.counting import EXACT, METER_PATH, meter_source
from plse.findings import Check, Finding
from plse.generator import Generator
from plse.patterns import File, Pattern
from plse.samples import ClaimProgram, Sample
from plse.sandbox import EvaluationError, Limits, Sandbox

if TYPE_CHECKING:
    from plse.validation import Tools

__all__ = ["Measurement", "check", "measure"]

LIMITS = Limits(cpu_seconds=10.0, wall_seconds=20.0)

WORDS = {
    "allocated_bytes": "bytes allocated",
    "bytes_written": "bytes written",
    "calls": "calls",
    "comparisons": "comparisons",
    "instructions": "bytecode instructions",
    "iterations": "iterations",
    "peak_bytes": "bytes of memory at the peak",
}
VARYING = frozenset({"sort", "sorted", "nlargest", "nsmallest"})
"""What compares differently often in different versions of Python."""


@dataclass(frozen=True)
class Measurement:
    """A claim, and what was counted.

    :param less: count of the alternative that should count less; -1 if it
        could not be counted, as ``failure`` says.
    """

    claim: ClaimProgram
    less: int
    more: int
    failure: str = ""

    @property
    def holds(self) -> bool:
        """Whether the one counts as many times as much as is claimed."""
        # Where nothing was counted, 0 is no multiple of 0.
        return (
            not self.failure
            and self.more > 0
            and self.more >= self.claim.by * self.less
        )

    @property
    def is_exact(self) -> bool:
        """Whether every version of Python counts the same."""
        if self.claim.counter not in EXACT:
            return False
        texts = (self.claim.program, self.claim.less, self.claim.more)
        return self.claim.counter != "comparisons" or not any(
            VARYING & _names(text) for text in texts
        )

    @property
    def text(self) -> str:
        """The claim and what was measured, as sentences.

        Numbers that depend on the version of Python are not in it.
        """
        claim, words = self.claim, WORDS[self.claim.counter]
        said = claim.says.rstrip()
        said += "" if said.endswith((".", "!", "?")) else "."
        if self.is_exact:
            return (
                f"{said} Measured: {self.more:,} {words} with "
                f"`{claim.more_name}`, {self.less:,} with `{claim.less_name}`."
            )
        return (
            f"{said} Measured: at least {claim.by:g} times as many {words} "
            f"with `{claim.more_name}` as with `{claim.less_name}`."
        )


def check(samples: Sequence[Sample], tools: Tools) -> list[Check]:
    """Measure the claims that an explanation among the samples will state.

    Other tasks do not state them; that they hold is proven of the pattern.
    """
    checks = [Check()] * len(samples)
    stating = [
        place
        for place, sample in enumerate(samples)
        if sample.pattern.claims and sample.ask.task == "explain"
    ]
    claims = [
        _generator(samples[place].pattern).claims(samples[place].cell)
        for place in stating
    ]
    for place, measured in zip(stating, measure(claims, tools.sandbox)):
        checks[place] = _check(measured)
    return checks


def _check(measured: Sequence[Measurement]) -> Check:
    return Check(
        tuple(_findings(measured)),
        {
            "claims": [
                {"text": each.text, "counter": each.claim.counter}
                for each in measured
            ]
        },
    )


def measure(
    claims: Sequence[Sequence[ClaimProgram]], sandbox: Sandbox
) -> list[list[Measurement]]:
    """Count both alternatives of each claim.

    All are counted in one child of the sandbox, or those of each cell in one
    of its own where that fails.

    :param claims: of each cell.
    """
    try:
        return _measure(claims, sandbox)
    except EvaluationError as error:
        if len(claims) == 1:
            failed = [
                Measurement(claim, -1, -1, str(error)) for claim in claims[0]
            ]
            return [failed]
    return [measure([each], sandbox)[0] for each in claims]


def _measure(
    claims: Sequence[Sequence[ClaimProgram]], sandbox: Sandbox
) -> list[list[Measurement]]:
    """:raises EvaluationError: when a program fails, or one has counted
        anything but a number."""
    # Claims that set one alternative against several measure it once.
    jobs = dict.fromkeys(
        job for each in claims for claim in each for job in _jobs(claim)
    )
    if not jobs:
        return [[] for _ in claims]
    counts = sandbox.evaluate(
        f"from {METER_PATH.removesuffix('.py')} import measure\n"
        f"result = [measure(*job) for job in {list(jobs)!r}]\n",
        files=(File(METER_PATH, meter_source()),),
        limits=LIMITS,
    )
    if not (
        isinstance(counts, list)
        and len(counts) == len(jobs)
        and all(type(count) is int for count in counts)
    ):
        raise EvaluationError("forged", "the meter gave no numbers")
    counted = dict(zip(jobs, counts))
    return [
        [
            Measurement(claim, *map(counted.__getitem__, _jobs(claim)))
            for claim in each
        ]
        for each in claims
    ]


def _jobs(claim: ClaimProgram) -> list[tuple[str, str, str]]:
    """What is measured for a claim: first what should count less."""
    return [
        (claim.counter, code, claim.program)
        for code in (claim.less, claim.more)
    ]


def _findings(measured: Sequence[Measurement]) -> Iterator[Finding]:
    for each in measured:
        if not each.holds:
            yield Finding(
                "claims", objection(each), "claims", 0, each.claim.counter
            )


def objection(measured: Measurement) -> str:
    """Why a measurement does not bear its claim out."""
    claim, words = measured.claim, WORDS[measured.claim.counter]
    if measured.failure:
        return f"the claim could not be measured: {measured.failure}"
    return (
        f"the claim is false: {words}: {claim.more_name} {measured.more:,}, "
        f"{claim.less_name} {measured.less:,}, which is not "
        f"{claim.by:g} times as many"
    )


@lru_cache(maxsize=512)
def _names(text: str) -> frozenset[str]:
    return frozenset(
        node.id if isinstance(node, ast.Name) else node.attr
        for node in ast.walk(ast.parse(text))
        if isinstance(node, (ast.Name, ast.Attribute))
    )


@lru_cache(maxsize=8)
def _generator(pattern: Pattern) -> Generator:
    return Generator(pattern)
