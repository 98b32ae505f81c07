"""What the source of a test file says before it is run."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

__all__ = [
    "SourceFacts",
    "TestFacts",
    "read_source",
    "read_tests",
    "test_names",
]

# Longer sources or lines are not written by hand, and parsers have crashed
# on some: they are left to the child.
_SOURCE_LIMIT, _LINE_LIMIT = 256 << 10, 8 << 10
_Function = (ast.FunctionDef, ast.AsyncFunctionDef)
_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import\b|import[ \t]+([^#\n;]+))",
    re.MULTILINE,
)
# What a direct call of a test stands for faithfully.
_DIRECT_NAMES = frozenset(
    "approx deprecated_call fail importorskip raises skip warns "
    "MonkeyPatch RaisesGroup CaptureFixture ExceptionInfo".split()
)
_DIRECT_FIXTURES = frozenset({"tmp_path", "monkeypatch", "capsys", "caplog"})
# Where a source could name anything else of pytest's, and such places that do
# not: an import as it is mostly written, what is called directly.
_TELLING = re.compile(
    r"(?:^import )?\bpytest[\w.]*(?: as\b)?"
    r"|\b(?:caplog|indirect|marks)\b|\.mark\b",
    re.MULTILINE,
)
_SIMPLE = re.compile(
    r"import pytest|pytest\.(?:mark\.(?:parametrize|asyncio)|param|"
    + "|".join(sorted(_DIRECT_NAMES))
    + r")"
)
# Of the last of these, what is made here.
_OF_CAPLOG = frozenset(
    "at_level clear messages record_tuples records set_level text".split()
)


@dataclass(frozen=True)
class SourceFacts:
    """:param imports: the modules that it imports, as written, sorted."""

    imports: tuple[str, ...] = ()


@dataclass(frozen=True)
class TestFacts:
    """What is known of a test file.

    :param names: its tests, in order; a method is ``TestClass::test_name``.
    :param plain: those that no decorator can have replaced.
    :param fixtures: the fixtures of its own that can be called directly.
    :param through_pytest: whether they need pytest itself to run.
    """

    __test__ = False

    names: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()
    fixtures: tuple[str, ...] = ()
    through_pytest: bool = False


def test_names(source: str) -> tuple[str, ...]:
    """The tests that pytest would find in the source, in order.

    A method is written as pytest does, ``TestClass::test_name``. A test with
    several cases is one test. Source that cannot be parsed has none.
    """
    return read_tests(source).names


test_names.__test__ = False  # type: ignore[attr-defined]


def _parse(source: str) -> ast.Module | None:
    if len(source) > _SOURCE_LIMIT:
        return None
    if max(map(len, source.split("\n"))) > _LINE_LIMIT:
        return None
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


@functools.lru_cache(maxsize=512)
def read_source(source: str) -> SourceFacts:
    """Guess what a source imports, line by line.

    Decides only what is loaded before the program runs, so it need not be
    right about texts in quotes, and must not cost what parsing costs.
    """
    found: set[str] = set()
    for module, modules in _IMPORT.findall(source):
        if module:
            found.add(module)
        for part in modules.split(","):
            words = part.split()
            if words and words[0].replace(".", "").isidentifier():
                found.add(words[0])
    return SourceFacts(tuple(sorted(found)))


@functools.lru_cache(maxsize=512)
def read_tests(source: str) -> TestFacts:
    """Read the tests of a source; none when it cannot be parsed."""
    tree = _parse(source)
    if tree is None:
        return TestFacts()
    classes = {
        node.name: node for node in tree.body if isinstance(node, ast.ClassDef)
    }
    names: dict[str, bool] = {}
    for node in tree.body:
        if isinstance(node, _Function) and node.name.startswith("test"):
            names[node.name] = _is_plain(node)
        elif isinstance(node, ast.ClassDef):
            family = list(_family(node, classes))
            if node.name.startswith("Test") or _is_test_case(family):
                for method in _methods(family):
                    names[f"{node.name}::{method.name}"] = (
                        _is_plain(method) and method in node.body
                    )
    fixtures = _own_fixtures(tree)
    return TestFacts(
        tuple(names),
        tuple(name for name, plain in names.items() if plain),
        tuple(fixtures),
        not _is_simple(source)
        and _names_more(tree, fixtures)
        or _wants_other_fixtures(tree, classes, fixtures),
    )


def _own_fixtures(tree: ast.Module) -> dict[str, ast.expr]:
    """The fixtures that a direct call stands for, and their decorators.

    They are plain functions of the module under a bare ``pytest.fixture``,
    which ask for nothing but such fixtures and those that are made here.
    """
    decorators: dict[str, ast.expr] = {}
    wanted: dict[str, list[str]] = {}
    for node in tree.body:
        if isinstance(node, _Function):
            # Of two by one name, pytest takes the last.
            decorators.pop(node.name, None)
            if _is_bare_fixture(node) and node.name not in _DIRECT_FIXTURES:
                decorators[node.name] = node.decorator_list[0]
                wanted[node.name] = _required(node, 0)
    left = set(decorators)
    made = set(_DIRECT_FIXTURES)
    while ready := {name for name in left if made.issuperset(wanted[name])}:
        made |= ready
        left -= ready
    return {
        name: decorator
        for name, decorator in decorators.items()
        if name in made
    }


def _is_bare_fixture(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    arguments = node.args
    return (
        isinstance(node, ast.FunctionDef)
        and [ast.unparse(each) for each in node.decorator_list]
        in (["pytest.fixture"], ["pytest.fixture()"])
        and not (arguments.defaults or arguments.kwonlyargs)
        and not (arguments.vararg or arguments.kwarg)
    )


def _is_plain(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return all(
        "parametrize" in ast.unparse(decorator)
        for decorator in function.decorator_list
    )


def _family(
    node: ast.ClassDef, classes: dict[str, ast.ClassDef], depth: int = 0
) -> Iterator[ast.ClassDef]:
    """A class and its bases, as far as they are in the same file."""
    yield node
    for base in node.bases:
        if isinstance(base, ast.Name) and base.id in classes and depth < 20:
            yield from _family(classes[base.id], classes, depth + 1)


def _is_test_case(family: Sequence[ast.ClassDef]) -> bool:
    return any(
        ast.unparse(base).endswith("TestCase")
        for node in family
        for base in node.bases
    )


def _methods(
    family: Sequence[ast.ClassDef],
) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The test methods of a class, inherited ones first, as pytest has it."""
    found = {}
    for node in reversed(family):
        for method in node.body:
            if isinstance(method, _Function):
                if method.name.startswith("test"):
                    found[method.name] = method
    return list(found.values())


