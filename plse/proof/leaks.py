"""Places where code lets its surroundings in, so that a finding can name one.

Reading the source proves nothing: a clock may be read and not matter. So the
places found here explain a verdict that changed; only what a run cannot show,
reading files and facts of the machine, is a finding by itself.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from plse.linting.checks.source import SourceFile

__all__ = ["Leak", "leaks"]

CLOCKS = frozenset(
    "datetime.date.today datetime.datetime.now datetime.datetime.today "
    "datetime.datetime.utcnow time.ctime time.gmtime time.localtime "
    "time.monotonic time.monotonic_ns time.perf_counter "
    "time.perf_counter_ns time.strftime time.time time.time_ns".split()
)
ZONES = frozenset(
    "datetime.date.fromtimestamp datetime.datetime.fromtimestamp "
    "datetime.datetime.now datetime.datetime.today time.ctime "
    "time.localtime time.mktime time.strftime time.tzset".split()
)
ZONE_METHODS = frozenset({"astimezone", "timestamp"})
LOCALES = frozenset(
    "locale.currency locale.format_string locale.getlocale "
    "locale.setlocale locale.strcoll locale.strxfrm time.strftime".split()
)
ENCODED_CALLS = frozenset({"io.open", "open", "pathlib.Path.open"})
ENCODED_METHODS = frozenset({"open", "read_text", "write_text"})
CHANCE = re.compile(r"(random|secrets|numpy\.random)\.|uuid\.uuid[14]$")
IDENTITIES = frozenset({"id"})
MACHINE = frozenset(
    "getpass.getuser os.getcwd os.getlogin os.getpid os.uname "
    "pathlib.Path.home platform.node socket.gethostname".split()
)
READERS = frozenset(
    "glob.glob io.open open os.listdir os.open os.scandir os.stat os.walk "
    "os.path.exists pathlib.Path".split()
)
OWN_FOLDERS = ("/dev/", "/tmp/")


@dataclass(frozen=True, slots=True)
class Leak:
    """A place where something comes in from outside.

    :param kind: ``clock``, ``time zone``, ``locale``, ``hash seed``,
        ``test order``, ``chance`` or ``machine``.
    :param what: the expression, such as ``time.time()``.
    :param line: 1-based line of the source.
    """

    kind: str
    what: str
    line: int


def leaks(text: str) -> list[Leak]:
    """The places of a module, by line.

    :raises SyntaxError: if the module does not parse.
    """
    tree = ast.parse(text)
    file = SourceFile(tree, "", text.splitlines(keepends=True), ())
    found = {
        leak
        for node in ast.walk(tree)
        for leak in (
            *_called(node, file),
            *_shared(node, tree),
        )
    }
    found.update(_set_orders(tree))
    return sorted(found, key=lambda leak: (leak.line, leak.kind, leak.what))


def _called(node: ast.AST, file: SourceFile) -> Iterator[Leak]:
    if not isinstance(node, ast.Call):
        return
    name = file.origin(node.func)
    method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    shown, line = f"{ast.unparse(node.func)}()", node.lineno
    named = {keyword.arg for keyword in node.keywords}
    if name in CLOCKS:
        yield Leak("clock", shown, line)
    if name in ZONES or method in ZONE_METHODS:
        yield Leak("time zone", shown, line)
    if name in LOCALES or method == "strftime":
        yield Leak("locale", shown, line)
    if (name in ENCODED_CALLS or method in ENCODED_METHODS) and (
        "encoding" not in named and not _is_binary(node)
    ):
        yield Leak("locale", f"{shown} without an encoding", line)
    if CHANCE.match(name):
        yield Leak("chance", shown, line)
    if name == "hash":
        yield Leak("hash seed", "hash()", line)
    if name in IDENTITIES:
        yield Leak("chance", shown, line)
    if name in MACHINE:
        yield Leak("machine", shown, line)
    if name in READERS and node.args:
        path = node.args[0]
        if (
            isinstance(path, ast.Constant)
            and isinstance(path.value, str)
            and path.value.startswith(("/", "~"))
            and not path.value.startswith(OWN_FOLDERS)
        ):
            yield Leak("machine", f"{path.value!r}", line)


def _is_binary(node: ast.Call) -> bool:
    values = [*node.args, *(keyword.value for keyword in node.keywords)]
    return any(
        isinstance(value, ast.Constant)
        and isinstance(value.value, str)
        and re.fullmatch(r"[rwxa]\+?b\+?", value.value) is not None
        for value in values
    )


IN_ANY_ORDER = frozenset(
    "all any frozenset len max min set sorted sum".split()
)
"""What makes the same of a set in whatever order it comes."""

IN_ORDER = frozenset("enumerate iter list map next reversed tuple zip".split())


def _set_orders(tree: ast.Module) -> Iterator[Leak]:
    """Where the members of a set are taken one after the other."""
    sets = {
        name
        for node in ast.walk(tree)
        for name in _bound_to_sets(node)
    }

    def is_set(node: ast.AST) -> bool:
        if isinstance(node, ast.BinOp):
            return is_set(node.left) or is_set(node.right)
        if isinstance(node, ast.Call):
            return isinstance(node.func, ast.Name) and node.func.id in (
                "frozenset",
                "set",
            )
        if isinstance(node, ast.Name):
            return node.id in sets
        return isinstance(node, (ast.Set, ast.SetComp))

    harmless = {
        id(argument)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in IN_ANY_ORDER
        for argument in node.args
    }
    for node in ast.walk(tree):
        taken: list[ast.AST] = []
        if isinstance(node, (ast.For, ast.AsyncFor)):
            taken = [node.iter]
        elif isinstance(node, (ast.ListComp, ast.GeneratorExp, ast.DictComp)):
            if id(node) not in harmless:
                taken = [clause.iter for clause in node.generators]
        elif isinstance(node, ast.Call):
            name = node.func
            if isinstance(name, ast.Name) and name.id in IN_ORDER | {"str"}:
                taken = list(node.args)
            elif isinstance(name, ast.Attribute) and name.attr == "join":
                taken = list(node.args)
            elif isinstance(name, ast.Attribute) and name.attr == "pop":
                taken = [] if node.args else [name.value]
        elif isinstance(node, ast.FormattedValue):
            taken = [node.value]
        if any(map(is_set, taken)):
            yield Leak("hash seed", "set order", node.lineno)


def _bound_to_sets(node: ast.AST) -> Iterator[str]:
    """Names that a statement or parameter binds to a set."""
    if isinstance(node, ast.arg):
        if node.annotation and ast.unparse(node.annotation).startswith(
            ("set", "frozenset")
        ):
            yield node.arg
        return
    value = getattr(node, "value", None)
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)):
        targets = [node.target]
    made = isinstance(value, (ast.Set, ast.SetComp)) or (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Name)
        and value.func.id in ("frozenset", "set")
    )
    if made:
        yield from (each.id for each in targets if isinstance(each, ast.Name))


def _shared(node: ast.AST, tree: ast.Module) -> Iterator[Leak]:
    """What one test may leave to the next."""
    if isinstance(node, ast.Global):
        yield Leak("test order", f"global {node.names[0]}", node.lineno)
    elif isinstance(node, ast.Assign) and node in tree.body:
        if isinstance(node.value, (ast.Dict, ast.List, ast.Set)):
            name = ast.unparse(node.targets[0])
            yield Leak("test order", f"the global {name}", node.lineno)
