"""Linting: flake8 in memory for samples, and our own checks for any flake8.

``lint`` is what the pipeline calls. ``Checker`` is the flake8 plugin of the
same checks: wherever plse is installed, ``flake8`` runs it (codes PLS...).
What each check finds, why, and what to write instead stands in the docstring
of its function in ``plse.linting.checks``.
"""

from __future__ import annotations

import ast
import tokenize
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from plse.linting.checks import CHECKS, SourceFile
from plse.linting.flake8_session import Comment, Flake8Session, Found, Lint

__all__ = ["Checker", "Lint", "lint"]


class Checker:
    """The flake8 plugin; flake8 fills the parameters by their names."""

    name = "plse"
    version = "2.0.0"

    def __init__(
        self,
        tree: ast.Module,
        filename: str,
        lines: Sequence[str],
        file_tokens: Sequence[tokenize.TokenInfo],
    ) -> None:
        self._file = SourceFile(
            tree,
            filename,
            lines,
            tuple(
                Comment(
                    *token.start,
                    token.string,
                    not token.line[: token.start[1]].strip(),
                )
                for token in file_tokens
                if token.type == tokenize.COMMENT
            ),
        )

    def run(self) -> Iterator[tuple[int, int, str, type[Any]]]:
        for line, offset, text in _check(self._file):
            yield line, offset, text, type(self)


def lint(
    source: str,
    path: str = "solution.py",
    version: tuple[int, int] | None = None,
) -> tuple[Lint, ...]:
    """What flake8 with bugbear and our checks finds, sorted by place.

    The findings depend on the arguments and the installed versions of
    the checkers, on nothing else: no configuration, no other plugin, no
    ``noqa``. Lines are 79 characters at most. No text makes it raise: what
    does not parse has the one finding E999.

    :param path: decides by its name whether the text is a file of tests.
    :param version: of Python, whose syntax it may use; by default this one's.
    """
    return _lint(source, path, version)


# The tests of a pattern, and its solution beside several mistakes, are the
# same text in many samples. 1,024 texts are a few megabytes.
@lru_cache(maxsize=1024)
def _lint(
    source: str, path: str, version: tuple[int, int] | None
) -> tuple[Lint, ...]:
    return _session().lint(source, path, version)


@lru_cache(maxsize=1)
def _session() -> Flake8Session:
    return Flake8Session([_plugin])


def _plugin(
    tree: ast.Module,
    path: str,
    lines: list[str],
    comments: tuple[Comment, ...],
) -> Iterator[Found]:
    return _check(SourceFile(tree, path, lines, comments))


def _check(file: SourceFile) -> Iterator[Found]:
    for check in CHECKS:
        for fault in check.faults(file):
            yield fault.line, fault.column, f"{check.code} {fault.message}"
