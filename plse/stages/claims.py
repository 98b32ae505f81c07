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
    return [_check(sample, tools.sandbox) for sample in samples]


def _check(sample: Sample, sandbox: Sandbox) -> Check:
    if not sample.pattern.claims or sample.ask.task != "explain":
        return Check()
    claims = _generator(sample.pattern).claims(sample.cell)
    measured = measure(claims, sandbox)
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
    claims: Sequence[ClaimProgram], sandbox: Sandbox
) -> list[Measurement]:
    """Count both alternatives of each claim, in one run of the sandbox."""
    pairs = [
        [
            (claim.counter, code, claim.program)
            for code in (claim.less, claim.more)
        ]
        for claim in claims
    ]
    # Claims that set one alternative against several measure it once.
    jobs = list(dict.fromkeys(job for pair in pairs for job in pair))
    try:
        counts = sandbox.evaluate(
            f"from {METER_PATH.removesuffix('.py')} import measure\n"
            f"result = [measure(*job) for job in {jobs!r}]\n",
            files=(File(METER_PATH, meter_source()),),
            limits=LIMITS,
        )
    except EvaluationError as error:
        return [Measurement(claim, -1, -1, str(error)) for claim in claims]
    if not (
        isinstance(counts, list)
        and len(counts) == len(jobs)
        and all(type(count) is int for count in counts)
    ):
        failure = "the meter gave no numbers"
        return [Measurement(claim, -1, -1, failure) for claim in claims]
    counted = dict(zip(jobs, counts))
    return [
        Measurement(claim, *map(counted.__getitem__, pair))
        for claim, pair in zip(claims, pairs)
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
