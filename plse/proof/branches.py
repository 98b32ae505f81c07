"""Which branches of a pattern's templates are reached while it renders.

The templates are compiled with every condition, loop and choice from a
mapping passed through a filter that takes notes; what is rendered stays
the same. Fragments are shared, so their branches are not a lesson's to reach.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sized
from dataclasses import dataclass, field

import jinja2
from jinja2 import nodes

from plse.patterns import Pattern, Template
from plse.templates import environment

__all__ = ["Branches", "Unreached"]

NOTE = "_noted"


@dataclass(frozen=True)
class Unreached:
    """A part of a template that was never rendered.

    :param line: 1-based line of the pattern file.
    :param what: what never happened, as a sentence without a full stop.
    """

    key: str
    line: int
    what: str


@dataclass
class _Fork:
    """A place where rendering may go several ways.

    :param ways: outcome → what to say if it is never seen.
    """

    key: str
    line: int
    ways: dict[Hashable, str]
    seen: set[Hashable] = field(default_factory=set)

    def missing(self) -> Iterator[Unreached]:
        if not self.seen and len(self.ways) > 1:
            yield Unreached(self.key, self.line, "this is never rendered")
            return
        for outcome, what in self.ways.items():
            if outcome not in self.seen:
                yield Unreached(self.key, self.line, what)


class Branches:
    """Watches one pattern's templates.

    :ivar env: the environment to render in, for ``Generator``.
    """

    def __init__(self, pattern: Pattern) -> None:
        self._forks: dict[tuple[str, int], _Fork] = {}
        self._lines = {
            template.key: template.line for template in _templates(pattern)
        }
        self.env = self._watching(environment(pattern.fragments))

    @property
    def total(self) -> int:
        """How many ways there are in the templates rendered so far."""
        return sum(len(fork.ways) for fork in self._forks.values())

    def unreached(self) -> list[Unreached]:
        """The ways never taken so far, in the order of the file."""
        missing = [
            each for fork in self._forks.values() for each in fork.missing()
        ]
        return sorted(missing, key=lambda each: each.line)

    def _watching(self, env: jinja2.Environment) -> jinja2.Environment:
        compile_template = env.compile

        def watched(
            source: str | nodes.Template,
            name: str | None = None,
            filename: str | None = None,
            **options: bool,
        ) -> object:
            if filename in self._lines:
                if isinstance(source, str):
                    source = env.parse(source)
                _Instruments(filename, self._lines[filename], self._forks).put(
                    source
                )
            return compile_template(source, name, filename, **options)

        env.compile = watched  # type: ignore[method-assign]
        env.filters[NOTE] = self._note
        return env

    def _note(self, value: object, key: str, at: int, kind: str) -> object:
        """Called by the templates; gives back the value it is given."""
        seen = self._forks[key, at].seen
        if kind == "key":
            if isinstance(value, Hashable):
                seen.add(value)
            return value
        if kind == "loop":
            if not isinstance(value, Sized):
                value = list(value)  # type: ignore[call-overload]
            seen.add(len(value) > 0)
            return value
        seen.add(bool(value))
        return value


class _Instruments:
    """Puts notes into one template.

    A template may be compiled more than once, as for its lines; the places
    are numbered in the same order each time, and are then the same forks.
    """

    def __init__(
        self, key: str, line: int, forks: dict[tuple[str, int], _Fork]
    ) -> None:
        self._key = key
        self._line = line
        self._forks = forks
        self._count = 0

    def put(self, tree: nodes.Template) -> None:
        """Change a template's tree."""
        self._conditions(tree)
        for node in list(tree.find_all(nodes.CondExpr)):
            ways: dict[Hashable, str] = {
                True: "the condition is never true",
                False: "the condition is always true",
            }
            node.test = self._noted(node.test, "test", ways)
        for node in list(tree.find_all(nodes.For)):
            ways = {True: "the loop never has anything to go through"}
            if node.else_:
                ways[False] = "`else` is never reached"
            if not node.recursive:
                node.iter = self._noted(node.iter, "loop", ways)
        for node in list(tree.find_all(nodes.Getitem)):
            ways = {
                key: f"the entry {key!r} of the mapping is never chosen"
                for key in _keys(node.node)
            }
            if ways:
                node.arg = self._noted(node.arg, "key", ways)

    def _conditions(self, tree: nodes.Template) -> None:
        later = {
            id(branch)
            for node in tree.find_all(nodes.If)
            for branch in node.elif_
        }
        for node in list(tree.find_all(nodes.If)):
            ways: dict[Hashable, str] = {True: "the condition is never true"}
            alone = not node.elif_ and not node.else_
            if id(node) not in later and alone:
                ways[False] = "the condition is always true"
            node.test = self._noted(node.test, "test", ways)
            if node.else_:
                last = node.elif_[-1] if node.elif_ else node
                last.test = self._noted(
                    last.test, "test", {False: "`else` is never reached"}
                )

    def _noted(
        self, value: nodes.Expr, kind: str, ways: dict[Hashable, str]
    ) -> nodes.Expr:
        at = self._count
        self._count += 1
        line = self._line + value.lineno - 1
        self._forks.setdefault(
            (self._key, at), _Fork(self._key, line, ways)
        )
        # A filter is called directly, at a third of the cost of a function,
        # which the sandboxed environment would examine each time.
        note = nodes.Filter(
            value,
            NOTE,
            [nodes.Const(self._key), nodes.Const(at), nodes.Const(kind)],
            [],
            None,
            None,
        )
        note.set_lineno(value.lineno)
        note.set_environment(value.environment)
        return note


def _keys(mapping: nodes.Expr) -> list[Hashable]:
    """The keys of a mapping that is written out, perhaps folded already."""
    if isinstance(mapping, nodes.Const) and isinstance(mapping.value, dict):
        return list(mapping.value)
    if isinstance(mapping, nodes.Dict):
        return [
            pair.key.value
            for pair in mapping.items
            if isinstance(pair.key, nodes.Const)
        ]
    return []


def _templates(pattern: Pattern) -> Iterator[Template]:
    """Every template that rendering a sample goes through."""
    yield pattern.why
    for derived in pattern.derived:
        yield derived.value
    for ask in pattern.asks:
        yield ask.text
    if pattern.mistake:
        yield pattern.mistake.code
        yield from pattern.mistake.fails
    if pattern.solution:
        yield pattern.solution
    for alternative in pattern.alternatives:
        yield from alternative.when
        yield alternative.code
    if pattern.tests:
        yield pattern.tests
    for file in pattern.files:
        yield file.path
        yield file.content
    for run in pattern.runs:
        yield run.command
        yield from run.prints
        yield from run.writes
