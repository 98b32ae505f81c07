"""What one template needs and what is wrong with it, read without rendering.

Jinja can say which names a template takes from outside
(:func:`jinja2.meta.find_undeclared_variables`) but not where they stand. The
scopes here are those of its documentation: ``for``, ``macro``, ``call``,
``with``, ``filter`` and ``block`` open one, ``if`` does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import jinja2
from jinja2 import nodes

from plse.loading.schema_errors import nearest

__all__ = ["Facts", "Finding", "Reference", "Use", "read_template"]

_TAKES_A_FRAGMENT = (
    nodes.Import,
    nodes.FromImport,
    nodes.Include,
    nodes.Extends,
)


@dataclass(frozen=True, slots=True)
class Use:
    """A name that a template reads and does not set.

    :param line: 1-based line of the template.
    :param field: the attribute taken of it, or "".
    :param macro: the macro that reads it, or "" outside of macros.
    """

    name: str
    line: int
    field: str = ""
    macro: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """A shared template that a template imports or includes.

    :param with_context: whether it sees the names of this one.
    :param members: the macros that are taken of it by name; those of an
        include, all of whose text is taken, are none.
    """

    name: str
    line: int
    with_context: bool
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong at a 1-based line of a template."""

    line: int
    cause: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a template uses, and what is wrong with it by itself.

    :param uses: the first use of each name, and of each field of it.
    """

    uses: tuple[Use, ...] = ()
    references: tuple[Reference, ...] = ()
    findings: tuple[Finding, ...] = ()


def read_template(env: jinja2.Environment, text: str) -> Facts:
    """The facts of a template; never raises."""
    try:
        tree = env.parse(text)
        uses = _first_of_each(env, tree)
    except jinja2.TemplateSyntaxError as error:
        cause = f"the template does not parse: {error.message}"
        return Facts(findings=(Finding(error.lineno, cause.rstrip(".")),))
    except RecursionError:
        return Facts(findings=(Finding(1, "the template nests too deeply"),))
    except Exception as error:
        # Jinja's lexer lets through what Python says of a literal.
        cause = f"the template does not parse: {type(error).__name__}"
        return Facts(findings=(Finding(1, cause),))
    findings = list(_unknown_filters(env, tree))
    references = []
    for node in tree.find_all(_TAKES_A_FRAGMENT):
        name = node.template
        if isinstance(name, nodes.Const) and isinstance(name.value, str):
            seen = getattr(node, "with_context", True)
            members = tuple(sorted(_members(tree, node)))
            references.append(
                Reference(name.value, node.lineno, seen, members)
            )
        else:
            findings.append(
                Finding(
                    node.lineno,
                    "a fragment must be named by a plain text",
                    'write {% import "name.jinja" as name %}',
                )
            )
    return Facts(tuple(uses), tuple(references), tuple(findings))


def _members(tree: nodes.Template, node: nodes.Node) -> set[str]:
    """What a template takes by name of a fragment that it imports."""
    if isinstance(node, nodes.FromImport):
        return {
            name if isinstance(name, str) else name[0] for name in node.names
        }
    if not isinstance(node, nodes.Import):
        return set()
    return {
        each.attr
        for each in tree.find_all(nodes.Getattr)
        if isinstance(each.node, nodes.Name) and each.node.name == node.target
    }


def _first_of_each(
    env: jinja2.Environment, tree: nodes.Template
) -> list[Use]:
    first: dict[tuple[str, str, str], Use] = {}
    for use in _uses(tree, set()):
        if use.name not in env.globals:
            first.setdefault((use.name, use.field, use.macro), use)
    return list(first.values())


def _unknown_filters(
    env: jinja2.Environment, tree: nodes.Template
) -> Iterator[Finding]:
    for node in tree.find_all((nodes.Filter, nodes.Test)):
        is_filter = isinstance(node, nodes.Filter)
        known = env.filters if is_filter else env.tests
        if node.name not in known:
            kind = "filter" if is_filter else "test"
            yield Finding(
                node.lineno,
                f"there is no {kind} `{node.name}`",
                nearest(node.name, known),
            )


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
        inner = bound | {"caller", "varargs", "kwargs"}
        for use in _call(node, bound, inner):
            yield replace(use, macro=node.name)
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
