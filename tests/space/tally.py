"""A lesson as a function: cells of nine axes, rendered without a template.

It has what makes an order hard to get right: options that matter only where
another has one value, a range with a border inside it, a constraint between a
structural axis and a noun, axes that only rename, and axes that the code does
not show at all.
"""

from __future__ import annotations

from collections.abc import Mapping

from plse.space import Axis, Constraint, Space

AXES = (
    Axis("carrier", ["function", "method", "generator", "closure"]),
    Axis("noun", ["order", "visit", "trip", "parcel", "page", "ticket"]),
    Axis("loop", ["for", "sum", "while"]),
    Axis("guard", ["none", "raise", "default"]),
    Axis("cached", [True, False]),
    Axis("limit", range(1, 201)),
    Axis("field", ["price", "weight", "length", "order", "age"]),
    Axis("given", [(1, 2), (3,), (5, 8, 13)]),
    Axis("person", ["customer", "colleague"]),
)
CONSTRAINTS = (
    Constraint(
        ("noun", "field"),
        lambda cell: cell["noun"] != cell["field"],
        "tally.yaml:9: noun != field",
    ),
    Constraint(
        ("carrier", "noun"),
        lambda cell: (cell["carrier"], cell["noun"]) != ("closure", "page"),
        "tally.yaml:10: carrier != 'closure' or noun != 'page'",
    ),
)


def space() -> Space:
    """The cells of the lesson."""
    return Space(AXES, CONSTRAINTS)


def code(cell: Mapping[str, object]) -> str:
    """The code of a cell; `given` and `person` do not show in it."""
    noun, field, limit = cell["noun"], cell["field"], cell["limit"]
    body = []
    if cell["guard"] == "raise":
        body += [f"if not {noun}s:", f"    raise ValueError('{noun}')"]
    elif cell["guard"] == "default":
        body += [f"{noun}s = {noun}s or []"]
    if limit > 150:
        body += [f"{noun}s = {noun}s[:{limit}]"]
    word = "yield" if cell["carrier"] == "generator" else "return"
    if cell["loop"] == "for":
        body += ["total = 0", f"for {noun} in {noun}s:"]
        body += [f"    total += {noun}.{field}", f"{word} total"]
    elif cell["loop"] == "sum":
        body += [f"{word} sum({noun}.{field} for {noun} in {noun}s)"]
    else:
        body += ["total = 0", f"while {noun}s:"]
        body += [f"    total += {noun}s.pop().{field}", f"{word} total"]
    arguments = f"{noun}s"
    lines: list[str] = []
    if cell["carrier"] == "method":
        # Only a method is ever cached.
        if cell["cached"]:
            lines += ["@cache"]
        arguments = f"self, {arguments}"
    lines += [f"def {field}_of({arguments}):"]
    lines += [f"    {line}" for line in body]
    if cell["carrier"] == "method":
        lines = ["class Tally:", *(f"    {line}" for line in lines)]
    if cell["carrier"] == "closure":
        lines = [
            f"def counter(limit={limit}):",
            *(f"    {line}" for line in lines),
            f"    return {field}_of",
        ]
    return "\n".join(lines) + "\n"
