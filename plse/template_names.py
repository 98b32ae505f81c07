"""Which names a template takes from outside, and on which line.

Jinja can say which names (:func:`jinja2.meta.find_undeclared_variables`) but
not where they stand; the scopes are those of its documentation: ``for``,
``macro``, ``call``, ``with``, ``filter`` and ``block`` open one, ``if`` does
not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from jinja2 import nodes

__all__ = ["Use", "free_uses"]


@dataclass(frozen=True, slots=True)
class Use:
    """A name that a template reads and does not set.

    :param line: 1-based line of the template.
    :param field: the attribute taken of it, or "".
    """

    name: str
    line: int
    field: str = ""


def free_uses(tree: nodes.Template) -> Iterator[Use]:
    """The uses of names that a template does not set, in its order."""
    yield from _uses(tree, set())


def _uses(node: nodes.Node, bound: set[str]) -> Iterator[Use]:
    """Uses below a node; what the node sets is added to ``bound``."""
    if isinstance(node, nodes.Name):
        if node.ctx == "load" and node.name not in bound:
            yield Use(node.name, node.lineno)
        elif node.ctx != "load":
            bound.add(node.name)
    elif isinstance(node, nodes.Getattr) and isinstance(
        node.node, nodes.Name
    ):
        if node.node.name not in bound:
            yield Use(node.node.name, node.lineno, node.attr)
    elif isinstance(node, nodes.For):
        yield from _uses(node.iter, bound)
        inner = bound | {"loop"}
        yield from _uses(node.target, inner)
        if node.test is not None:
            yield from _uses(node.test, inner)
        yield from _all(node.body, inner)
        yield from _all(node.else_, set(bound))
    elif isinstance(node, nodes.Macro):
        bound.add(node.name)
        yield from _call(node, bound, bound | {"caller", "varargs", "kwargs"})
    elif isinstance(node, nodes.CallBlock):
        yield from _uses(node.call, bound)
        yield from _call(node, bound, set(bound))
    elif isinstance(node, nodes.With):
        inner = set(bound)
        yield from _all(node.values, bound)
        yield from _all(node.targets, inner)
        yield from _all(node.body, inner)
    elif isinstance(node, nodes.Assign):
        yield from _uses(node.node, bound)
        yield from _uses(node.target, bound)
    elif isinstance(node, nodes.AssignBlock):
        if node.filter is not None:
            yield from _uses(node.filter, bound)
        yield from _all(node.body, set(bound))
        yield from _uses(node.target, bound)
    elif isinstance(node, nodes.NSRef):
        if node.name not in bound:
            yield Use(node.name, node.lineno)
    elif isinstance(node, nodes.Import):
        yield from _uses(node.template, bound)
        bound.add(node.target)
    elif isinstance(node, nodes.FromImport):
        yield from _uses(node.template, bound)
        bound.update(
            name if isinstance(name, str) else name[1] for name in node.names
        )
    elif isinstance(node, (nodes.FilterBlock, nodes.Block, nodes.Scope)):
        yield from _all(node.iter_child_nodes(), set(bound))
    else:
        yield from _all(node.iter_child_nodes(), bound)


def _call(
    node: nodes.Macro | nodes.CallBlock, bound: set[str], inner: set[str]
) -> Iterator[Use]:
    yield from _all(node.defaults, bound)
    yield from _all(node.args, inner)
    yield from _all(node.body, inner)


def _all(
    children: Iterable[nodes.Node], bound: set[str]
) -> Iterator[Use]:
    for child in children:
        yield from _uses(child, bound)
