"""A parsed file as the checks see it, and what a check is."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath
from typing import Union

from plse.linting.flake8_session import Comment

__all__ = ["Check", "Fault", "Function", "SourceFile"]

Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class Fault:
    """One place that a check objects to.

    :param column: 0-based.
    """

    line: int
    column: int
    message: str

    @classmethod
    def at(cls, node: ast.AST, message: str) -> Fault:
        return cls(node.lineno, node.col_offset, message)


class SourceFile:
    """A file that parses.

    :param lines: with their newlines.
    :param comments: all of them, in order.
    """

    def __init__(
        self,
        tree: ast.Module,
        path: str,
        lines: Sequence[str],
        comments: Sequence[Comment],
    ) -> None:
        self.tree = tree
        self.path = path
        self.lines = lines
        self.comments = comments
        name = PurePath(path).name
        self.is_tests = name.startswith("test_") or name.endswith("_test.py")

    @cached_property
    def lowered(self) -> str:
        """The text in lower case, to look for words in it."""
        return "".join(self.lines).lower()

    def nodes(self, *kinds: type[ast.AST]) -> Iterator[ast.AST]:
        """All nodes of exactly these types, per type in no set order."""
        for kind in kinds:
            yield from self._by_kind[kind]

    @cached_property
    def _by_kind(self) -> dict[type[ast.AST], list[ast.AST]]:
        found: dict[type[ast.AST], list[ast.AST]] = defaultdict(list)
        waiting: list[ast.AST] = [self.tree]
        while waiting:
            node = waiting.pop()
            found[type(node)].append(node)
            for name in node._fields:
                value = getattr(node, name, None)
                if isinstance(value, list):
                    waiting.extend(
                        item for item in value if isinstance(item, ast.AST)
                    )
                elif isinstance(value, ast.AST) and name != "ctx":
                    waiting.append(value)
        return found

    @cached_property
    def tests(self) -> tuple[Function, ...]:
        """The test functions: of the module, and of its Test classes."""
        bodies = [self.tree.body]
        for node in self.tree.body:
            if isinstance(node, ast.ClassDef) and (
                node.name.startswith("Test")
                or any("TestCase" in ast.dump(base) for base in node.bases)
            ):
                bodies.append(node.body)
        return tuple(
            node
            for body in bodies
            for node in body
            if isinstance(node, FUNCTIONS) and node.name.startswith("test")
        )

    @cached_property
    def imports(self) -> dict[str, str]:
        """What the file's imports bind: name to dotted origin."""
        names: dict[str, str] = {}
        for node in self.nodes(ast.Import, ast.ImportFrom):
            for alias in node.names:
                if isinstance(node, ast.ImportFrom):
                    origin = f"{node.module or ''}.{alias.name}"
                    names[alias.asname or alias.name] = origin
                elif alias.asname:
                    names[alias.asname] = alias.name
                else:
                    top = alias.name.partition(".")[0]
                    names[top] = top
        return names

    def origin(self, node: ast.expr) -> str:
        """The dotted name of what was imported or is built in, or ""."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id in self._bound:
            return ""
        origin = self.imports.get(node.id, node.id)
        return ".".join([origin, *reversed(parts)])

    @cached_property
    def _bound(self) -> frozenset[str]:
        """Names that something other than an import binds somewhere."""
        bound = {
            node.id
            for node in self.nodes(ast.Name)
            if not isinstance(node.ctx, ast.Load)
        }
        bound.update(node.arg for node in self.nodes(ast.arg))
        bound.update(
            node.name for node in self.nodes(*FUNCTIONS, ast.ClassDef)
        )
        return frozenset(bound)


@dataclass(frozen=True, slots=True)
class Check:
    """A rule: its code and the function that finds its faults.

    The function's docstring says what it finds, why that matters and what to
    write instead.

    :param mentions: lower-case texts; a file that holds none of them has no
        such fault, so that most files are judged without a walk of the tree.
    :param tests_only: for files of tests, by their name.
    """

    code: str
    find: Callable[[SourceFile], Iterator[Fault]]
    mentions: tuple[str, ...]
    tests_only: bool = False

    def faults(self, file: SourceFile) -> Iterator[Fault]:
        """The faults of a file, in no set order."""
        if self.tests_only and not file.is_tests:
            return
        if any(mention in file.lowered for mention in self.mentions):
            yield from self.find(file)
