"""Python source that can be changed at the places of its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import unified_diff
from functools import cached_property
from types import CodeType

__all__ = ["Edit", "Source", "code_key", "difference"]


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the characters from start to end (exclusive) by a text."""

    start: int
    end: int
    text: str


class Source:
    """A module's text and tree, with the characters of each node.

    :raises SyntaxError: if the text does not parse.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = ast.parse(text)

    @cached_property
    def _lines(self) -> list[tuple[int, str]]:
        """Where each line begins, and the line."""
        lines, start = [], 0
        for line in self.text.splitlines(keepends=True):
            lines.append((start, line))
            start += len(line)
        return lines

    def offset(self, line: int, column: int) -> int:
        """The character at a 1-based line and a column of UTF-8 bytes."""
        start, text = self._lines[line - 1]
        if text.isascii():
            return start + column
        return start + len(text.encode()[:column].decode())

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Where a node's characters begin and end."""
        return (
            self.offset(node.lineno, node.col_offset),
            self.offset(node.end_lineno, node.end_col_offset),
        )

    def segment(self, node: ast.AST) -> str:
        """A node's own characters."""
        start, end = self.span(node)
        return self.text[start:end]

    def indent(self, line: int) -> str:
        """The white space that a line begins with."""
        text = self._lines[line - 1][1]
        return text[: len(text) - len(text.lstrip())]

    def replaced(self, node: ast.AST, text: str) -> str:
        """The whole text with a node's characters replaced."""
        start, end = self.span(node)
        return self.edited([Edit(start, end, text)])

    def edited(self, edits: Iterable[Edit]) -> str:
        """The whole text after edits that do not overlap."""
        text = self.text
        for edit in sorted(edits, key=lambda each: each.start, reverse=True):
            text = text[: edit.start] + edit.text + text[edit.end :]
        return text


def difference(before: str, after: str) -> str:
    """The lines that differ, with one line around them, as a diff."""
    lines = unified_diff(
        before.splitlines(), after.splitlines(), lineterm="", n=1
    )
    return "\n".join(line for line in lines if line[:3] not in ("---", "+++"))


def code_key(code: CodeType) -> tuple[object, ...]:
    """What a compiled module does, without where its text stood.

    Equal keys mean equal behaviour: the compiler itself found no difference.
    (Papadakis, Jia, Harman and Le Traon, "Trivial compiler equivalence",
    ICSE 2015.)
    """
    return (
        code.co_code,
        code.co_flags,
        code.co_names,
        code.co_varnames,
        code.co_freevars,
        code.co_cellvars,
        code.co_argcount,
        code.co_kwonlyargcount,
        code.co_posonlyargcount,
        getattr(code, "co_exceptiontable", b""),
        tuple(
            code_key(constant)
            if isinstance(constant, CodeType)
            else (type(constant).__name__, repr(constant))
            for constant in code.co_consts
        ),
    )
