"""The assertions of a test module, and controls that each one can fail."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from plse.proof.source import Source
from plse.sandbox import test_names

__all__ = ["Control", "assertions", "controls", "costly_tests"]

RAISES = frozenset({"deprecated_call", "raises", "warns"})
OTHER = 'type("Other", (Exception,), {})'


@dataclass(frozen=True)
class Control:
    """A test module with one assertion turned around: it must fail.

    :param line: 1-based line of the assertion.
    :param test: name of the test that holds it; "" if a helper does.
    :param how: what was done to it.
    """

    line: int
    test: str
    how: str
    source: str


def assertions(text: str) -> int:
    """How many assertions a test module holds, as written.

    Counted are assert statements, ``pytest.raises`` and its kin, and the
    ``assert…`` methods of unittest and of mocks.

    :raises SyntaxError: if the module does not parse.
    """
    return sum(_is_assertion(node) for node in ast.walk(ast.parse(text)))


def _is_assertion(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert):
        return True
    if not isinstance(node, ast.Call):
        return False
    name = _name(node.func)
    return name in RAISES or (
        isinstance(node.func, ast.Attribute) and name.startswith("assert")
    )


def controls(text: str) -> list[Control]:
    """The module once for each assertion, and each way to turn it.

    An assertion is negated; an expected value becomes a new object, which
    equals nothing; an expected exception becomes a class that nobody raises.
    If the test still passes, it never reached the assertion, or what it
    compares is equal to everything.

    :raises SyntaxError: if the module does not parse.
    """
    source = Source(text)
    tests = test_names(text)
    return [
        Control(node.lineno, test if test in tests else "", how, changed)
        for test, node in _walk(source.tree, "")
        for how, changed in _turned(node, source)
    ]


def costly_tests(text: str) -> tuple[str, ...]:
    """Names of the tests that draw many examples (Hypothesis).

    :raises SyntaxError: if the module does not parse.
    """
    names = []
    for test, node in _walk(ast.parse(text), ""):
        decorators = getattr(node, "decorator_list", ())
        if any(
            isinstance(each, ast.Call) and _name(each.func) == "given"
            for each in decorators
        ):
            names.append(test)
    return tuple(names)


def _walk(node: ast.AST, owner: str) -> Iterator[tuple[str, ast.AST]]:
    """Every node with the top-level function or method that it stands in."""
    for child in ast.iter_child_nodes(node):
        name = owner
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if isinstance(node, ast.Module):
                name = child.name
            elif isinstance(node, ast.ClassDef) and owner == node.name:
                name = f"{owner}::{child.name}"
        elif isinstance(child, ast.ClassDef) and isinstance(node, ast.Module):
            name = child.name
        yield name, child
        yield from _walk(child, name)


def _turned(node: ast.AST, source: Source) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Assert):
        condition = source.segment(node.test)
        yield "negated", source.replaced(node.test, f"not ({condition})")
        test = node.test
        if (
            isinstance(test, ast.Compare)
            and len(test.ops) == 1
            and isinstance(test.ops[0], ast.Eq)
        ):
            yield (
                "compared with a new object",
                source.replaced(test.comparators[0], "object()"),
            )
    elif isinstance(node, ast.Call) and _name(node.func) == "raises":
        if node.args:
            yield (
                "expecting another exception",
                source.replaced(node.args[0], OTHER),
            )


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
