"""Mutants of a module: its text, with one small mistake each."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from plse.proof.operators import OPERATORS, Place
from plse.proof.source import Edit, Source, code_key, difference
from plse.trees import statements

__all__ = ["Mutant", "mutants", "with_budget"]

STEPS = 20_000
"""Turns that the loops of a mutant may take together in one test."""


@dataclass(frozen=True)
class Mutant:
    """A module with one change.

    :param operator: name of the operator, a key of ``OPERATORS``.
    :param line: 1-based line of the change in the original.
    :param site: what is changed, with names and constants as they are not:
        mutants of equal sites in different samples teach the same.
    :param source: the whole text.
    :param equivalent: why no test can tell it from the original; "" where
        that cannot be decided.
    """

    operator: str
    line: int
    site: str
    source: str
    equivalent: str

    def diff(self, original: str) -> str:
        """The change as a diff."""
        return difference(original, self.source)


def mutants(text: str) -> list[Mutant]:
    """Every mutant of a module that differs from the others, by place.

    Those that compile to the code of the original are marked equivalent;
    those that compile to the code of another mutant, or not at all, are
    left out.

    :raises SyntaxError: if the module does not parse.
    """
    source = Source(text)
    original = _key(text)
    seen: set[tuple[object, ...]] = set()
    found = []
    for place in _places(source.tree):
        for name, operator in OPERATORS.items():
            for change in operator(place, source):
                changed = source.replaced(change.node, change.text)
                key = _key(changed)
                if key is None or key in seen:
                    continue
                seen.add(key)
                equivalent = change.equivalent
                if key == original:
                    equivalent = "compiles to the same code"
                found.append(
                    Mutant(
                        name,
                        change.node.lineno,
                        _site(name, place, change.node),
                        changed,
                        equivalent,
                    )
                )
    return sorted(found, key=lambda mutant: mutant.line)


def with_budget(text: str, steps: int = STEPS) -> str:
    """A module whose loops end with an IndexError after so many turns.

    A mutant that never ends would cost its whole processor time; counting
    turns is deterministic, and ends it in milliseconds. Every test executes
    the module afresh, so each has the whole budget.
    """
    source = Source(text)
    loops = [
        node
        for node in statements(source.tree)
        if isinstance(node, (ast.For, ast.AsyncFor, ast.While))
    ]
    if not loops:
        return text
    edits = [_before(source, loop.body[0], "_steps_.pop()") for loop in loops]
    edits.append(_opening(source, f"_steps_ = bytearray({steps})\n"))
    return source.edited(edits)


def _before(source: Source, node: ast.stmt, statement: str) -> Edit:
    line = min(
        [node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))]
    )
    start = source.offset(line, 0)
    indent = source.indent(line)
    own_line = source.offset(node.lineno, node.col_offset) == (
        source.offset(node.lineno, 0) + len(source.indent(node.lineno))
    )
    if own_line:
        return Edit(start, start, f"{indent}{statement}\n")
    start = source.offset(node.lineno, node.col_offset)
    return Edit(start, start, f"{statement}; ")


def _opening(source: Source, text: str) -> Edit:
    """An edit after the docstring and the imports from the future."""
    line = 1
    for node in source.tree.body:
        docstring = isinstance(node, ast.Expr) and isinstance(
            node.value, ast.Constant
        )
        future = (
            isinstance(node, ast.ImportFrom) and node.module == "__future__"
        )
        if not docstring and not future:
            line = min(
                [
                    node.lineno,
                    *(d.lineno for d in getattr(node, "decorator_list", ())),
                ]
            )
            break
    start = source.offset(line, 0)
    return Edit(start, start, text)


def _key(text: str) -> tuple[object, ...] | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return code_key(compile(text, "", "exec", dont_inherit=True))
    except (SyntaxError, ValueError):
        return None


def _site(operator: str, place: Place, changed: ast.AST) -> str:
    """A change, told by the shape of the statement that it is in."""
    statement = next(
        (
            node
            for node in reversed((*place.above, place.node))
            if isinstance(node, ast.stmt)
        ),
        place.node,
    )
    inner = getattr(changed, "lineno", 0) - statement.lineno
    nodes = [
        type(node).__name__
        for node in ast.walk(statement)
        if not isinstance(node, (ast.Load, ast.Store))
    ]
    position = next(
        (
            at
            for at, node in enumerate(ast.walk(statement))
            if node is changed
        ),
        0,
    )
    return f"{operator} {inner} {position} {' '.join(nodes[:60])}"


ANNOTATIONS = {
    ast.arg: ("annotation",),
    ast.AnnAssign: ("annotation",),
    ast.FunctionDef: ("returns", "type_params"),
    ast.AsyncFunctionDef: ("returns", "type_params"),
    ast.ClassDef: ("type_params",),
}
UNREAD = frozenset({"__all__", "__version__", "__slots__", "__match_args__"})


def _places(tree: ast.Module) -> Iterator[Place]:
    """The nodes that decide what the module does, with those above them."""
    waiting: list[Place] = [Place(tree, ())]
    while waiting:
        place = waiting.pop()
        yield place
        node = place.node
        if isinstance(node, ast.JoinedStr):
            # Before 3.12 what is inside has no usable place in the text.
            continue
        above = (*place.above, node)
        skipped = ANNOTATIONS.get(type(node), ())
        for field, value in ast.iter_fields(node):
            if field in skipped:
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST) and not _idle(child, node):
                    waiting.append(Place(child, above))


def _idle(node: ast.AST, parent: ast.AST) -> bool:
    """Whether a node has no say in what a test can see."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    if not isinstance(parent, (ast.Module, ast.ClassDef)):
        return False
    if isinstance(node, ast.If):
        text = ast.unparse(node.test)
        return text in ("TYPE_CHECKING", "typing.TYPE_CHECKING") or (
            text.startswith("__name__ ==")
        )
    if isinstance(node, ast.Assign):
        names = {ast.unparse(target) for target in node.targets}
        return bool(names & UNREAD)
    return isinstance(node, (ast.Import, ast.ImportFrom))
