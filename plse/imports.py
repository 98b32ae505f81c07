"""Test modules, and what they import of the code that they test."""

from __future__ import annotations

import ast
import re

__all__ = ["is_test_path", "top_level_names", "with_imports"]

_MAX_LINE = 79


def is_test_path(path: str) -> bool:
    """Whether pytest would take the file for a test module."""
    name = path.rpartition("/")[2]
    return name.startswith("test_") and name.endswith(".py")


def with_imports(tests: str, solution: str) -> str:
    """A test module that imports what it uses of the solution.

    Names that the solution defines (not: imports) at its top level and that the tests read
    without defining them are imported, after the module's own imports. Tests
    that import ``solution`` themselves, and sources that do not parse, are
    left as they are.
    """
    try:
        test_tree, solution_tree = ast.parse(tests), ast.parse(solution)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return tests
    used: set[str] = set()
    own: set[str] = set()
    for node in ast.walk(test_tree):
        if isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else own).add(node.id)
        elif isinstance(node, ast.ImportFrom) and node.module == "solution":
            return tests
        elif isinstance(node, ast.Import) and any(
            alias.name == "solution" for alias in node.names
        ):
            return tests
    own |= top_level_names(test_tree) | _imported(test_tree)
    names = sorted((used - own) & top_level_names(solution_tree))
    if not names:
        return tests
    statement = f"from solution import {', '.join(names)}"
    if len(statement) > _MAX_LINE:
        listed = "".join(f"    {name},\n" for name in names)
        statement = f"from solution import (\n{listed})"
    return _insert_import(tests, test_tree, statement)


def top_level_names(tree: ast.Module) -> set[str]:
    """Names that a module defines: functions, classes and variables."""
    names: set[str] = set()
    for node in tree.body:
        if isinstance(
            node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        ):
            names.add(node.name)
        elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
            targets = (
                node.targets if isinstance(node, ast.Assign) else [node.target]
            )
            names |= {
                leaf.id
                for target in targets
                for leaf in ast.walk(target)
                if isinstance(leaf, ast.Name)
            }
    return names


def _imported(tree: ast.Module) -> set[str]:
    return {
        (alias.asname or alias.name).partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }


def _insert_import(tests: str, tree: ast.Module, statement: str) -> str:
    last = 0
    for position, node in enumerate(tree.body):
        docstring = (
            position == 0
            and isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
        )
        if not docstring and not isinstance(
            node, (ast.Import, ast.ImportFrom)
        ):
            break
        last = node.end_lineno or last
    lines = tests.split("\n")
    before, after = lines[:last], lines[last:]
    while after and not after[0]:
        after.pop(0)
    head = [*before, "", statement] if before else [statement]
    starts_definition = bool(after) and re.match(
        r"(def|class|async|@)\b|@", after[0]
    )
    gap = ["", ""] if starts_definition else [""]
    return "\n".join([*head, *gap, *after])
