"""pyflakes and bugbear as flake8 runs them, less what nobody reads.

Both give exactly what flake8's plugins give for the selected codes. What is
spared: pyflakes binds its 160 builtins once instead of for every file;
bugbear neither visits the ``Load`` and ``Store`` marks of names nor runs the
checks whose codes are not selected.
"""

from __future__ import annotations

import argparse
import ast
import builtins
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import bugbear
from flake8.exceptions import PluginExecutionFailed
from flake8.plugins.pyflakes import FLAKE8_PYFLAKES_CODES
from pyflakes.checker import Builtin, Checker, ModuleScope

from plse.linting.flake8_session.statements import Found

__all__ = ["Bugbear", "Pyflakes"]


class Pyflakes:
    """pyflakes without doctests and without builtins from the environment."""

    def __init__(self) -> None:
        # The bindings remember their use while a file is checked, so that
        # two threads must not share them at the same time.
        self._lock = threading.Lock()
        self._builtins = {name: Builtin(name) for name in _builtin_names()}

    def check(self, tree: ast.Module, path: str) -> list[Found]:
        """Findings in the order of pyflakes."""
        with self._lock:
            try:
                checker = _FlakesChecker(tree, path, self._builtins)
            finally:
                for binding in self._builtins.values():
                    binding.used = False
        return [
            (
                message.lineno,
                getattr(message, "col", 0),
                f"{FLAKE8_PYFLAKES_CODES.get(type(message).__name__, 'F999')} "
                f"{message.message % message.message_args}",
            )
            for message in checker.messages
        ]


class _FlakesChecker(Checker):
    def __init__(
        self, tree: ast.Module, path: str, bound: dict[str, Builtin]
    ) -> None:
        self._bound = bound
        super().__init__(tree, filename=path, withDoctest=False)

    @property
    def builtIns(self) -> frozenset[str]:
        """What is still to be bound: nothing, the module's scope has it."""
        return frozenset()

    @builtIns.setter
    def builtIns(self, names: object) -> None:
        pass

    def in_scope(self, kind: type) -> AbstractContextManager[None]:
        if self.scopeStack:
            return super().in_scope(kind)
        return super().in_scope(self._module_scope)

    def _module_scope(self) -> ModuleScope:
        scope = ModuleScope()
        scope.update(self._bound)
        return scope


def _builtin_names() -> frozenset[str]:
    """What pyflakes takes for builtins, but for PYFLAKES_BUILTINS."""
    checker = Checker(ast.Module(body=[], type_ignores=[]), withDoctest=False)
    added = set(os.environ.get("PYFLAKES_BUILTINS", "").split(","))
    return frozenset(checker.deadScopes[-1]) - (added - set(dir(builtins)))


class Bugbear:
    """bugbear under fixed options.

    :param selected: says whether a code is wanted.
    """

    def __init__(
        self, options: argparse.Namespace, selected: Callable[[str], bool]
    ) -> None:
        self._options = options
        self._selected = selected
        self._visitor = _visitor(selected)

    def check(
        self, tree: ast.Module, path: str, lines: list[str]
    ) -> list[Found]:
        """Findings in the order of bugbear.

        :raises RecursionError: when the tree is too deep for it.
        """
        if not lines:
            # It would take a file of no lines for one still to be opened.
            return []
        checker = _BugbearChecker(
            tree=tree,
            filename=path,
            lines=lines,
            max_line_length=self._options.max_line_length,
            options=self._options,
        )
        checker.selected = self._selected
        checker.visitor = self._visitor
        try:
            return [
                (line, offset, text)
                for line, offset, text, _ in checker.run()
            ]
        except PluginExecutionFailed as error:
            raise RecursionError(str(error)) from error


class _BugbearChecker(bugbear.BugBearChecker):
    selected: Callable[[str], bool]

    def gen_line_based_checks(self) -> Iterator[Any]:
        """They look for B950, which is not selected."""
        return iter(())

    def should_warn(self, code: str) -> bool:
        return self.selected(code)


def _visitor(selected: Callable[[str], bool]) -> type:
    """bugbear's visitor without the checks that find nothing selected."""
    unwanted = {
        name: _check_nothing
        for name in dir(bugbear.BugBearVisitor)
        if name.startswith("check_for_b9")
        and not selected(name.removeprefix("check_for_").upper())
    }
    base = type("Visitor", (bugbear.BugBearVisitor,), unwanted)
    marks = (ast.Load, ast.Store, ast.Del)
    if any(hasattr(base, f"visit_{mark.__name__}") for mark in marks):
        return base
    fields: dict[type, tuple[str, ...]] = {}
    leaves = _leaves(base)

    def generic_visit(self: Any, node: ast.AST) -> None:
        kind = type(node)
        names = fields.get(kind)
        if names is None:
            names = tuple(name for name in node._fields if name != "ctx")
            fields[kind] = names
        visit = self.visit
        for name in names:
            value = getattr(node, name, None)
            for item in value if isinstance(value, list) else (value,):
                if type(item) in leaves:
                    # All that is left of visiting it: the last few nodes.
                    self.node_window.append(item)
                elif isinstance(item, ast.AST):
                    visit(item)

    return type("Visitor", (base,), {"generic_visit": generic_visit})


def _leaves(visitor: type) -> frozenset[type]:
    """The kinds of nodes without children that bugbear only passes by.

    None where its way of visiting is not the one that is known.
    """
    if not set(visitor.visit.__code__.co_names) <= _NAMES_OF_VISIT:
        return frozenset()
    kinds = {
        ast.Name,
        ast.Constant,
        ast.alias,
        ast.Pass,
        ast.Break,
        ast.Continue,
        ast.Global,
        ast.Nonlocal,
    }
    for family in (ast.operator, ast.unaryop, ast.cmpop, ast.boolop):
        kinds.update(family.__subclasses__())
    # Python's own visitor has a method for constants, out of the past.
    return frozenset(
        kind
        for kind in kinds
        if getattr(visitor, f"visit_{kind.__name__}", None)
        is getattr(ast.NodeVisitor, f"visit_{kind.__name__}", None)
    )


_NAMES_OF_VISIT = frozenset(
    "CONTEXTFUL_NODES Context NODE_WINDOW_SIZE append check_for_b018 contexts "
    "isinstance node_stack node_window pop super visit".split()
)


def _check_nothing(self: Any, node: ast.AST) -> None:
    """A constant has no children; an unwanted check has no findings."""
