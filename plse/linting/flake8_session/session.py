"""The session itself: a text in, its findings out."""

from __future__ import annotations

import argparse
import ast
import io
import threading
import tokenize
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import attrgetter

import bugbear
import flake8
from flake8.checker import FileChecker
from flake8.defaults import IGNORE
from flake8.main.options import register_default_options, stage1_arg_parser
from flake8.options.manager import OptionManager
from flake8.plugins.pyflakes import FlakesChecker

from plse.linting.flake8_session.statements import Comment, Found
from plse.linting.flake8_session.style import Style
from plse.linting.flake8_session.tree_plugins import Bugbear, Pyflakes

__all__ = ["EXTRA", "Flake8Session", "IGNORED", "Lint", "MAX_LINE"]

MAX_LINE = 79
#: Opinions of bugbear that are off by default and on here.
EXTRA = ("B904",)
#: Prefixes that flake8 and bugbear leave out by default.
IGNORED = (*IGNORE, "B9")

#: Beyond these sizes pycodestyle's expressions may take minutes.
MAX_SOURCE_CHARACTERS = 300_000
MAX_LINE_CHARACTERS = 5_000


@dataclass(frozen=True, slots=True)
class Lint:
    """One finding.

    :param line: 1-based.
    :param column: 1-based, as flake8 prints it.
    """

    code: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.line}:{self.column}: {self.code} {self.message}"


#: Major and minor number of a version of Python.
Version = tuple[int, int]
#: A tree plugin: (tree, path, lines, comments) to (line, offset, text).
TreePlugin = Callable[
    [ast.Module, str, list[str], tuple[Comment, ...]],
    Iterable[Found],
]


class _Unlintable(Exception):
    """The text cannot be checked; args are line, offset and flake8's text."""


class Flake8Session:
    """Lints texts, one after the other, in this process.

    :param plugins: tree plugins beyond pyflakes and bugbear.
    """

    def __init__(self, plugins: Iterable[TreePlugin] = ()) -> None:
        self._options = _default_options()
        self._style = Style(self._options, _selected)
        self._pyflakes = Pyflakes()
        self._bugbear = Bugbear(self._options, _selected)
        self._plugins = tuple(plugins)

    def lint(
        self, source: str, path: str, version: Version | None = None
    ) -> tuple[Lint, ...]:
        """Every finding, sorted by place; never raises on a text.

        A text that does not parse has one finding, E999. One that is too
        large, or nested too deeply for some checker, has PLS901 or PLS902,
        and one that makes a checker fail has PLS903.

        :param path: what the plugins take for the file's name; not opened.
        :param version: of Python, whose syntax it may use; None for this
            interpreter's, as flake8 has it.
        """
        try:
            return self._lint_quietly(source, path, version)
        except RecursionError:
            return self._lint_on_an_empty_stack(source, path, version)

    def _lint_quietly(
        self, source: str, path: str, version: Version | None
    ) -> tuple[Lint, ...]:
        # The parser warns of escapes and of `1 is 1`, here and inside of
        # pyflakes and bugbear. Where a caller turns warnings into errors, a
        # text must not become a syntax error.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return self._lint(source, path, version)

    def _lint(
        self, source: str, path: str, version: Version | None
    ) -> tuple[Lint, ...]:
        lines = _lines(source)
        try:
            _refuse_large(lines)
            tree = _parse("".join(lines), version)
        except _Unlintable as error:
            return _lints([error.args])
        comments: tuple[Comment, ...] = ()

        def style() -> list[Found]:
            nonlocal comments
            found, comments = self._style.check(lines)
            return found

        found = [
            *_survived("pycodestyle", style),
            *_survived("pyflakes", lambda: self._pyflakes.check(tree, path)),
            *_survived(
                "bugbear", lambda: self._bugbear.check(tree, path, lines)
            ),
        ]
        for plugin in self._plugins:
            found.extend(plugin(tree, path, lines, comments))
        return _lints(found)

    def _lint_on_an_empty_stack(
        self, source: str, path: str, version: Version | None
    ) -> tuple[Lint, ...]:
        # How deep a checker can go depends on how deep its caller is. A
        # thread of its own makes the answer the same for every caller.
        answer: list[tuple[Lint, ...]] = []

        def lint() -> None:
            try:
                answer.append(self._lint_quietly(source, path, version))
            except RecursionError:
                answer.append(_lints([_TOO_DEEP]))

        thread = threading.Thread(target=lint)
        thread.start()
        thread.join()
        return answer[0]


