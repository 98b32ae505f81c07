"""What is taught as right is clean under flake8, bugbear and our checks."""

from __future__ import annotations

from collections.abc import Sequence

from plse.findings import Check, Finding
from plse.samples import Sample
from plse.stages.syntax import lint_of, python_texts

__all__ = ["check"]


def check(samples: Sequence[Sample], tools: object) -> list[Check]:
    """Lint everything but the mistake, whose lint is the contrast's."""
    return [
        Check(
            tuple(
                Finding(
                    "style", found.message, side, found.line, found.code
                )
                for side, source in python_texts(sample)
                for found in lint_of(sample, side, source)
            )
        )
        for sample in samples
    ]
