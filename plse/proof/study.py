"""What the points of an examination share: cells, samples, verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from plse.drawing.randomness import Numbers, keyed
from plse.errors import RenderError
from plse.findings import Finding
from plse.generator import Generator
from plse.patterns import Pattern, plain
from plse.proof.branches import Branches
from plse.proof.covering import Covering, cover_pairs
from plse.proof.examination import Flaw
from plse.proof.settings import ProofSettings
from plse.samples import Sample
from plse.skeleton import skeleton
from plse.validation import Tools, Verdict, validate

__all__ = ["Rendered", "Study"]

BATCH = 40
"""Samples validated together."""


@dataclass(frozen=True)
class Rendered:
    """A cell that was looked at: its sample, or why there is none."""

    index: int
    sample: Sample | None
    error: RenderError | None = None


class Study:
    """One pattern under examination; every part is made once, when asked.

    :param tools: what validation works with.
    """

    def __init__(
        self, pattern: Pattern, tools: Tools, settings: ProofSettings
    ) -> None:
        self.pattern = pattern
        self.tools = tools
        self.settings = settings
        self.branches = Branches(pattern)
        self.generator = Generator(pattern, self.branches.env)

    @cached_property
    def key(self) -> bytes:
        """What the choices of this study are drawn from."""
        return keyed("proof", self.pattern.id, self.settings.seed)

    @cached_property
    def covering(self) -> Covering:
        """The cells in which the pairs of options meet."""
        return cover_pairs(
            self.generator.space, self.settings.cells, self.key
        )

    @cached_property
    def rendered(self) -> tuple[Rendered, ...]:
        """The covering cells, each with a phrasing, the phrasings in turn."""
        asks = len(self.pattern.asks)
        return tuple(
            self.render(cell * asks + position % asks)
            for position, cell in enumerate(self.covering.cells)
        )

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        """What validation says of the covering cells that render."""
        samples = [each.sample for each in self.rendered if each.sample]
        return tuple(
            verdict
            for start in range(0, len(samples), BATCH)
            for verdict in validate(samples[start : start + BATCH], self.tools)
        )

    @cached_property
    def sound(self) -> tuple[Sample, ...]:
        """Samples whose solution passes, one of each structure first."""
        passing = [
            verdict.sample
            for verdict in self.verdicts
            if not (STAGES_OF_SOLUTION & _stages(verdict.findings))
        ]
        seen: set[str] = set()
        first, again = [], []
        for sample in passing:
            shape = skeleton(sample.code) if sample.code else ""
            (again if shape in seen else first).append(sample)
            seen.add(shape)
        return (*first, *again)

    def render(self, index: int) -> Rendered:
        """The sample at an address, or the error instead."""
        try:
            return Rendered(index, self.generator.sample(index))
        except RenderError as error:
            return Rendered(index, None, error)

    def random_cells(self, purpose: str, count: int) -> Iterable[int]:
        """Cell indices, with repetition, the same for the same study."""
        numbers = Numbers(keyed(self.key, purpose))
        size = self.generator.space.size
        return (numbers.below(size) for _ in range(count))

    def plain(self, rows: Sequence[int]) -> dict[str, object]:
        """The cell that takes these rows, as JSON shows it."""
        options = self.generator.space.options(rows)
        return {name: plain(option) for name, option in options.items()}

    def line_of(self, sample: Sample, side: str, line: int) -> int:
        """The line of the pattern file behind a line of a sample's text."""
        if line < 1:
            return 0
        try:
            found = self.generator.line_of(sample, side, line)
        except RenderError as error:
            return error.line
        return found[1] if found else 0

    def flaw(
        self,
        sample: Sample,
        side: str,
        line: int,
        message: str,
        detail: str = "",
    ) -> Flaw:
        """A flaw that shows in a sample."""
        return Flaw(
            message,
            self.line_of(sample, side, line),
            sample.plain_cell,
            sample.index,
            detail,
        )

    def flaw_of(self, sample: Sample, finding: Finding) -> Flaw:
        """A finding of validation as a flaw of the pattern."""
        return self.flaw(
            sample, finding.side, finding.line, str(finding), excerpt(
                text_of(sample, finding.side), finding.line
            ),
        )


STAGES_OF_SOLUTION = frozenset({"syntax", "style", "artefacts", "execution"})


def _stages(findings: Sequence[Finding]) -> set[str]:
    return {finding.stage for finding in findings}


def text_of(sample: Sample, side: str) -> str:
    """A rendered text by the name that findings give it; "" if unknown."""
    texts: Mapping[str, str] = {
        "solution": sample.solution,
        "mistake": sample.mistake,
        "tests": sample.tests,
        "instruction": sample.instruction,
        "why": sample.why,
        **sample.others,
        **{file.path: file.content for file in sample.files},
    }
    return texts.get(side, "")


def excerpt(text: str, line: int, around: int = 2) -> str:
    """Some lines of a text with their numbers, the one at fault marked."""
    lines = text.splitlines()
    if not 1 <= line <= len(lines):
        return ""
    first = max(line - around, 1)
    last = min(line + around, len(lines))
    return "\n".join(
        f"{'>' if number == line else ' '} {number:3} {lines[number - 1]}"
        for number in range(first, last + 1)
    )
