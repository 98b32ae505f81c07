"""Checks of names, bodies and handlers, in any file."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from plse.linting.checks.source import FUNCTIONS, Fault, Function, SourceFile

__all__ = [
    "debugger_call",
    "meaningless_name",
    "stub_body",
    "swallowed_exception",
]

MEANINGLESS = frozenset(
    {"foo", "foobar", "baz", "qux", "quux", "corge", "asdf", "blah"}
)
DEBUGGERS = frozenset(
    {"breakpoint", "pdb.set_trace", "ipdb.set_trace", "pudb.set_trace"}
)
BROAD = frozenset({"Exception", "BaseException"})
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
NOTHING_WANTED = re.compile(
    r"noop|no_op|nothing|ignore|discard|null|dummy|_$|hook|callback"
)
OPEN_ENDED = ("abstractmethod", "overload", "abstractproperty")


def meaningless_name(file: SourceFile) -> Iterator[Fault]:
    """A definition called foo, baz or qux (and bar, beside one of them).

    Why: names carry most of what a reader, and a model, learns from code.
    Instead: name it for what it means in the sample's world.
    """
    named = list(_definitions(file))
    words = [(fault, _words(name)) for fault, name in named]
    meaningless = MEANINGLESS
    if any(MEANINGLESS & found for _, found in words):
        meaningless = MEANINGLESS | {"bar"}
    for (node, name), (_, found) in zip(named, words, strict=True):
        if found & meaningless:
            yield Fault.at(
                node, f"`{name}` says nothing; name it for what it means"
            )


def _words(name: str) -> set[str]:
    return {word.lower() for word in WORD.findall(name)}


def _definitions(file: SourceFile) -> Iterator[tuple[ast.AST, str]]:
    for node in file.nodes(*FUNCTIONS, ast.ClassDef):
        yield node, node.name
    for node in file.nodes(ast.arg):
        yield node, node.arg
    for node in file.nodes(ast.Name):
        if isinstance(node.ctx, ast.Store):
            yield node, node.id


def stub_body(file: SourceFile) -> Iterator[Fault]:
    """A function without a body: ``...``, or at module level ``pass`` too.

    Abstract and overloaded functions, protocols, decorated functions,
    functions that are named for doing nothing and the fakes of a test are
    left alone.

    Why: a stub is the question, not the answer.
    Instead: write the body.
    """
    if file.is_tests:
        return
    at_top = {id(node) for node in file.tree.body}
    for function, owner in _functions(file.tree, None):
        if function.decorator_list or (owner and _is_interface(owner)):
            continue
        body = function.body
        if _is_docstring(body[0]):
            body = body[1:]
        if len(body) != 1:
            continue
        stub = _is_ellipsis(body[0])
        if id(function) in at_top and not NOTHING_WANTED.search(function.name):
            stub = stub or isinstance(body[0], ast.Pass)
            stub = stub or _raises_not_implemented(body[0])
        if stub:
            yield Fault.at(body[0], f"`{function.name}` is a stub; write it")


def _functions(
    node: ast.AST, owner: ast.ClassDef | None
) -> Iterator[tuple[Function, ast.ClassDef | None]]:
    """Every function that runs, with the class that it is a method of."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, FUNCTIONS):
            yield child, owner
            yield from _functions(child, None)
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, child)
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(
            child.test
        ):
            continue
        elif isinstance(child, (ast.stmt, ast.ExceptHandler)):
            yield from _functions(child, owner)


def _is_interface(owner: ast.ClassDef) -> bool:
    """A class whose methods may be open: a protocol, or abstract."""
    text = " ".join(
        ast.unparse(base)
        for base in (*owner.bases, *(key.value for key in owner.keywords))
    )
    if "Protocol" in text or "ABC" in text:
        return True
    return any(
        word in ast.unparse(decorator)
        for function in owner.body
        if isinstance(function, FUNCTIONS)
        for decorator in function.decorator_list
        for word in OPEN_ENDED
    )


def _is_docstring(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _is_ellipsis(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and node.value.value is ...
    )


def _raises_not_implemented(node: ast.stmt) -> bool:
    if not isinstance(node, ast.Raise) or node.exc is None:
        return False
    raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"


def swallowed_exception(file: SourceFile) -> Iterator[Fault]:
    """Every exception is caught, and nothing is done about it.

    That is ``except Exception`` (or BaseException) whose body is ``pass``,
    ``...`` or ``continue``, and ``suppress(Exception)``. A bare ``except:``
    is pycodestyle's E722.

    Why: it hides the faults that nobody thought of, misspelt names first.
    Instead: catch the exceptions that are expected, as narrowly as can be.
    """
    message = (
        "every exception is swallowed; catch the ones that are expected"
    )
    for node in file.nodes(ast.ExceptHandler):
        if (
            len(node.body) == 1
            and (
                isinstance(node.body[0], (ast.Pass, ast.Continue))
                or _is_ellipsis(node.body[0])
            )
            and any(_is_broad(kind) for kind in _caught(node.type))
        ):
            yield Fault.at(node, message)
    for node in file.nodes(ast.Call):
        if file.origin(node.func) == "contextlib.suppress" and any(
            map(_is_broad, node.args)
        ):
            yield Fault.at(node, message)


def _caught(kind: ast.expr | None) -> list[ast.expr]:
    if isinstance(kind, ast.Tuple):
        return kind.elts
    return [] if kind is None else [kind]


def _is_broad(kind: ast.expr) -> bool:
    return isinstance(kind, ast.Name) and kind.id in BROAD


def debugger_call(file: SourceFile) -> Iterator[Fault]:
    """``breakpoint()`` or ``pdb.set_trace()`` is left in the code.

    Why: the program stops and waits for a person who is not there.
    Instead: delete the call.
    """
    for node in file.nodes(ast.Call):
        if file.origin(node.func) in DEBUGGERS:
            yield Fault.at(node, "a debugger call is left; delete it")
