"""A syntax tree as text in which every name is `n` and every constant `k`.

The tables below name the fields that are written, one by one, so that the
text is the same on Python 3.10 to 3.13 whatever a version adds to its nodes.
What is left out, and why, is said in `plse.skeleton`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from typing import Any

__all__ = ["Writer"]

#: Node type → its text, and the fields that fill it; a list is joined by
#: commas, what is absent is empty.
FORMS: dict[type[ast.AST], tuple[str, tuple[str, ...]]] = {
    # Statements on one line
    ast.Assert: ("assert %s, %s", ("test", "msg")),
    ast.Break: ("break", ()),
    ast.Continue: ("continue", ()),
    ast.Delete: ("del %s", ("targets",)),
    ast.Global: ("global n", ()),
    ast.Nonlocal: ("nonlocal n", ()),
    ast.Raise: ("raise %s from %s", ("exc", "cause")),
    ast.Return: ("return %s", ("value",)),
    # Headers of statements with a body
    ast.AsyncFor: ("async for %s in %s", ("target", "iter")),
    ast.AsyncFunctionDef: ("async def n(%s)", ("args",)),
    ast.AsyncWith: ("async with %s", ("items",)),
    ast.ClassDef: ("class n(%s; %s)", ("bases", "keywords")),
    ast.For: ("for %s in %s", ("target", "iter")),
    ast.FunctionDef: ("def n(%s)", ("args",)),
    ast.If: ("if %s", ("test",)),
    ast.Match: ("match %s", ("subject",)),
    getattr(ast, "TryStar", ast.Try): ("try*", ()),
    ast.Try: ("try", ()),
    ast.While: ("while %s", ("test",)),
    ast.With: ("with %s", ("items",)),
    ast.ExceptHandler: ("except %s", ("type",)),
    ast.match_case: ("case %s if %s", ("pattern", "guard")),
    # Expressions
    ast.Attribute: ("%s.n", ("value",)),
    ast.Await: ("await %s", ("value",)),
    ast.Call: ("%s(%s; %s)", ("func", "args", "keywords")),
    ast.Constant: ("k", ()),
    ast.DictComp: ("{%s: %s %s}", ("key", "value", "generators")),
    ast.GeneratorExp: ("(%s %s)", ("elt", "generators")),
    ast.IfExp: ("(%s if %s else %s)", ("body", "test", "orelse")),
    ast.Lambda: ("(lambda %s: %s)", ("args", "body")),
    ast.ListComp: ("[%s %s]", ("elt", "generators")),
    ast.Name: ("n", ()),
    ast.NamedExpr: ("(n := %s)", ("value",)),
    ast.SetComp: ("{%s %s}", ("elt", "generators")),
    ast.Slice: ("%s:%s:%s", ("lower", "upper", "step")),
    ast.Starred: ("*%s", ("value",)),
    ast.Subscript: ("%s[%s]", ("value", "slice")),
    ast.Yield: ("(yield %s)", ("value",)),
    ast.YieldFrom: ("(yield from %s)", ("value",)),
    ast.withitem: ("%s as %s", ("context_expr", "optional_vars")),
    # Patterns
    ast.MatchClass: ("%s(%s; %s)", ("cls", "patterns", "kwd_patterns")),
    ast.MatchOr: ("(%s)", ("patterns",)),
    ast.MatchSequence: ("[%s]", ("patterns",)),
    ast.MatchSingleton: ("k", ()),
    ast.MatchValue: ("%s", ("value",)),
}


OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.MatMult: "@",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.BitAnd: "&",
    ast.And: " and ",
    ast.Or: " or ",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: " is ",
    ast.IsNot: " is not ",
    ast.In: " in ",
    ast.NotIn: " not in ",
    ast.Not: "not ",
    ast.Invert: "~",
    ast.UAdd: "+",
    ast.USub: "-",
}


class Writer:
    """Writes statements as lines and expressions as text.

    :param families: signs of operators that stand for others.
    """

    def __init__(self, families: Mapping[str, str]) -> None:
        self.lines: list[str] = []
        self._signs = {
            operator: families.get(sign, sign)
            for operator, sign in OPERATORS.items()
        }

    def block(
        self, body: Iterable[ast.stmt], indent: str, fields: bool = False
    ) -> None:
        """Write the statements of a body.

        :param fields: whether a bare annotation declares a field, as it does
            in a class.
        """
        for node in body:
            kind = type(node)
            if kind is ast.Expr:
                if type(node.value) is not ast.Constant:
                    self.lines.append(indent + self.text(node.value))
            elif kind is ast.AnnAssign:
                if node.value is not None:
                    self.lines.append(indent + self._assigned(node))
                elif fields:
                    self.lines.append(f"{indent}n:")
            elif kind not in SILENT:
                for decorator in getattr(node, "decorator_list", ()):
                    self.lines.append(f"{indent}@{self.text(decorator)}")
                self.lines.append((indent + self.text(node)).rstrip())
                self._bodies(node, indent)

    def _bodies(self, node: ast.AST, indent: str) -> None:
        """Write what stands indented below a statement's first line."""
        inner = indent + " "
        self.block(
            getattr(node, "body", ()), inner, isinstance(node, ast.ClassDef)
        )
        for part in (
            *getattr(node, "handlers", ()),
            *getattr(node, "cases", ()),
        ):
            self.lines.append((indent + self.text(part)).rstrip())
            self.block(part.body, inner)
        for word, field in (("else", "orelse"), ("finally", "finalbody")):
            body = getattr(node, field, None)
            if body:
                self.lines.append(indent + word)
                self.block(body, inner)

    def text(self, node: ast.AST) -> str:
        """A node as text; of a statement with a body, its first line."""
        form = FORMS.get(type(node))
        if form is None:
            write = WRITERS.get(type(node), Writer._other)
            return write(self, node)
        text, fields = form
        if not fields:
            return text
        return text % tuple(
            [self._field(getattr(node, field)) for field in fields]
        )

    def _field(self, value: object) -> str:
        if isinstance(value, list):
            return ", ".join([self.text(each) for each in value])
        return self.text(value) if isinstance(value, ast.AST) else ""

    def _other(self, node: ast.AST) -> str:
        """A node that is newer than this module: its name and children."""
        children = [
            self._field(value)
            for field, value in ast.iter_fields(node)
            if field not in ("body", "ctx", "type_params")
        ]
        return f"{type(node).__name__}({', '.join(filter(None, children))})"

    def _assigned(self, node: ast.Assign | ast.AnnAssign) -> str:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target]
        )
        left = "".join([f"{self.text(target)} = " for target in targets])
        return left + self.text(node.value)

    def _augmented(self, node: ast.AugAssign) -> str:
        sign = self._signs[type(node.op)]
        return f"{self.text(node.target)} {sign}= {self.text(node.value)}"

    def _import(self, node: ast.Import | ast.ImportFrom) -> str:
        return "import *" if node.names[0].name == "*" else "import"

    def _arguments(self, node: ast.arguments) -> str:
        parts = ["n"] * (len(node.posonlyargs) + len(node.args))
        for back, default in enumerate(reversed(node.defaults), 1):
            parts[-back] += f"={self.text(default)}"
        if node.posonlyargs:
            parts.insert(len(node.posonlyargs), "/")
        if node.vararg:
            parts.append("*n")
        elif node.kwonlyargs:
            parts.append("*")
        parts += [
            f"n={self.text(default)}" if default else "n"
            for default in node.kw_defaults
        ]
        return ", ".join([*parts, "**n"] if node.kwarg else parts)

    def _keyword(self, node: ast.keyword) -> str:
        return f"{'n=' if node.arg else '**'}{self.text(node.value)}"

    def _binary(self, node: ast.BinOp) -> str:
        sign = self._signs[type(node.op)]
        return f"({self.text(node.left)}{sign}{self.text(node.right)})"

    def _unary(self, node: ast.UnaryOp) -> str:
        # The sign of a number is part of it.
        if isinstance(node.op, (ast.USub, ast.UAdd)) and isinstance(
            node.operand, ast.Constant
        ):
            return "k"
        return f"({self._signs[type(node.op)]}{self.text(node.operand)})"

    def _boolean(self, node: ast.BoolOp) -> str:
        sign = self._signs[type(node.op)]
        return f"({sign.join([self.text(value) for value in node.values])})"

    def _compare(self, node: ast.Compare) -> str:
        parts = [self.text(node.left)]
        for operator, value in zip(node.ops, node.comparators, strict=True):
            parts.append(self._signs[type(operator)] + self.text(value))
        return f"({''.join(parts)})"

    def _display(self, node: ast.List | ast.Tuple | ast.Set) -> str:
        opening, closing = BRACKETS[type(node)]
        parts = [self.text(value) for value in node.elts]
        return opening + _unless_data(parts, "k") + closing

    def _dict(self, node: ast.Dict) -> str:
        parts = [
            f"{self.text(key)}: {self.text(value)}"
            if key
            else f"**{self.text(value)}"
            for key, value in zip(node.keys, node.values, strict=True)
        ]
        return f"{{{_unless_data(parts, 'k: k')}}}"

    def _interpolated(self, node: ast.JoinedStr) -> str:
        # How the text between fields is cut up differs between versions.
        fields = [self.text(v) for v in node.values if not _is_constant(v)]
        return f'f"{", ".join(fields)}"'

    def _replaced(self, node: ast.FormattedValue) -> str:
        # A format is a constant unless it is computed itself.
        spec = node.format_spec
        computed = isinstance(spec, ast.JoinedStr) and not all(
            map(_is_constant, spec.values)
        )
        return (
            f"{{{self.text(node.value)}:{self.text(spec)}}}"
            if computed
            else f"{{{self.text(node.value)}}}"
        )

    def _clause(self, node: ast.comprehension) -> str:
        word = "async for" if node.is_async else "for"
        text = f"{word} {self.text(node.target)} in {self.text(node.iter)}"
        tests = [f" if {self.text(test)}" for test in node.ifs]
        return "".join([text, *tests])

    def _match_as(self, node: ast.MatchAs) -> str:
        name = "n" if node.name else "_"
        return f"({self.text(node.pattern)} as n)" if node.pattern else name

    def _match_star(self, node: ast.MatchStar) -> str:
        return "*n" if node.name else "*_"

    def _match_mapping(self, node: ast.MatchMapping) -> str:
        parts = [
            f"{self.text(key)}: {self.text(value)}"
            for key, value in zip(node.keys, node.patterns, strict=True)
        ]
        return f"{{{', '.join([*parts, '**n'] if node.rest else parts)}}}"