_TOO_DEEP = (
    1,
    0,
    "PLS902 nested too deeply to be checked; split it into named parts",
)


def _survived(
    checker: str, check: Callable[[], list[Found]]
) -> list[Found]:
    """What a checker finds, or that it failed, which some texts make it do.

    pycodestyle 2.12 to 2.15, for one, raise IndexError at a line that holds
    nothing but the name ``b``.
    """
    try:
        return check()
    except RecursionError:
        raise
    except tokenize.TokenError as error:
        cause, (line, offset) = error.args
        return [(line, offset, f"E902 TokenError: {cause}")]
    except Exception as error:
        failure = f"{checker} fails on this text with {type(error).__name__}"
        return [(1, 0, f"PLS903 {failure}; write it more plainly")]


def _lines(source: str) -> list[str]:
    """The lines as flake8 reads them from a file."""
    lines = io.StringIO(source, newline=None).readlines()
    if lines:
        lines[0] = lines[0].removeprefix("\ufeff").removeprefix("ï»¿")
    return lines


def _refuse_large(lines: list[str]) -> None:
    size = sum(map(len, lines))
    if size > MAX_SOURCE_CHARACTERS:
        raise _Unlintable(
            1, 0, f"PLS901 {size} characters are too many to be checked"
        )
    longest = max(map(len, lines), default=0)
    if longest > MAX_LINE_CHARACTERS:
        number = next(
            number for number, line in enumerate(lines, start=1)
            if len(line) == longest
        )
        raise _Unlintable(
            number,
            0,
            f"PLS901 a line of {longest} characters is too long to be checked",
        )


def _parse(source: str, version: Version | None) -> ast.Module:
    try:
        return ast.parse(source, feature_version=version)
    except SyntaxError as error:
        line, offset = FileChecker._extract_syntax_information(error)
        raise _Unlintable(
            line or 1,
            offset or 0,
            f"E999 {type(error).__name__}: {error.msg}",
        ) from None
    except ValueError as error:
        # Null bytes (a SyntaxError from Python 3.12 on), lone surrogates.
        cause = (
            "source code string cannot contain null bytes"
            if "\0" in source
            else error.args[-1]
        )
        raise _Unlintable(1, 0, f"E999 SyntaxError: {cause}") from None
    except MemoryError:
        # The parser's own stack has a fixed size.
        raise _Unlintable(*_TOO_DEEP) from None


def _selected(code: str) -> bool:
    return code.startswith(EXTRA) or not code.startswith(IGNORED)


def _lints(found: Iterable[Found]) -> tuple[Lint, ...]:
    lints = []
    for line, offset, text in found:
        code, message = text.split(" ", 1)
        if _selected(code):
            lints.append(Lint(code, line, (offset or 0) + 1, message))
    return tuple(sorted(lints, key=_place))


_place = attrgetter("line", "column", "code", "message")


def _default_options() -> argparse.Namespace:
    """flake8's options, as with ``--isolated`` and no other plugin."""
    manager = OptionManager(
        version=flake8.__version__,
        plugin_versions="",
        parents=[stage1_arg_parser()],
        formatter_names=[],
    )
    register_default_options(manager)
    FlakesChecker.add_options(manager)
    bugbear.BugBearChecker.add_options(manager)
    options = manager.parse_args([])
    options.extend_select = list(EXTRA)
    options.max_line_length = MAX_LINE
    return options
