"""A module with nothing in it: names and signatures stay, bodies go."""

from __future__ import annotations

import ast

__all__ = ["stub"]


def stub(text: str) -> str:
    """A module whose functions return None and whose classes hold nothing.

    What is called, looked up or raised at module level stays, so that the
    module can still be executed; a value computed there becomes None.

    :raises SyntaxError: if the module does not parse.
    """
    tree = ast.parse(text)
    tree.body = [
        kept for node in tree.body if (kept := _hollow(node)) is not None
    ]
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def _hollow(node: ast.stmt) -> ast.stmt | None:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        node.body = [ast.Return(ast.Constant(None))]
    elif isinstance(node, ast.ClassDef):
        inner = [
            kept
            for each in node.body
            if isinstance(
                each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
            )
            and (kept := _hollow(each)) is not None
        ]
        node.body = [*inner, ast.Pass()]
    elif isinstance(node, ast.Assign):
        if isinstance(
            node.value,
            (
                ast.Call,
                ast.DictComp,
                ast.GeneratorExp,
                ast.Lambda,
                ast.ListComp,
                ast.SetComp,
            ),
        ):
            node.value = ast.Constant(None)
    elif isinstance(node, ast.Expr):
        return None
    return node
