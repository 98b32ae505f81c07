"""Checks that a test depends on nothing but the code that it tests."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from plse.linting.checks.source import FUNCTIONS, Fault, SourceFile

__all__ = [
    "changed_surroundings",
    "long_sleep",
    "network_call",
    "unseeded_randomness",
    "wall_clock",
]

MAX_SLEEP_SECONDS = 0.05

CLOCKS = frozenset(
    {
        "datetime.date.today",
        "datetime.datetime.now",
        "datetime.datetime.today",
        "datetime.datetime.utcnow",
        "time.monotonic",
        "time.monotonic_ns",
        "time.perf_counter",
        "time.perf_counter_ns",
        "time.time",
        "time.time_ns",
    }
)
#: Clocks when they are called without arguments.
BARE_CLOCKS = frozenset({"time.ctime", "time.gmtime", "time.localtime"})

RANDOM_METHODS = frozenset(
    {
        "betavariate",
        "choice",
        "choices",
        "expovariate",
        "gauss",
        "getrandbits",
        "normalvariate",
        "rand",
        "randbytes",
        "randint",
        "randn",
        "random",
        "randrange",
        "sample",
        "shuffle",
        "triangular",
        "uniform",
        "normal",
        "permutation",
    }
)
SEEDED_BY = {
    "random": ("random.seed",),
    "numpy.random": ("numpy.random.seed",),
}
#: Generators that take their seed when they are made.
GENERATORS = frozenset({"random.Random", "numpy.random.default_rng"})
ENTROPY = frozenset(
    {
        "os.urandom",
        "random.SystemRandom",
        "secrets.choice",
        "secrets.randbelow",
        "secrets.token_bytes",
        "secrets.token_hex",
        "secrets.token_urlsafe",
        "uuid.uuid1",
        "uuid.uuid4",
    }
)

CLIENTS = re.compile(
    r"(?:requests|httpx)\.(?:get|post|put|patch|delete|head|request)$"
    r"|urllib\.request\.(?:urlopen|urlretrieve)$"
    r"|socket\.(?:create_connection|getaddrinfo|gethostbyname)$"
    r"|http\.client\.HTTPS?Connection$"
)
FAKED = ("responses", "respx", "requests_mock", "httpretty", "vcr", "pook")
LOCAL = re.compile(r"localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[?::1?\]?|")
HOST = re.compile(r"[a-z][a-z0-9+.-]*://(?:[^/@]*@)?(\[[^]]*\]|[^/:?#]*)")

#: Calls that change the process, and what they change.
CHANGERS = {
    "locale.setlocale": "the locale",
    "os.chdir": "the current folder",
    "os.environ.clear": "os.environ",
    "os.environ.pop": "os.environ",
    "os.environ.setdefault": "os.environ",
    "os.environ.update": "os.environ",
    "os.putenv": "the environment",
    "os.umask": "the umask",
    "os.unsetenv": "the environment",
    "socket.setdefaulttimeout": "the default timeout of sockets",
    "sys.path.append": "sys.path",
    "sys.path.insert": "sys.path",
    "sys.setrecursionlimit": "the recursion limit",
    "time.tzset": "the time zone",
}
SHARED = frozenset({"os.environ", "sys.argv", "sys.modules", "sys.path"})
#: A file without any of these words changes nothing of the process.
CHANGING = re.compile(
    r"\bglobal\b|"
    + "|".join(sorted({name.split(".")[-1] for name in SHARED}))
    + "|"
    + "|".join(sorted({name.split(".")[1] for name in CHANGERS}))
)
MUTATORS = frozenset(
    {
        "add",
        "append",
        "appendleft",
        "clear",
        "discard",
        "extend",
        "insert",
        "pop",
        "popitem",
        "remove",
        "setdefault",
        "sort",
        "update",
    }
)
CONTAINERS = (
    ast.Dict,
    ast.DictComp,
    ast.List,
    ast.ListComp,
    ast.Set,
    ast.SetComp,
)


def wall_clock(file: SourceFile) -> Iterator[Fault]:
    """A test asks the machine what time it is.

    Why: it passes today and fails at midnight, or on a busy machine.
    Instead: hand a fixed time, or a clock that the test turns, to the code.
    """
    if _imports_any(file, ("freezegun", "time_machine")):
        return
    for node in file.nodes(ast.Call):
        name = file.origin(node.func)
        if name in CLOCKS or (name in BARE_CLOCKS and not node.args):
            yield Fault.at(
                node, f"a test reads the clock ({name}); fix the time instead"
            )


def unseeded_randomness(file: SourceFile) -> Iterator[Fault]:
    """A test draws at random without a seed.

    Why: a failure cannot be repeated, and a pass proves one draw.
    Instead: ``random.Random(7)``, or a seed set in the test.
    """
    calls = [
        (node, file.origin(node.func)) for node in file.nodes(ast.Call)
    ]
    seeded = {
        name for node, name in calls if node.args or node.keywords
    }
    for node, name in calls:
        module, _, method = name.rpartition(".")
        drawn = (
            module in SEEDED_BY
            and method in RANDOM_METHODS
            and seeded.isdisjoint(SEEDED_BY[module])
        )
        unseeded = name in GENERATORS and not (node.args or node.keywords)
        if drawn or unseeded or name in ENTROPY:
            yield Fault.at(
                node, f"a test draws at random ({name}); give it a seed"
            )


def network_call(file: SourceFile) -> Iterator[Fault]:
    """A test calls another machine, by an address that it spells out.

    Loopback is fine, and so is a file that imports a library of fakes.

    Why: the test fails without the network and depends on its mood.
    Instead: a server on 127.0.0.1, or a fake of the client.
    """
    if _imports_any(file, FAKED):
        return
    for node in file.nodes(ast.Call):
        name = file.origin(node.func)
        if CLIENTS.match(name) and any(map(_is_remote, _hosts(node))):
            yield Fault.at(
                node, f"a test uses the network ({name}); use loopback or fake"
            )


def _imports_any(file: SourceFile, packages: tuple[str, ...]) -> bool:
    return any(
        origin.partition(".")[0] in packages
        for origin in file.imports.values()
    )


def _hosts(call: ast.Call) -> Iterator[str]:
    for argument in call.args[:2]:
        if isinstance(argument, ast.Tuple) and argument.elts:
            argument = argument.elts[0]
        if isinstance(argument, ast.Constant) and isinstance(
            argument.value, str
        ):
            yield argument.value


def _is_remote(address: str) -> bool:
    match = HOST.match(address)
    host = match.group(1) if match else address
    if match and match.group().startswith(("file:", "data:")):
        return False
    return "." in host and not LOCAL.fullmatch(host)


def long_sleep(file: SourceFile) -> Iterator[Fault]:
    """A test sleeps for more than 0.05 s.

    Why: it is slow where it passes and flaky where the machine is slow.
    Instead: wait for the event itself, or give the code a fake sleep.
    """
    for node in file.nodes(ast.Call):
        if (
            file.origin(node.func) == "time.sleep"
            and len(node.args) == 1
            and isinstance(node.args[0], ast.Constant)
            and isinstance(node.args[0].value, (int, float))
            and node.args[0].value > MAX_SLEEP_SECONDS
        ):
            yield Fault.at(
                node,
                f"a test sleeps {node.args[0].value} s; wait for the event",
            )


def changed_surroundings(file: SourceFile) -> Iterator[Fault]:
    """A test changes what outlives it.

    That is a ``global`` of the test file, a list, dict or set that the file
    defines at its top, the environment, the current folder, ``sys.path``.

    Why: the next test sees it, so that the order of tests decides.
    Instead: a fixture, or ``monkeypatch``.
    """
    containers = {
        target.id
        for node in file.tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, CONTAINERS)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    if not containers and not CHANGING.search(file.lowered):
        return
    for test in file.tests:
        own = _own_names(test)
        for node in ast.walk(test):
            what = _changed(file, node, containers - own)
            if what:
                yield Fault.at(
                    node, f"a test changes {what}, which outlives it"
                )


def _own_names(function: ast.AST) -> set[str]:
    """Names that a function, or one inside it, binds."""
    names = set()
    for node in ast.walk(function):
        if isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, FUNCTIONS):
            names.add(node.name)
    return names


def _changed(file: SourceFile, node: ast.AST, containers: set[str]) -> str:
    """What a node changes for everyone, or ""."""
    if isinstance(node, ast.Global):
        return f"the global `{node.names[0]}`"
    if isinstance(node, ast.Call):
        name = file.origin(node.func)
        asks = name == "locale.setlocale" and len(node.args) < 2
        if name in CHANGERS and not asks:
            return CHANGERS[name]
        called = node.func
        if isinstance(called, ast.Attribute) and called.attr in MUTATORS:
            return _global_name(called.value, containers)
        return ""
    if not isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del)):
        return ""
    changed = node.value if isinstance(node, ast.Subscript) else node
    if isinstance(changed, ast.Name) and isinstance(node, ast.Subscript):
        return _global_name(changed, containers)
    if isinstance(changed, ast.Attribute):
        name = file.origin(changed)
        return name if name in SHARED else ""
    return ""


def _global_name(node: ast.expr, containers: set[str]) -> str:
    if isinstance(node, ast.Name) and node.id in containers:
        return f"the global `{node.id}`"
    return ""
