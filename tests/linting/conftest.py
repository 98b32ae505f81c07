"""Fixtures of the lint tests."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent

import pytest

from plse.linter import lint

Flags = Callable[..., list[str]]


@pytest.fixture
def own_codes() -> Flags:
    """Our own codes that a text shows, in order of place."""

    def codes(source: str, path: str = "solution.py") -> list[str]:
        return [
            found.code
            for found in lint(dedent(source).lstrip("\n"), path)
            if found.code.startswith("PLS")
        ]

    return codes
