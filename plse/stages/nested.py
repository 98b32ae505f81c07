"""A pattern that a meta-pattern renders is one: it loads and proves itself."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from plse.artefacts import complaint
from plse.drawing.randomness import Numbers, keyed
from plse.errors import LibraryError, PlseError, SandboxError
from plse.findings import Finding
from plse.generator import Generator
from plse.loading.library import LIBRARY_FILE, Library
from plse.patterns import Pattern
from plse.samples import Sample

if TYPE_CHECKING:
    from plse.validation import Tools

__all__ = ["findings", "pattern_paths"]

CELLS = 3
"""Cells of the rendered pattern that are validated: the first, and others."""

PATTERN_PATH = re.compile(r"(?:.*/)?([a-z][a-z0-9_]*/[a-z][a-z0-9_]*\.yaml)")


def findings(
    samples: Sequence[Sample], tools: Tools
) -> list[tuple[Finding, ...]]:
    """What is wrong with the patterns among the files of each sample, if
    that is a meta-pattern's; all of them are validated together."""
    # Imported here, since validation imports the stages' neighbours; nothing
    # runs the one inside the other but this stage.
    from plse.validation import validate

    found: list[list[Finding]] = [[] for _ in samples]
    inner: list[_Inner] = []
    for place, sample in enumerate(samples):
        if sample.pattern.kind == "meta":
            for each in _read(place, sample):
                if isinstance(each, Finding):
                    found[place].append(each)
                else:
                    inner.append(each)
    verdicts = validate([each.sample for each in inner], tools)
    for each, verdict in zip(inner, verdicts):
        for finding in verdict.findings[:1]:
            line = each.generator.line_of(
                verdict.sample, finding.side, finding.line
            )
            found[each.place].append(
                complaint(
                    each.path,
                    f"as a pattern, in cell {verdict.sample.plain_cell}: "
                    f"{finding}",
                    line[1] if line else 0,
                )
            )
    return [tuple(each) for each in found]


@dataclass(frozen=True)
class _Inner:
    """A sample of a rendered pattern.

    :param place: of the sample that it was rendered in.
    :param path: of the pattern among that sample's files.
    """

    place: int
    path: str
    generator: Generator
    sample: Sample


def pattern_paths(sample: Sample) -> list[tuple[str, str]]:
    """The files of a sample that are patterns: (path, topic/name.yaml)."""
    return [
        (file.path, match[1])
        for file in sample.files
        if (match := PATTERN_PATH.fullmatch(file.path))
        and re.search(r"^ask:", file.content, re.MULTILINE)
    ]


def _read(place: int, sample: Sample) -> Iterator[Finding | _Inner]:
    """Some samples of the patterns among a sample's files, and what keeps
    others from being read."""
    paths = pattern_paths(sample)
    if not paths:
        yield complaint(
            "files",
            "none of the files is a pattern (patterns/topic/name.yaml)",
        )
    for path, short in paths:
        content = next(f.content for f in sample.files if f.path == path)
        with tempfile.TemporaryDirectory(prefix="plse-nested-") as folder:
            pattern = _load(Path(folder), path, short, content)
            if not isinstance(pattern, Pattern):
                yield from pattern
                continue
            try:
                generator = Generator(pattern)
                samples = [
                    generator.sample(index) for index in _some(generator)
                ]
            except SandboxError:
                raise
            except PlseError as error:
                text = str(error).replace(f"{folder}/", "")
                yield complaint(path, f"as a pattern: {text}")
                continue
        for each in samples:
            yield _Inner(place, path, generator, each)


def _load(
    root: Path, path: str, short: str, content: str
) -> Pattern | list[Finding]:
    """The pattern in a library of its own, or what is wrong with it."""
    # Imported here, since the registry imports the stages' neighbours.
    from plse.registry import load_pattern

    file = root / short
    file.parent.mkdir(parents=True)
    file.write_text(content, encoding="utf-8")
    (root / LIBRARY_FILE).write_text("name: nested\n", encoding="utf-8")
    try:
        return load_pattern(file, Library(root, "nested"))
    except LibraryError as error:
        return [
            complaint(
                path,
                f"as a pattern: {each.cause}"
                + (f"; {each.remedy}" if each.remedy else ""),
                each.line,
            )
            for each in error.errors
        ]


def _some(generator: Generator) -> list[int]:
    """Addresses to look at: the first, and seeded others."""
    pattern: Pattern = generator.pattern
    numbers = Numbers(keyed("nested", pattern.digest))
    return list(
        dict.fromkeys(
            [0, *(numbers.below(generator.size) for _ in range(CELLS - 1))]
        )
    )
