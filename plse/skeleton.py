"""The structure of code: what is left when names and values are blanked.

Two programs have one structure if their skeletons are equal strings. Renaming,
other constants, other sample data, annotations, docstrings, comments and
module-level imports give no new structure; another statement, expression,
operator, parameter or order does.

A skeleton has a line for each statement, indented as the code is, so that it
can be read (`n` is any name, `k` any constant)::

    def n(n, n=k)
     if (n is k)
      n = []
     n.n(n; )
     return n

It is built from named fields of the syntax tree, never from all of them, so
that it is the same string on Python 3.10 to 3.13.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping

from plse.drawing.blanked import Writer

__all__ = ["outline", "similarity", "skeleton"]

#: Operators that an outline does not tell apart.
FAMILIES: dict[str, str] = {
    **dict.fromkeys(("+", "-", "*", "/", "//", "%", "**", "@"), "+"),
    **dict.fromkeys(("<<", ">>", "|", "^", "&"), "|"),
    **dict.fromkeys(("==", "!="), "=="),
    **dict.fromkeys(("<", "<=", ">", ">="), "<"),
    **dict.fromkeys((" and ", " or "), " and "),
    **dict.fromkeys((" is ", " is not "), " is "),
    **dict.fromkeys((" in ", " not in "), " in "),
}


def skeleton(code: str | ast.AST) -> str:
    """The structure of a module, or of a syntax tree, as text.

    Blanked: names, attributes, names of arguments, constants (with their
    sign), and displays that hold nothing but constants, except for whether
    they are empty. Left out: comments, docstrings and other bare constants,
    ``pass``, annotations, type parameters and aliases, the text between the
    fields of an f-string, and imports at module level, which follow from the
    rest (a star import stays). A declared field of a class stays, too.

    :raises SyntaxError: if the code does not parse. ValueError and
        RecursionError are as ``ast.parse`` raises them.
    """
    return "\n".join(_lines(code, {}))


def outline(code: str | ast.AST) -> str:
    """A coarser structure, to tell near-identical ones from different ones.

    Two programs are near-identical if their outlines are equal: they have
    the same statements, in whatever order, up to operators of one family
    (``+`` and ``*``, ``<`` and ``>=``, ``and`` and ``or``). Being a string, it
    counts near-identical structures once in linear time. Raises as
    `skeleton` does.
    """
    return "\n".join(sorted(_lines(code, FAMILIES)))


def similarity(first: str, second: str) -> float:
    """How much two skeletons, or two outlines, have in common.

    The statements that they share, whatever their order, doubled and divided
    by all their statements (Dice's coefficient of two multisets): 1.0 for
    equal ones, 0.0 for nothing in common.
    """
    if first == second:
        return 1.0
    lines = Counter(first.split("\n")), Counter(second.split("\n"))
    shared = (lines[0] & lines[1]).total()
    return 2 * shared / (lines[0].total() + lines[1].total())


def _lines(code: str | ast.AST, families: Mapping[str, str]) -> list[str]:
    tree = ast.parse(code) if isinstance(code, str) else code
    writer = Writer(families)
    if isinstance(tree, ast.Module):
        writer.block(
            [each for each in tree.body if not _follows_from_the_rest(each)],
            "",
        )
    elif isinstance(tree, ast.stmt):
        writer.block([tree], "")
    else:
        writer.lines.append(writer.text(tree))
    return writer.lines


def _follows_from_the_rest(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.ImportFrom):
        return statement.names[0].name != "*"
    return isinstance(statement, ast.Import)
