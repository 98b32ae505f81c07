"""The library as a list: for the terminal, for machines, and as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from plse.generator import Generator
from plse.patterns import KINDS, Pattern

__all__ = ["INDEX_NAME", "Entry", "entries", "markdown", "table"]

INDEX_NAME = "AVAILABLE_PATTERNS.md"
_HEADINGS: Mapping[str, str] = {
    "best_practice": "Best practices",
    "tradeoff": "Tradeoffs",
    "anti_pattern": "Anti-patterns",
    "orchestration": "Orchestration",
    "meta": "Meta",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """What a list says of a pattern.

    :param cells: valid cells of its space.
    :param phrasings: how many instructions it has for each cell.
    """

    id: str
    title: str
    kind: str
    topic: str
    concept: str
    difficulty: str
    tags: tuple[str, ...]
    tasks: tuple[str, ...]
    cells: int
    phrasings: int
    file: str

    def as_json(self) -> dict[str, object]:
        """The fields as JSON values."""
        return {name: getattr(self, name) for name in self.__slots__}


def entries(patterns: Iterable[Pattern]) -> list[Entry]:
    """An entry for each pattern, in order of id.

    :raises SpaceError: for a pattern whose space is empty.
    """
    return [
        Entry(
            id=pattern.id,
            title=pattern.title,
            kind=pattern.kind,
            topic=pattern.topic,
            concept=pattern.concept,
            difficulty=pattern.difficulty,
            tags=pattern.tags,
            tasks=pattern.tasks,
            cells=Generator(pattern).space.size,
            phrasings=len(pattern.asks),
            file=f"{pattern.topic}/{pattern.name}.yaml",
        )
        for pattern in sorted(patterns, key=lambda pattern: pattern.id)
    ]


def table(listed: Sequence[Entry]) -> str:
    """Columns for a terminal, and a line that counts."""
    rows = [("PATTERN", "KIND", "DIFFICULTY", "CELLS", "TITLE")]
    rows += [
        (
            entry.id,
            entry.kind.replace("_", "-"),
            entry.difficulty,
            f"{entry.cells:,}",
            entry.title,
        )
        for entry in listed
    ]
    widths = [max(len(row[at]) for row in rows) for at in range(4)]
    lines = [
        f"{name:<{widths[0]}}  {kind:<{widths[1]}}  "
        f"{difficulty:<{widths[2]}}  {cells:>{widths[3]}}  {title}"
        for name, kind, difficulty, cells, title in rows
    ]
    return "\n".join([*lines, "", _count(listed)])


def markdown(listed: Sequence[Entry], title: str) -> str:
    """The index that stands in the library's folder."""
    lines = [
        f"# {title}",
        "",
        "Written by `plse list --output-markdown`; edits here are lost.",
        "",
        _count(listed),
    ]
    for kind in KINDS:
        of_kind = [entry for entry in listed if entry.kind == kind]
        if not of_kind:
            continue
        lines += [
            "",
            f"## {_HEADINGS[kind]}",
            "",
            "| lesson | concept | difficulty | tasks | cells |",
            "| --- | --- | --- | --- | ---: |",
        ]
        lines += [
            f"| [{entry.title}]({entry.file}) `{entry.id}` "
            f"| {entry.concept} | {entry.difficulty} "
            f"| {', '.join(entry.tasks)} | {entry.cells:,} |"
            for entry in of_kind
        ]
    return "\n".join(lines) + "\n"


def _count(listed: Sequence[Entry]) -> str:
    cells = sum(entry.cells for entry in listed)
    phrased = sum(entry.cells * entry.phrasings for entry in listed)
    topics = len({entry.topic for entry in listed})
    return (
        f"{len(listed)} patterns in {topics} topics: {cells:,} cells, "
        f"{phrased:,} samples."
    )