def _is_constant(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant)


def _unless_data(parts: list[str], data: str) -> str:
    """The parts of a display; blanked if there is no name among them."""
    if parts and not "".join(parts).strip("k[](){},: "):
        return data
    return ", ".join(parts)


SILENT = {ast.Pass, getattr(ast, "TypeAlias", ast.Pass)}
BRACKETS = {ast.List: "[]", ast.Tuple: ("(", ",)"), ast.Set: "{}"}
WRITERS: dict[type[ast.AST], Callable[[Writer, Any], str]] = {
    ast.Assign: Writer._assigned,
    ast.AugAssign: Writer._augmented,
    ast.BinOp: Writer._binary,
    ast.BoolOp: Writer._boolean,
    ast.Compare: Writer._compare,
    ast.Dict: Writer._dict,
    ast.FormattedValue: Writer._replaced,
    ast.Import: Writer._import,
    ast.ImportFrom: Writer._import,
    ast.JoinedStr: Writer._interpolated,
    ast.List: Writer._display,
    ast.MatchAs: Writer._match_as,
    ast.MatchMapping: Writer._match_mapping,
    ast.MatchStar: Writer._match_star,
    ast.Set: Writer._display,
    ast.Tuple: Writer._display,
    ast.UnaryOp: Writer._unary,
    ast.arguments: Writer._arguments,
    ast.comprehension: Writer._clause,
    ast.keyword: Writer._keyword,
}
