"""Mutation operators: the small mistakes that tests must notice.

Each operator is a function from a node to the texts that may stand in its
place. The choice follows what DeMillo, Lipton and Sayward ("Hints on test data
selection", Computer 11(4), 1978) and the tools since call first-order mutants,
less what a test of behaviour should not be asked to notice: docstrings,
annotations, the words of error messages, of log lines and of help texts.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from plse.proof.source import Source

__all__ = ["OPERATORS", "Change", "Place"]

COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}
NEGATED: dict[type[ast.cmpop], str] = {
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Lt: ">=",
    ast.LtE: ">",
    ast.Gt: "<=",
    ast.GtE: "<",
    ast.Is: "is not",
    ast.IsNot: "is",
    ast.In: "not in",
    ast.NotIn: "in",
}
BOUNDARIES: dict[type[ast.cmpop], str] = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
}
ARITHMETIC: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "*"),
    ast.Pow: ("**", "*"),
    ast.LShift: ("<<", ">>"),
    ast.RShift: (">>", "<<"),
    ast.BitAnd: ("&", "|"),
    ast.BitOr: ("|", "&"),
    ast.BitXor: ("^", "&"),
}
OTHER_EXCEPTION = {"RuntimeError": "ValueError"}
NEVER_RAISED = "ZeroDivisionError"


@dataclass(frozen=True)
class Place:
    """A node, and the nodes that it stands in, outermost first."""

    node: ast.AST
    above: tuple[ast.AST, ...]

    @property
    def parent(self) -> ast.AST:
        return self.above[-1]


@dataclass(frozen=True)
class Change:
    """Another text for a node.

    :param equivalent: why no test can notice it, where that is known.
    """

    node: ast.AST
    text: str
    equivalent: str = ""


Operator = Callable[[Place, Source], Iterator[Change]]


def comparison(place: Place, source: Source) -> Iterator[Change]:
    """Turn a comparison into its opposite."""
    yield from _compared(place, source, NEGATED)


def boundary(place: Place, source: Source) -> Iterator[Change]:
    """Move the edge of a comparison by one: ``<`` to ``<=``."""
    for change in _compared(place, source, BOUNDARIES):
        yield Change(change.node, change.text, _picks_either(place))


def _compared(
    place: Place, source: Source, table: dict[type[ast.cmpop], str]
) -> Iterator[Change]:
    node = place.node
    if not isinstance(node, ast.Compare):
        return
    for at, operator in enumerate(node.ops):
        if type(operator) in table:
            parts = [_operand(node.left, source)]
            for other, (sign, right) in enumerate(
                zip(node.ops, node.comparators, strict=True)
            ):
                signs = table if other == at else COMPARISONS
                parts += [signs[type(sign)], _operand(right, source)]
            inside_logic = isinstance(place.parent, (ast.BoolOp, ast.IfExp))
            text = " ".join(parts)
            yield Change(node, text if inside_logic else _closed(text, place))


def _picks_either(place: Place) -> str:
    """Why it does not matter which of two equal values is taken."""
    node, parent = place.node, place.parent
    if not isinstance(node, ast.Compare) or len(node.ops) != 1:
        return ""
    sides = {ast.dump(node.left), ast.dump(node.comparators[0])}
    if isinstance(parent, ast.IfExp) and parent.test is node:
        chosen = {ast.dump(parent.body), ast.dump(parent.orelse)}
        if chosen == sides:
            return "picks one of two equal values"
    if (
        isinstance(parent, ast.If)
        and parent.test is node
        and not parent.orelse
        and len(parent.body) == 1
        and isinstance(parent.body[0], ast.Assign)
        and len(parent.body[0].targets) == 1
    ):
        assigned = parent.body[0]
        names = {
            ast.dump(ast.parse(ast.unparse(each), mode="eval").body)
            for each in (assigned.targets[0], assigned.value)
        }
        if names == sides:
            return "assigns a value that is already there"
    return ""


def arithmetic(place: Place, source: Source) -> Iterator[Change]:
    """Compute something else: ``+`` to ``-``."""
    node = place.node
    if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        if isinstance(node.op, ast.Mod) and _is_text(node.left):
            return
        sign = ARITHMETIC[type(node.op)][1]
        text = (
            f"{_operand(node.left, source)} {sign} "
            f"{_operand(node.right, source)}"
        )
        yield Change(node, _closed(text, place))
    elif isinstance(node, ast.AugAssign) and type(node.op) in ARITHMETIC:
        sign = ARITHMETIC[type(node.op)][1]
        yield Change(
            node,
            f"{source.segment(node.target)} {sign}= "
            f"{source.segment(node.value)}",
        )
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield Change(node, _operand(node.operand, source))


def boolean(place: Place, source: Source) -> Iterator[Change]:
    """``and`` to ``or``, ``or`` to ``and``, and drop a ``not``."""
    node = place.node
    if isinstance(node, ast.BoolOp):
        word = " or " if isinstance(node.op, ast.And) else " and "
        text = word.join(
            source.segment(value)
            if isinstance(value, ast.Compare)
            else _operand(value, source)
            for value in node.values
        )
        yield Change(node, _closed(text, place))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield Change(node, _operand(node.operand, source))


def constant(place: Place, source: Source) -> Iterator[Change]:
    """Another constant: one more, the other truth, other words."""
    node = place.node
    if not isinstance(node, ast.Constant):
        return
    value = node.value
    if isinstance(value, bool):
        yield Change(node, repr(not value), _unseen(place))
    elif isinstance(value, (int, float)):
        yield Change(node, repr(value + 1), _unseen(place))
    elif isinstance(value, (str, bytes)) and _matters(place):
        empty = type(value)()
        marked = b"XX" if isinstance(value, bytes) else "XX"
        yield Change(node, repr(marked + value if value else empty + marked))


def returned(place: Place, source: Source) -> Iterator[Change]:
    """Return, or yield, nothing."""
    node = place.node
    if isinstance(node, (ast.Return, ast.Yield)) and node.value is not None:
        if not (
            isinstance(node.value, ast.Constant) and node.value.value is None
        ):
            yield Change(node.value, "None")


def removed_statement(place: Place, source: Source) -> Iterator[Change]:
    """Forget a statement."""
    node = place.node
    if isinstance(node, ast.Expr):
        if isinstance(node.value, (ast.Call, ast.Await)):
            yield Change(node, "pass", _does_nothing(place))
    elif isinstance(node, ast.Assign):
        if any(not isinstance(each, ast.Name) for each in node.targets):
            yield Change(node, "pass")
    elif isinstance(
        node, (ast.AugAssign, ast.Delete, ast.Raise, ast.Break, ast.Continue)
    ):
        yield Change(node, "pass")


def swapped_branch(place: Place, source: Source) -> Iterator[Change]:
    """Take the other branch."""
    node = place.node
    if isinstance(node, ast.IfExp):
        yield Change(
            node,
            _closed(
                f"{_operand(node.orelse, source)} if "
                f"{source.segment(node.test)} else "
                f"{_operand(node.body, source)}",
                place,
            ),
        )
        return
    tests: list[ast.expr] = []
    if isinstance(node, ast.If):
        tests = [node.test]
    elif isinstance(node, ast.comprehension):
        tests = node.ifs
    for test in tests:
        # Comparisons and `not` have their own operators, with that result.
        if not isinstance(test, ast.Compare) and not (
            isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
        ):
            yield Change(test, f"not {_operand(test, source)}")


def exception_type(place: Place, source: Source) -> Iterator[Change]:
    """Raise, or catch, another exception."""
    node = place.node
    if isinstance(node, ast.Raise) and node.exc is not None:
        raised = node.exc
        name = raised.func if isinstance(raised, ast.Call) else raised
        if isinstance(name, ast.Name) and name.id[:1].isupper():
            yield Change(name, OTHER_EXCEPTION.get(name.id, "RuntimeError"))
    elif isinstance(node, ast.ExceptHandler) and node.type is not None:
        caught = (
            node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        )
        for name in caught:
            yield Change(name, NEVER_RAISED)


OPERATORS: dict[str, Operator] = {
    "comparison": comparison,
    "boundary": boundary,
    "arithmetic": arithmetic,
    "boolean": boolean,
    "constant": constant,
    "return": returned,
    "removed statement": removed_statement,
    "swapped branch": swapped_branch,
    "exception type": exception_type,
}

SIMPLE = (
    ast.Attribute,
    ast.Call,
    ast.Constant,
    ast.Dict,
    ast.DictComp,
    ast.GeneratorExp,
    ast.JoinedStr,
    ast.List,
    ast.ListComp,
    ast.Name,
    ast.Set,
    ast.SetComp,
    ast.Subscript,
)
OPEN = (
    ast.Attribute,
    ast.Await,
    ast.BinOp,
    ast.BoolOp,
    ast.Compare,
    ast.IfExp,
    ast.Starred,
    ast.Subscript,
    ast.UnaryOp,
)


def _operand(node: ast.expr, source: Source) -> str:
    """A node's text, in parentheses where an operator could split it."""
    text = source.segment(node)
    if isinstance(node, SIMPLE) and not (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    ):
        return text
    return f"({text})"


