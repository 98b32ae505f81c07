"""The work of a chunk: render, validate, turn into records.

A chunk is a range of draw positions of one pattern, the unit of work, of
scheduling and of resuming. Nothing here knows pytest, and nothing is shared
between chunks but caches, so that any engine may run them, in any order and
on any number of machines.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from plse.dataset.formats import row_in, tasks_in
from plse.dataset.records import canonical_json
from plse.errors import RenderError
from plse.exploration import Exploration
from plse.findings import Finding
from plse.generator import Generator
from plse.patterns import TASKS, Pattern, Task, plain
from plse.samples import Sample
from plse.store import JsonStore, engine_digest
from plse.tasks import record_of
from plse.validation import Tools, Verdict, validate

__all__ = [
    "BATCH",
    "ChunkResult",
    "Explorer",
    "Rejected",
    "Settings",
    "run_chunk",
]

BATCH = 25
"""Samples validated together; bounds the memory of a chunk's work."""


@dataclass(frozen=True)
class Settings:
    """What decides the rows of a run, beside its patterns and its size.

    :param seed: decides the order in which every space is drawn from.
    :param tasks: the tasks to ask for, in the order of ``TASKS``.
    :param format: one of ``plse.dataset.formats.FORMATS``.
    """

    seed: int = 0
    tasks: tuple[Task, ...] = TASKS
    format: str = "record"


@dataclass(frozen=True)
class Rejected:
    """A draw that gave no row.

    :param verdict: None where the sample could not be rendered at all.
    """

    index: int
    position: int
    cell: Mapping[str, object]
    findings: tuple[Finding, ...]
    verdict: Verdict | None

    def row(self, pattern: Pattern) -> dict[str, object]:
        """The row of ``rejected.jsonl``."""
        sample = self.verdict.sample if self.verdict else None
        return {
            "id": f"{pattern.id}#{self.index}",
            "pattern": pattern.id,
            "index": self.index,
            "cell": canonical_json(self.cell),
            "stage": self.findings[0].stage,
            "findings": [str(finding) for finding in self.findings],
            "instruction": sample.instruction if sample else "",
            "code": sample.code if sample else "",
            "mistake": sample.mistake if sample else "",
            "tests": sample.tests if sample else "",
        }


@dataclass(frozen=True)
class ChunkResult:
    """What a chunk gave.

    :param lines: JSON rows in the run's format, in draw order, no newline.
    :param rejected: the draws that gave no row, in draw order.
    :param missing: positions that the pattern's space did not reach.
    """

    lines: tuple[str, ...]
    rejected: tuple[Rejected, ...]
    missing: int


class Explorer:
    """One pattern, its generator, and the order in which it is drawn.

    Keeps what is costly to make (compiled templates, the structures found
    so far), so make one for a pattern and settings and use it for every
    chunk.

    :param store: where the structures found are kept for another time;
        None keeps none. It changes no result.
    """

    def __init__(
        self,
        pattern: Pattern,
        settings: Settings,
        store: JsonStore | None = None,
    ) -> None:
        self.pattern = pattern
        self._store = store
        self._key = hashlib.sha256(
            f"{pattern.id}\0{pattern.digest}\0{engine_digest()}".encode()
        ).hexdigest()
        self.settings = settings
        self.generator = Generator(pattern)
        tasks = tasks_in(settings.format, pattern, settings.tasks)
        self.exploration = Exploration(
            code_of=self.generator.code,
            space=self.generator.space,
            key=f"{pattern.id}\0{pattern.digest}",
            seed=settings.seed,
            phrasings=[
                number
                for number, ask in enumerate(pattern.asks)
                if ask.task in tasks
            ],
            all_phrasings=len(pattern.asks),
            known=store.load(self._key) if store else None,
        )
        self._kept = self.exploration.learned

    def draw(self, positions: range) -> Iterator[tuple[int, int]]:
        """(position, index) for each position that the space reaches."""
        for position in positions:
            if position >= self.exploration.capacity:
                return
            yield position, self.exploration.address(position)

    def keep(self) -> None:
        """Store what has been learned of the structures since last time."""
        if self._store and self.exploration.learned > self._kept:
            self._store.store(self._key, self.exploration.to_json())
            self._kept = self.exploration.learned


def run_chunk(
    explorer: Explorer, positions: range, tools: Tools
) -> ChunkResult:
    """Draw, render and validate a range of positions of one pattern.

    Samples that keep timing out end the chunk early, the rest of it rejected
    as stopped; what other chunks saw plays no part, so that the rows depend
    on nothing but the run.
    """
    tools = tools.serving(
        explorer.pattern, f"{explorer.pattern.id}[{positions.start}]"
    )
    lines: list[str] = []
    rejected: list[Rejected] = []
    drawn = list(explorer.draw(positions))
    explorer.keep()
    for start in range(0, len(drawn), BATCH):
        batch = drawn[start : start + BATCH]
        for position, index, result in _judged(explorer, batch, tools):
            if isinstance(result, Rejected):
                rejected.append(result)
                continue
            if not result.passed:
                rejected.append(
                    Rejected(
                        index,
                        position,
                        result.sample.plain_cell,
                        result.findings,
                        result,
                    )
                )
                continue
            row = row_in(
                explorer.settings.format,
                record_of(result.sample, result.proof),
            )
            if row is not None:
                lines.append(_line(row))
    return ChunkResult(
        tuple(lines), tuple(rejected), len(positions) - len(drawn)
    )


def _line(row: Mapping[str, object]) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


def _judged(
    explorer: Explorer, batch: Sequence[tuple[int, int]], tools: Tools
) -> Iterator[tuple[int, int, Verdict | Rejected]]:
    rendered: list[Sample | Rejected] = [
        _rendered(explorer.generator, position, index)
        for position, index in batch
    ]
    samples = [each for each in rendered if isinstance(each, Sample)]
    verdicts = iter(validate(samples, tools))
    for (position, index), each in zip(batch, rendered):
        yield (
            position,
            index,
            each if isinstance(each, Rejected) else next(verdicts),
        )


def _rendered(
    generator: Generator, position: int, index: int
) -> Sample | Rejected:
    try:
        return generator.sample(index)
    except RenderError as error:
        cell = generator.space.cell(generator.split(index)[0])
        finding = Finding("render", error.cause, error.key, 0, "")
        return Rejected(
            index,
            position,
            {name: plain(option) for name, option in cell.items()},
            (finding,),
            None,
        )
