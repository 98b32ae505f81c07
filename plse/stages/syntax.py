"""Every text that claims to be Python parses as the Python it claims."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Sequence

from plse.findings import Check, Finding
from plse.samples import Sample

__all__ = ["check", "python_texts"]

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


def _findings(sample: Sample) -> Iterator[Finding]:
    texts = list(python_texts(sample))
    if sample.pattern.mistake is not None:
        texts.append(("mistake", sample.mistake))
    for side, source in texts:
        if not source.strip():
            yield Finding("syntax", "rendered to nothing", side)
        else:
            yield from _parse(side, source, sample.pattern.requires.python)
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


def _parse(
    side: str, source: str, version: tuple[int, int]
) -> Iterator[Finding]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(source, feature_version=version)
    except SyntaxError as error:
        yield Finding(
            "syntax", error.msg or "does not parse", side, error.lineno or 0
        )
    except ValueError as error:
        yield Finding("syntax", str(error), side)
    except (RecursionError, MemoryError):
        yield Finding("syntax", "nests too deeply to be parsed", side)
