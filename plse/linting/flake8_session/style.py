"""pycodestyle's checks, run statement by statement and remembered.

Samples of one pattern share most of their lines, and most of pycodestyle's
checks look at one logical line and nothing else. So what they say about a
statement is kept under its text, and a statement that was seen before costs
neither tokens nor checks. Nor does one of a single line that differs from one
without findings in words, numbers and strings alone. The few checks that look
further (blank lines, indentation, imports at the top) run every time, on the
state that flake8 would have handed them.

Text where the meaning of a statement could depend on more than its text and
indentation (tabs, form feeds, no newline at the end) goes through flake8's
loop as a whole.
"""

from __future__ import annotations

import argparse
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint
from types import SimpleNamespace
from typing import Any

import pycodestyle
from flake8.checker import FileChecker, find_offset
from flake8.plugins import pycodestyle as flake8_pycodestyle
from flake8.plugins.finder import (
    Checkers,
    LoadedPlugin,
    Plugin,
    _parameters_for,
)
from flake8.processor import FileProcessor

from plse.linting.flake8_session.statements import (
    FIRST,
    Checks,
    Comment,
    Found,
    Reader,
    Statement,
    Unusual,
    comments_of,
    lead_of,
    prologue_of,
    shape_of,
)

__all__ = ["Style"]

#: Statements remembered before everything is forgotten; about 1 KB each.
_CAPACITY = 20_000


class Style:
    """pycodestyle under fixed options.

    :param selected: says whether a code is wanted; checks that can only give
        unwanted codes are not run.
    """

    def __init__(
        self, options: argparse.Namespace, selected: Callable[[str], bool]
    ) -> None:
        self._options = options
        self._whole = _flake8_plugins()
        self._logical = Checks("logical_line", selected)
        self._physical = Checks("physical_line", selected, {"line_number"})
        self._separable = (
            self._logical.separable and self._physical.separable
        )
        self._known: dict[tuple[int, str], Statement | set[int]] = {}
        self._faultless: dict[tuple[int, str], Statement] = {}

    def check(
        self, lines: list[str]
    ) -> tuple[list[Found], tuple[Comment, ...]]:
        """Findings in no particular order, and all comments in order.

        :param lines: of a text that parses, each with its newline.
        :raises tokenize.TokenError: as flake8's loop would.
        """
        if self._separable and _is_plain(lines):
            try:
                return self._check_statements(lines)
            except (Unusual, tokenize.TokenError, SyntaxError):
                pass
        return self.check_whole(lines), comments_of(lines)

    def check_whole(self, lines: list[str]) -> list[Found]:
        """The same findings, by flake8's own loop over the whole text."""
        checker = _WholeFile(lines, self._whole, self._options)
        checker.process_tokens()
        return checker.found

    def _check_statements(
        self, lines: list[str]
    ) -> tuple[list[Found], tuple[Comment, ...]]:
        state = _State(lines, self._options)
        found: list[Found] = []
        comments: list[Comment] = []
        row = 0
        for statement in self._statements(lines):
            for line, offset, text in statement.found:
                found.append((row + line, offset, text))
            for comment in statement.comments:
                comments.append(
                    Comment(
                        row + comment.line,
                        comment.column,
                        comment.text,
                        comment.alone,
                    )
                )
            for line, state.physical_line in statement.physical:
                state.line_number = row + line
                for check in self._physical.around:
                    result = check.run(*check.arguments(state))
                    if result is not None:
                        found.append((state.line_number, *result))
            state.line_number = row + statement.length
            if statement.logical_line is None:
                state.blank_lines += 1
            else:
                state.enter(statement)
                for check in self._logical.around:
                    for offset, text in check.run(*check.arguments(state)):
                        line, column = find_offset(offset, statement.mapping)
                        found.append((row + line, column, text))
                state.leave(statement)
            row += statement.length
        return found, tuple(comments)

    def _statements(self, lines: list[str]) -> Iterator[Statement]:
        widths = [0]
        row = 0
        while row < len(lines):
            lead = lead_of(lines[row], widths) if row else FIRST
            statement = self._recall(lead, lines, row)
            if statement is None:
                statement = self._borrow(lead, lines[row])
            if statement is None:
                statement = self._learn(lead, lines, row)
            yield statement
            row += statement.length

    def _recall(
        self, lead: int, lines: list[str], row: int
    ) -> Statement | None:
        known = self._known.get((lead, lines[row]))
        if not isinstance(known, set):
            return known
        for length in tuple(known):
            text = "".join(lines[row : row + length])
            statement = self._known.get((lead, text))
            if isinstance(statement, Statement):
                return statement
        return None

    def _borrow(self, lead: int, line: str) -> Statement | None:
        """What is known of a statement of the same shape, in which nothing
        was found; only its physical line is exchanged.

        Its logical line stays, since the checks that look around it see
        nothing of it but keywords and punctuation.
        """
        if len(line.rstrip()) > self._options.max_line_length:
            return None
        alike = self._faultless.get((lead, shape_of(line)))
        if alike is None:
            return None
        self._make_room()
        statement = replace(alike, physical=((1, line),))
        self._known[lead, line] = statement
        return statement

    def _make_room(self) -> None:
        if len(self._known) >= _CAPACITY:
            self._known.clear()
            self._faultless.clear()

    def _learn(self, lead: int, lines: list[str], row: int) -> Statement:
        self._make_room()
        prologue = prologue_of(lead, lines[row])
        reader = Reader(
            [*prologue, *lines[row:]],
            len(prologue),
            self._options,
            self._logical.own,
            self._physical.own,
        )
        statement = reader.read()
        text = "".join(lines[row : row + statement.length])
        self._known[lead, text] = statement
        if statement.length > 1:
            lengths = self._known.setdefault((lead, lines[row]), set())
            assert isinstance(lengths, set)
            lengths.add(statement.length)
        elif not (
            statement.found
            or statement.comments
            or statement.logical_line is None
        ):
            self._faultless[lead, shape_of(text)] = statement
        return statement