def _closed(text: str, place: Place) -> str:
    """An operation's text, in parentheses where it stands in another."""
    inside = isinstance(place.parent, OPEN)
    return f"({text})" if inside or "\n" in text else text


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes))
    )


LOGGING = frozenset(
    "critical debug error exception info log print warn warning".split()
)
NAMED_BY_TEXT = frozenset(
    "NewType ParamSpec TypeVar TypeVarTuple getLogger".split()
)
HELP = frozenset({"description", "epilog", "help", "metavar"})
"""Keywords whose text is for people to read."""

SIZES = frozenset({"buffering", "maxsize", "stacklevel"})
"""Keywords whose number changes speed or a message, not a result."""


def _matters(place: Place) -> bool:
    """Whether a text is more than the words of a message."""
    for at, node in enumerate(place.above):
        if isinstance(node, (ast.Raise, ast.JoinedStr, ast.Assert)):
            return False
        if isinstance(node, ast.keyword) and node.arg in HELP:
            return False
        if not isinstance(node, ast.Call):
            continue
        name = _called(node)
        if name in LOGGING or name in NAMED_BY_TEXT:
            return False
        if name == "__init__" and _in_exception(place.above[:at]):
            return False
    return True


def _in_exception(above: tuple[ast.AST, ...]) -> bool:
    return any(
        isinstance(node, ast.ClassDef)
        and any(
            ast.unparse(base).endswith(("Error", "Exception", "Warning"))
            for base in node.bases
        )
        for node in above
    )


def _unseen(place: Place) -> str:
    """Why a constant shows in no result."""
    parent = place.parent
    if isinstance(parent, ast.keyword) and parent.arg in SIZES:
        return f"{parent.arg} changes no result"
    return ""


def _does_nothing(place: Place) -> str:
    """Why a call can go: ``super().__init__()`` of a class without bases."""
    call = place.node.value if isinstance(place.node, ast.Expr) else None
    if isinstance(call, ast.Call) and _called(call) == "__init__":
        classes = [n for n in place.above if isinstance(n, ast.ClassDef)]
        if classes and not classes[-1].bases and not call.args:
            return "object.__init__ does nothing"
    return ""


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""
