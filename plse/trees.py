"""Walking through a syntax tree by its statements."""

from __future__ import annotations

import ast
from collections.abc import Iterator

__all__ = ["statements"]

_BLOCKS = ("body", "handlers", "orelse", "finalbody", "cases")


def statements(tree: ast.Module) -> Iterator[ast.AST]:
    """The module, its statements and what holds some, in their order.

    Expressions, which are most of a tree, are passed by.
    """
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        inner = [
            each for name in _BLOCKS for each in getattr(node, name, ())
        ]
        waiting.extend(reversed(inner))