class _State(SimpleNamespace):
    """What flake8 knows between two statements, under flake8's names."""

    def __init__(self, lines: list[str], options: argparse.Namespace) -> None:
        super().__init__(
            lines=lines,
            total_lines=len(lines),
            line_number=0,
            blank_lines=0,
            blank_before=0,
            checker_state={},
            indent_char=" ",
            indent_level=0,
            indent_size=options.indent_size,
            hang_closing=options.hang_closing,
            max_line_length=options.max_line_length,
            max_doc_length=options.max_doc_length,
            verbose=options.verbose,
            noqa=False,
            logical_line="",
            physical_line="",
            previous_indent_level=0,
            previous_logical="",
            previous_unindented_logical_line="",
        )

    def enter(self, statement: Statement) -> None:
        self.logical_line = statement.logical_line
        self.indent_level = statement.indent_level
        if self.blank_before < self.blank_lines:
            self.blank_before = self.blank_lines

    def leave(self, statement: Statement) -> None:
        if self.logical_line:
            self.previous_indent_level = self.indent_level
            self.previous_logical = self.logical_line
            if not self.indent_level:
                self.previous_unindented_logical_line = self.logical_line
        self.blank_lines = 0
        if statement.ends_line:
            self.blank_before = 0


class _WholeFile(FileChecker):
    """flake8's checker for lines in memory; keeps no line for noqa."""

    def __init__(
        self,
        lines: list[str],
        plugins: Checkers,
        options: argparse.Namespace,
    ) -> None:
        self._lines = lines
        self.found: list[Found] = []
        super().__init__(filename="-", plugins=plugins, options=options)

    def _make_processor(self) -> FileProcessor:
        return FileProcessor("-", self.options, lines=list(self._lines))

    def report(
        self,
        error_code: str | None,
        line_number: int,
        column: int,
        text: str,
    ) -> str:
        self.found.append((line_number, column, text))
        return text.split(" ", 1)[0]


def _is_plain(lines: list[str]) -> bool:
    """Whether only spaces indent, and every line ends."""
    text = "".join(lines)
    return text.endswith("\n") and "\t" not in text and "\f" not in text


def _flake8_plugins() -> Checkers:
    """flake8's two plugins for pycodestyle, loaded."""

    def loaded(name: str, check: Callable[..., Any]) -> LoadedPlugin:
        entry = EntryPoint(name, check.__qualname__, "flake8.extension")
        plugin = Plugin("pycodestyle", pycodestyle.__version__, entry)
        return LoadedPlugin(plugin, check, _parameters_for(check))

    return Checkers(
        tree=[],
        logical_line=[loaded("E", flake8_pycodestyle.pycodestyle_logical)],
        physical_line=[loaded("W", flake8_pycodestyle.pycodestyle_physical)],
    )
