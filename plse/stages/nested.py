"""A pattern that a meta-pattern renders is one: it loads and proves itself."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
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

CELLS = 4
"""Cells of the rendered pattern that are validated: the first, and others."""

PATTERN_PATH = re.compile(r"(?:.*/)?([a-z][a-z0-9_]*/[a-z][a-z0-9_]*\.yaml)")


def findings(sample: Sample, tools: Tools) -> Iterator[Finding]:
    """What is wrong with the patterns among a meta-pattern's files."""
    if sample.pattern.kind != "meta":
        return
    paths = pattern_paths(sample)
    if not paths:
        yield complaint(
            "files",
            "none of the files is a pattern (patterns/topic/name.yaml)",
        )
    for path, short in paths:
        content = next(f.content for f in sample.files if f.path == path)
        with tempfile.TemporaryDirectory(prefix="plse-nested-") as folder:
            yield from _judge(sample, path, short, content, folder, tools)


def pattern_paths(sample: Sample) -> list[tuple[str, str]]:
    """The files of a sample that are patterns: (path, topic/name.yaml)."""
    return [
        (file.path, match[1])
        for file in sample.files
        if (match := PATTERN_PATH.fullmatch(file.path))
        and re.search(r"^ask:", file.content, re.MULTILINE)
    ]


def _judge(
    sample: Sample,
    path: str,
    short: str,
    content: str,
    folder: str,
    tools: Tools,
) -> Iterator[Finding]:
    # Imported here, since the registry and validation import the stages'
    # neighbours; nothing runs the one inside the other but this stage.
    from plse.registry import load_pattern
    from plse.validation import validate

    root = Path(folder)
    file = root / short
    file.parent.mkdir(parents=True)
    file.write_text(content, encoding="utf-8")
    (root / LIBRARY_FILE).write_text("name: nested\n", encoding="utf-8")
    try:
        pattern = load_pattern(file, Library(root, "nested"))
    except LibraryError as error:
        for each in error.errors:
            remedy = f"; {each.remedy}" if each.remedy else ""
            yield complaint(
                path, f"as a pattern: {each.cause}{remedy}", each.line
            )
        return
    try:
        generator = Generator(pattern)
        samples = [generator.sample(index) for index in _some(generator)]
    except SandboxError:
        raise
    except PlseError as error:
        text = str(error).replace(f"{root}/", "")
        yield complaint(path, f"as a pattern: {text}")
        return
    for verdict in validate(samples, tools):
        for finding in verdict.findings[:1]:
            found = generator.line_of(
                verdict.sample, finding.side, finding.line
            )
            yield complaint(
                path,
                f"as a pattern, in cell {verdict.sample.plain_cell}: "
                f"{finding}",
                found[1] if found else 0,
            )


def _some(generator: Generator) -> list[int]:
    """Addresses to look at: the first, and seeded others."""
    pattern: Pattern = generator.pattern
    numbers = Numbers(keyed("nested", pattern.digest))
    return list(
        dict.fromkeys(
            [0, *(numbers.below(generator.size) for _ in range(CELLS - 1))]
        )
    )
