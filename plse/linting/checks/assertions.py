"""Checks of what a test asserts: that it can fail at all."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from plse.linting.checks.source import FUNCTIONS, Fault, SourceFile

__all__ = ["asserts_in_handlers_only", "asserts_nothing", "vacuous"]

#: Beginnings of the names of helpers that assert.
ASSERTING = ("assert", "check", "verify", "expect", "ensure", "fail")
#: Context managers and functions that fail a test by themselves.
DEMANDING = frozenset(
    {"deprecated_call", "raises", "run_state_machine_as_test", "warns"}
)


def asserts_nothing(file: SourceFile) -> Iterator[Fault]:
    """A test that asserts nothing, itself or through a helper.

    Why: it passes whatever the code returns.
    Instead: assert on the result, or on the effect.
    """
    for test in file.tests:
        # Most tests assert by themselves, so that no helper is looked at.
        if not _asserts(test, frozenset()) and not _asserts(
            test, _asserting_helpers(file)
        ):
            yield Fault.at(test, f"`{test.name}` asserts nothing")


def _asserting_helpers(file: SourceFile) -> frozenset[str]:
    """Functions of the file that assert, directly or by calling such."""
    bodies = {
        node.name: node
        for node in file.nodes(*FUNCTIONS)
        if node not in file.tests
    }
    found: frozenset[str] = frozenset()
    while True:
        more = frozenset(
            name
            for name, body in bodies.items()
            if _asserts(body, found)
        )
        if more == found:
            return found
        found = more


def _asserts(body: ast.AST, helpers: frozenset[str]) -> bool:
    return any(_demands(node, helpers) for node in ast.walk(body))


def _demands(node: ast.AST, helpers: frozenset[str]) -> bool:
    if isinstance(node, ast.Assert):
        return True
    if isinstance(node, ast.Raise):
        return node.exc is not None and "AssertionError" in ast.dump(node.exc)
    if not isinstance(node, ast.Call):
        return False
    called = node.func
    name = (
        called.id
        if isinstance(called, ast.Name)
        else called.attr if isinstance(called, ast.Attribute) else ""
    )
    return (
        name in helpers
        or name in DEMANDING
        or name.lstrip("_").startswith(ASSERTING)
    )


def vacuous(file: SourceFile) -> Iterator[Fault]:
    """An assertion that always holds.

    ``assert True``, ``assert x or True``, ``assert x == x`` (and ``is``,
    ``<=``, ``>=``) where x is the same plain expression without a call,
    ``assert len(x) >= 0``, ``assert isinstance(x, object)``.

    Why: it looks like a test and can never fail.
    Instead: compare with the value that the test's reader expects.
    """
    for node in file.nodes(ast.Assert):
        if _always_holds(node.test):
            yield Fault.at(node, "this assertion always holds")


def _always_holds(test: ast.expr) -> bool:
    if isinstance(test, ast.Constant):
        return test.value is True
    if isinstance(test, ast.BoolOp):
        if isinstance(test.op, ast.Or):
            return any(map(_always_holds, test.values))
        return all(map(_always_holds, test.values))
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return _always_compares(test.left, test.ops[0], test.comparators[0])
    return (
        _calls(test, "isinstance")
        and len(test.args) == 2
        and isinstance(test.args[1], ast.Name)
        and test.args[1].id == "object"
    )


def _always_compares(left: ast.expr, op: ast.cmpop, right: ast.expr) -> bool:
    if isinstance(op, (ast.Eq, ast.Is, ast.LtE, ast.GtE)) and _is_plain(left):
        return ast.dump(left) == ast.dump(right)
    return (
        isinstance(op, ast.GtE)
        and _calls(left, "len")
        and isinstance(right, ast.Constant)
        and right.value == 0
    )


def _calls(node: ast.expr, name: str) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == name
    )


def _is_plain(node: ast.expr) -> bool:
    """Evaluating it twice gives the same: no call, no await, no walrus."""
    kinds = (ast.Name, ast.Attribute, ast.Subscript, ast.Constant)
    kinds = (*kinds, ast.expr_context, ast.Tuple, ast.List)
    return all(isinstance(inner, kinds) for inner in ast.walk(node))


def asserts_in_handlers_only(file: SourceFile) -> Iterator[Fault]:
    """All that a test asserts stands in ``except`` clauses.

    Why: the test passes when the exception that it is about is not raised.
    Instead: ``with pytest.raises(...)``, or fail in the ``else`` clause.
    """
    helpers = _asserting_helpers(file)
    for test in file.tests:
        guarded: set[int] = set()
        handlers = [
            node
            for node in ast.walk(test)
            if isinstance(node, ast.ExceptHandler)
        ]
        for handler in handlers:
            guarded.update(map(id, _walk(handler.body)))
        demands = [
            node for node in ast.walk(test) if _demands(node, helpers)
        ]
        if demands and all(id(node) in guarded for node in demands):
            yield Fault.at(
                handlers[0],
                f"`{test.name}` asserts only if an exception is raised; "
                "use `with pytest.raises(...)`",
            )


def _walk(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    for node in nodes:
        yield from ast.walk(node)
