"""A statement apart from its file: what is known of it from its text.

A statement (or a comment line, or a blank line) is tokenized behind a
prologue that brings the tokenizer to the same depth of indentation, and
checked by the code of flake8 and pycodestyle. Which checks its text decides
is read from their signatures: arguments name all that a check depends on.
"""

from __future__ import annotations

import argparse
import io
import keyword
import re
import tokenize
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import pycodestyle
from flake8.checker import FileChecker, find_offset
from flake8.processor import FileProcessor, count_parentheses

__all__ = [
    "Checks",
    "Comment",
    "FIRST",
    "Found",
    "Reader",
    "Statement",
    "Unusual",
    "comments_of",
    "lead_of",
    "prologue_of",
    "shape_of",
]

#: Line, offset (0-based column) and text that begins with the code.
Found = tuple[int, int, str]

#: What the text of a statement and the options decide.
_OWN = frozenset(
    {
        "hang_closing",
        "indent_char",
        "indent_level",
        "indent_size",
        "logical_line",
        "max_doc_length",
        "max_line_length",
        "multiline",
        "noqa",
        "physical_line",
        "tokens",
        "verbose",
    }
)
#: What the file around it decides, and this module keeps track of.
_AROUND = frozenset(
    {
        "blank_before",
        "blank_lines",
        "checker_state",
        "line_number",
        "lines",
        "previous_indent_level",
        "previous_logical",
        "previous_unindented_logical_line",
        "total_lines",
    }
)
#: The lead of a file's first line, which may be a shebang.
FIRST = 2
#: Words that some check looks at, beside those with two underscores in front
#: and those too short to be blanked (E741 is about single letters).
_TELLING = frozenset(
    {*keyword.kwlist, *keyword.softkwlist, *pycodestyle.KEYWORDS, "type"}
)
_WORD = re.compile(r"(?<![\\\w])(?<!\d\.)[^\W\d]\w{2,}\b")
_NUMBER = re.compile(r"(?<![\\\w.])\d+(?:\.\d+)?(?![\w.])")
_STRING = re.compile(
    r"\"(?:[^\"\\]|\\.)*\"" + "|" + r"'(?:[^'\\]|\\.)*'"
)
#: Strings that may hold code, or reach further than to their next quote.
_DEEP = re.compile(
    r"\"{3}|'{3}|(?<!\w)(?:[ft]r?|r[ft])[\"']", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, with its ``#``.

    :param column: 0-based.
    :param alone: nothing else is on its line.
    """

    line: int
    column: int
    text: str
    alone: bool


@dataclass(frozen=True, slots=True)
class _Check:
    run: Callable[..., Any]
    arguments: Callable[[object], tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Statement:
    """What is known of a statement, a comment line or a blank line.

    Lines are counted from its own first line, which is 1.
    """

    length: int
    logical_line: str | None
    ends_line: bool
    indent_level: int
    mapping: list[tuple[int, tuple[int, int]]]
    found: tuple[Found, ...]
    physical: tuple[tuple[int, str], ...]
    comments: tuple[Comment, ...]


class Unusual(Exception):
    """This text must go through flake8's own loop."""


class Checks:
    """The checks of one kind, told apart by what they depend on.

    :param also: arguments that count as the statement's own.
    """

    def __init__(
        self,
        kind: str,
        selected: Callable[[str], bool],
        also: set[str] = frozenset(),
    ) -> None:
        self.own: list[_Check] = []
        self.around: list[_Check] = []
        self.separable = True
        own = _OWN | also
        for run, (codes, arguments) in pycodestyle._checks[kind].items():
            if all(codes) and not any(map(selected, codes)):
                continue
            check = _Check(run, _getter(arguments))
            needed = set(arguments)
            if needed <= own:
                self.own.append(check)
            else:
                self.around.append(check)
                # What is remembered of a statement does not hold its tokens.
                if not needed <= (own | _AROUND) - {"tokens", "multiline"}:
                    self.separable = False


def _getter(names: Sequence[str]) -> Callable[[object], tuple[Any, ...]]:
    get = attrgetter(*names)
    return get if len(names) > 1 else lambda holder: (get(holder),)


class Reader:
    """Reads one statement with flake8's processor and the given checks.

    :param lines: the prologue, the statement, and whatever follows.
    :param skipped: the length of the prologue.
    """

    def __init__(
        self,
        lines: list[str],
        skipped: int,
        options: argparse.Namespace,
        logical: list[_Check],
        physical: list[_Check],
    ) -> None:
        self.processor = FileProcessor("-", options, lines=lines)
        self._skipped = skipped
        self._logical = logical
        self._physical_checks = physical
        self._found: list[Found] = []
        self._physical: list[tuple[int, str]] = []
        self._comments: list[Comment] = []

    check_physical_eol = FileChecker.check_physical_eol

    def read(self) -> Statement:
        """Mirrors FileChecker.process_tokens up to the statement's end."""
        processor = self.processor
        parens = 0
        for token in processor.generate_tokens():
            if token.start[0] <= self._skipped:
                processor.tokens.clear()
                continue
            self.check_physical_eol(token, "")
            kind, text = token[:2]
            if kind == tokenize.OP:
                parens = count_parentheses(parens, text)
            elif kind == tokenize.COMMENT:
                self._comment(token)
            elif parens == 0 and kind in (tokenize.NEWLINE, tokenize.NL):
                return self._statement(token)
        raise Unusual("no end of line at the end")

    def run_physical_checks(self, physical_line: str) -> None:
        processor = self.processor
        processor.physical_line = physical_line
        line = processor.line_number - self._skipped
        self._physical.append((line, physical_line))
        for check in self._physical_checks:
            result = check.run(*check.arguments(processor))
            if result is not None:
                self._found.append((line, *result))

    def _comment(self, token: tokenize.TokenInfo) -> None:
        line, column = token.start
        alone = not token.line[:column].strip()
        self._comments.append(
            Comment(line - self._skipped, column, token.string, alone)
        )

    def _statement(self, last: tokenize.TokenInfo) -> Statement:
        length = last.start[0] - self._skipped
        if last.type == tokenize.NL and len(self.processor.tokens) == 1:
            return self._finished(length, None, False, 0, [])
        processor = self.processor
        _, logical_line, mapping = processor.build_logical_line()
        if not mapping:
            raise Unusual("a logical line of nothing")
        processor.update_state(mapping)
        for check in self._logical:
            for offset, text in check.run(*check.arguments(processor)) or ():
                line, column = find_offset(offset, mapping)
                if line <= self._skipped:
                    raise Unusual("a finding outside of the statement")
                self._found.append((line - self._skipped, column, text))
        return self._finished(
            length,
            logical_line,
            last.type == tokenize.NEWLINE,
            processor.indent_level,
            [
                (offset, (line - self._skipped, column))
                for offset, (line, column) in mapping
            ],
        )

    def _finished(
        self,
        length: int,
        logical_line: str | None,
        ends_line: bool,
        indent_level: int,
        mapping: list[tuple[int, tuple[int, int]]],
    ) -> Statement:
        return Statement(
            length,
            logical_line,
            ends_line,
            indent_level,
            mapping,
            tuple(self._found),
            tuple(self._physical),
            tuple(self._comments),
        )


def comments_of(lines: Sequence[str]) -> tuple[Comment, ...]:
    """The comments of a text, as far as it has tokens."""
    comments = []
    tokens = tokenize.generate_tokens(io.StringIO("".join(lines)).readline)
    try:
        for kind, text, (line, column), _, whole in tokens:
            if kind == tokenize.COMMENT:
                alone = not whole[:column].strip()
                comments.append(Comment(line, column, text, alone))
    except (tokenize.TokenError, SyntaxError):
        pass
    return tuple(comments)


def shape_of(line: str) -> str:
    """A one-line statement without what no check of style looks at.

    Words, numbers and what strings say are blanked, as long as they hold no
    backslash (W605 reads escapes) and that does not move a boundary between
    tokens.
    """
    if not _DEEP.search(line):
        line = _STRING.sub(_blank_string, line)
    return _WORD.sub(_blank_word, _NUMBER.sub("1", line))


def _blank_string(found: re.Match[str]) -> str:
    text = found[0]
    return text if "\\" in text else f"{text[0]}x{text[-1]}"


def _blank_word(found: re.Match[str]) -> str:
    word = found[0]
    return word if word in _TELLING or word.startswith("__") else "xxx"


def lead_of(line: str, widths: list[int]) -> int:
    """How the indentation changes: 1 in, 0 stays, -n out by n levels.

    :param widths: of the blocks that are open; brought up to date.
    """
    code = line.lstrip(" ")
    if code[0] in "#\n":
        return 0
    if code[0] == "\\":
        raise Unusual("a statement that begins with a continuation")
    width = len(line) - len(code)
    if width > widths[-1]:
        widths.append(width)
        return 1
    lead = 0
    while width < widths[-1]:
        widths.pop()
        lead -= 1
    return lead


def prologue_of(lead: int, line: str) -> list[str]:
    """Lines after which ``line`` begins a statement with such a lead."""
    if lead == FIRST:
        return []
    if lead == 1:
        return ["if 1:\n"]
    code = line.lstrip(" ")
    if code[0] in "#\n":
        return ["pass\n"]
    indent = line[: len(line) - len(code)]
    prologue = ["if 1:\n"] if indent else []
    for level in range(-lead):
        prologue.append(f"{indent}{' ' * level}if 1:\n")
    return [*prologue, f"{indent}{' ' * -lead}pass\n"]
