"""An instruction that can be followed: it names what the tests will use.

Whether a reader can follow it no machine settles; that a name is missing, one
can. A name counts as given if it stands in the instruction or in the code
that comes with it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache

from plse.proof.examination import Flaw, PointResult
from plse.proof.study import Study
from plse.samples import Sample

__all__ = ["prove"]


def prove(study: Study) -> PointResult:
    """Look for the tested names of every covering cell in what is given."""
    flaws: dict[int, Flaw] = {}
    looked = lacking = 0
    for rendered in study.rendered:
        sample = rendered.sample
        if sample is None or sample.ask.task == "explain":
            continue
        looked += 1
        missing = list(_missing(sample))
        if missing:
            lacking += 1
            flaws.setdefault(
                sample.ask.text.line,
                Flaw(
                    f"the tests use {', '.join(missing)}, which the "
                    "instruction does not name",
                    sample.ask.text.line,
                    sample.plain_cell,
                    sample.index,
                    sample.instruction,
                ),
            )
    if not looked:
        return PointResult(
            "instruction", "skipped", "it asks for explanations only"
        )
    return PointResult(
        name="instruction",
        status="failed" if flaws else "passed",
        score=f"{looked - lacking} of {looked} instructions name what is "
        "tested",
        flaws=tuple(flaws.values()),
        facts={"instructions": looked, "lacking": lacking},
    )


def _missing(sample: Sample) -> Iterator[str]:
    """The names that the tests import and nothing given mentions."""
    given = sample.instruction
    if sample.ask.task != "write":
        given += sample.mistake or sample.solution
    for name in _imported(sample.tests):
        if not re.search(rf"\b{re.escape(name)}\b", given):
            yield name


@lru_cache(maxsize=512)
def _imported(tests: str) -> tuple[str, ...]:
    """The names that a test module takes from ``solution``."""
    try:
        tree = ast.parse(tests)
    except SyntaxError:
        return ()
    names: dict[str, None] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "solution":
            names.update(dict.fromkeys(alias.name for alias in node.names))
        elif (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "solution"
        ):
            names[node.attr] = None
    return tuple(names)
