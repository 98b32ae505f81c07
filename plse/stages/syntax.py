"""Every text that claims to be Python parses as the Python it claims.

That it does is what its lint says first of all, so the text is parsed for both
at once: the stages after this one find the rest of its lint ready.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from plse.findings import Check, Finding
from plse.imports import is_test_path
from plse.linter import Lint, lint
from plse.samples import Sample

__all__ = ["check", "lint_of", "python_texts"]

_TEMPLATE_MARK = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")


def check(samples: Sequence[Sample], tools: object) -> list[Check]:
    """Parse all sides, and look for template marks left in the prose."""
    return [Check(tuple(_findings(sample))) for sample in samples]


def python_texts(sample: Sample) -> Iterator[tuple[str, str]]:
    """The Python of a sample that must be right: (side, source)."""
    for file in sample.files:
        if file.path.endswith(".py"):
            yield file.path, file.content
    yield from sample.others.items()


def lint_of(sample: Sample, side: str, source: str) -> tuple[Lint, ...]:
    """What is found in a side, read as the Python that its lesson claims."""
    path = side if is_test_path(side) else "solution.py"
    return lint(source, path, sample.pattern.requires.python)


def _findings(sample: Sample) -> Iterator[Finding]:
    texts = list(python_texts(sample))
    if sample.pattern.mistake is not None:
        texts.append(("mistake", sample.mistake))
    for side, source in texts:
        if not source.strip():
            yield Finding("syntax", "rendered to nothing", side)
        else:
            for found in lint_of(sample, side, source):
                if found.code == "E999":
                    _, _, cause = found.message.partition(": ")
                    yield Finding("syntax", cause, side, found.line)
    if sample.pattern.kind == "meta":
        return
    for side, text in (
        ("instruction", sample.instruction),
        ("why", sample.why),
    ):
        if not text:
            yield Finding("syntax", "rendered to nothing", side)
        for number, line in enumerate(text.split("\n"), 1):
            mark = _TEMPLATE_MARK.search(line)
            if mark:
                yield Finding(
                    "syntax",
                    f"a template mark, {mark[0]}, is left in the text",
                    side,
                    number,
                )