def _is_simple(source: str) -> bool:
    """Whether it surely names nothing of pytest's but what is made here.

    Most tests do not, and words are looked through faster than a tree.
    """
    return all(map(_SIMPLE.fullmatch, _TELLING.findall(source)))


def _names_more(tree: ast.Module, fixtures: dict[str, ast.expr]) -> bool:
    """Whether it names more of pytest than is made here."""
    known = {
        id(part) for each in fixtures.values() for part in ast.walk(each)
    }
    asked: set[int] = set()
    for node in ast.walk(tree):
        if id(node) in known:
            continue
        if isinstance(node, ast.Name):
            # The walk meets what asks for it before itself.
            if node.id == "caplog" and id(node) not in asked:
                return True
        elif isinstance(node, ast.Attribute):
            if _is_indirect_attribute(node):
                return True
            if node.attr in _OF_CAPLOG:
                asked.add(id(node.value))
        elif isinstance(node, ast.ImportFrom) and node.module == "pytest":
            if any(alias.name not in _DIRECT_NAMES for alias in node.names):
                return True
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id == "pytestmark":
                    return True
        elif isinstance(node, ast.keyword):
            if node.arg in ("indirect", "marks"):
                return True
    return False


def _wants_other_fixtures(
    tree: ast.Module,
    classes: dict[str, ast.ClassDef],
    fixtures: dict[str, ast.expr],
) -> bool:
    """Whether a test asks for a fixture that is not made here."""
    made = _DIRECT_FIXTURES | fixtures.keys()
    for node in tree.body:
        if isinstance(node, _Function) and node.name.startswith("test"):
            if _wants_more(node, 0, made):
                return True
        elif isinstance(node, ast.ClassDef):
            family = list(_family(node, classes))
            if node.name.startswith("Test") or _is_test_case(family):
                if node.decorator_list:
                    return True
                for method in _methods(family):
                    if _wants_more(method, 1, made):
                        return True
    return False


def _is_indirect_attribute(node: ast.Attribute) -> bool:
    """pytest.fixture, pytest.mark.skip and their like."""
    if isinstance(node.value, ast.Name) and node.value.id == "pytest":
        return node.attr not in _DIRECT_NAMES | {"mark", "param"}
    if isinstance(node.value, ast.Attribute) and node.value.attr == "mark":
        return node.attr not in ("parametrize", "asyncio")
    return False


def _wants_more(
    function: ast.FunctionDef | ast.AsyncFunctionDef,
    bound: int,
    made: Set[str],
) -> bool:
    """Whether a test asks for a fixture that is not made here."""
    # Decorators supply arguments: parametrize, given.
    return not function.decorator_list and not made.issuperset(
        _required(function, bound)
    )


def _required(
    function: ast.FunctionDef | ast.AsyncFunctionDef, bound: int
) -> list[str]:
    """The arguments without a default, after those that are bound."""
    arguments = function.args
    names = [
        argument.arg
        for argument in (*arguments.posonlyargs, *arguments.args)[bound:]
    ]
    return names[: len(names) - len(arguments.defaults)] + [
        argument.arg
        for argument, default in zip(
            arguments.kwonlyargs, arguments.kw_defaults
        )
        if default is None
    ]
