"""Mutants: one small mistake each, equivalent ones known as such."""

from __future__ import annotations

import ast
import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plse.proof.mutants import mutants, with_budget
from plse.proof.source import Source
from plse.proof.stubs import stub


def changed(code: str) -> set[tuple[str, str]]:
    """(operator, changed line) of each mutant that is not equivalent."""
    found = set()
    for mutant in mutants(code):
        if not mutant.equivalent:
            line = mutant.source.splitlines()[mutant.line - 1]
            found.add((mutant.operator, line.strip()))
    return found


OPERATORS = {
    "a comparison is turned and its edge moved": (
        "def f(a, b):\n    return a < b\n",
        {
            ("comparison", "return a >= b"),
            ("boundary", "return a <= b"),
            ("return", "return None"),
        },
    ),
    "each link of a chain is changed by itself": (
        "def f(a):\n    print(0 <= a <= 9)\n",
        {
            ("comparison", "print(0 > a <= 9)"),
            ("comparison", "print(0 <= a > 9)"),
            ("boundary", "print(0 < a <= 9)"),
            ("boundary", "print(0 <= a < 9)"),
            ("constant", "print(1 <= a <= 9)"),
            ("constant", "print(0 <= a <= 10)"),
            ("removed statement", "pass"),
        },
    ),
    "an operation keeps its place among others": (
        "def f(a, b, c):\n    a.total = (a + b) * c\n",
        {
            ("arithmetic", "a.total = (a + b) / c"),
            ("arithmetic", "a.total = ((a - b)) * c"),
            ("removed statement", "pass"),
        },
    ),
    "an addition in place becomes a subtraction": (
        "def f(a):\n    a += 2\n",
        {
            ("arithmetic", "a -= 2"),
            ("constant", "a += 3"),
            ("removed statement", "pass"),
        },
    ),
    "logic is exchanged": (
        "def f(a, b):\n    while a and not b: a.go()\n",
        {
            ("boolean", "while a or (not b): a.go()"),
            ("boolean", "while a and b: a.go()"),
            ("removed statement", "while a and not b: pass"),
        },
    ),
    "branches are swapped": (
        "def f(a):\n    if a:\n        b = 1 if a.ok else 2\n",
        {
            ("swapped branch", "if not a:"),
            ("swapped branch", "b = 2 if a.ok else 1"),
            ("constant", "b = 2 if a.ok else 2"),
            ("constant", "b = 1 if a.ok else 3"),
        },
    ),
    "exceptions are exchanged": (
        "try:\n    go()\nexcept (KeyError, OSError):\n"
        "    raise ValueError('no') from None\n",
        {
            ("removed statement", "pass"),
            ("exception type", "except (ZeroDivisionError, OSError):"),
            ("exception type", "except (KeyError, ZeroDivisionError):"),
            ("exception type", "raise RuntimeError('no') from None"),
        },
    ),
    "texts that are data are changed, truths too": (
        "LEVELS = ['low', True, b'x', 1.5]\n",
        {
            ("constant", "LEVELS = ['XXlow', True, b'x', 1.5]"),
            ("constant", "LEVELS = ['low', False, b'x', 1.5]"),
            ("constant", "LEVELS = ['low', True, b'XXx', 1.5]"),
            ("constant", "LEVELS = ['low', True, b'x', 2.5]"),
        },
    ),
    "text before a change may be longer than it looks": (
        "def f(é):\n    return 'é' + é + 1\n",
        {
            ("constant", "return 'XXé' + é + 1"),
            ("constant", "return 'é' + é + 2"),
            ("arithmetic", "return ('é' + é) - 1"),
            ("arithmetic", "return (('é') - é) + 1"),
            ("return", "return None"),
        },
    ),
    "docstrings, annotations and messages are left alone": (
        '"""Doc."""\nimport logging\n__all__ = ["f"]\n'
        'def f(a: "int" = None) -> "str":\n    """Doc."""\n'
        '    logging.info("went %s", a)\n    assert a, "no a"\n',
        {("removed statement", "pass")},
    ),
}


@pytest.mark.parametrize("phrase", OPERATORS)
def test_operators(phrase):
    code, expected = OPERATORS[phrase]
    assert changed(code) == expected


EQUIVALENT = {
    "the larger of two": "def f(a, b):\n    print(a if a > b else b)\n",
    "a running maximum": (
        "def f(a, b):\n    if a > b:\n        b = a\n    print(b)\n"
    ),
    "the size of a cache": (
        "from functools import lru_cache\n@lru_cache(maxsize=8)\n"
        "def f(a):\n    print(a)\n"
    ),
    "a call to object": (
        "class A:\n    def __init__(self):\n        super().__init__()\n"
    ),
}


@pytest.mark.parametrize("phrase", EQUIVALENT)
def test_some_mutants_are_known_to_be_equivalent(phrase):
    assert any(mutant.equivalent for mutant in mutants(EQUIVALENT[phrase]))


def test_code_that_the_compiler_finds_equal_is_equivalent():
    code = "def f():\n    return 2 - 0 * 3\n"
    known = [mutant for mutant in mutants(code) if mutant.equivalent]
    assert [mutant.equivalent for mutant in known] == [
        "compiles to the same code"
    ]


def test_no_two_mutants_are_the_same_code():
    code = "def f(a):\n    if not a:\n        return 1\n    return 2\n"
    sources = [ast.dump(ast.parse(m.source)) for m in mutants(code)]
    assert len(sources) == len(set(sources))


def test_a_diff_shows_one_change():
    code = "def f(a):\n    return a + 1\n"
    diffs = [mutant.diff(code).split("\n") for mutant in mutants(code)]
    assert [
        "@@ -1,2 +1,2 @@",
        " def f(a):",
        "-    return a + 1",
        "+    return a - 1",
    ] in diffs


PROGRAMS = st.lists(
    st.sampled_from(
        [
            "total += each",
            "if each > total:\n    total = each",
            "total = total * 2 if each else total - 1",
            "while total > 9:\n    total -= 3",
            "for step in range(each):\n    total += step",
            "while total > 20: total //= 2",
            "@str\ndef inner():\n    return total",
        ]
    ),
    min_size=1,
    max_size=5,
)


def module(parts: list[str]) -> str:
    body = textwrap.indent("\n".join(parts), " " * 8)
    return (
        '"""Doc."""\nfrom __future__ import annotations\n\n\n'
        f"def f(numbers):\n    total = 0\n    for each in numbers:\n{body}\n"
        "    return total\n"
    )


def outcome(code: str, numbers: list[int]) -> object:
    space: dict[str, object] = {}
    exec(compile(code, "", "exec"), space)
    return space["f"](numbers)


@settings(max_examples=60, deadline=None)
@given(PROGRAMS, st.lists(st.integers(0, 9), max_size=6))
def test_a_budget_changes_no_result(parts, numbers):
    code = module(parts)
    assert outcome(with_budget(code), numbers) == outcome(code, numbers)


def test_a_budget_ends_what_never_ends():
    code = with_budget("def f(n):\n    while True:\n        n += 1\n", 50)
    with pytest.raises(IndexError):
        outcome(code, 0)


@settings(max_examples=40, deadline=None)
@given(PROGRAMS)
def test_every_mutant_compiles_and_differs(parts):
    code = module(parts)
    found = mutants(code)
    assert found
    for mutant in found:
        ast.parse(mutant.source)
        assert mutant.source != code


@settings(max_examples=40, deadline=None)
@given(PROGRAMS)
def test_a_replaced_node_is_all_that_changes(parts):
    source = Source(module(parts))
    for node in ast.walk(source.tree):
        if isinstance(node, (ast.expr, ast.stmt)):
            own = source.segment(node)
            assert source.replaced(node, own) == source.text


def test_a_stub_keeps_names_and_loses_the_rest():
    code = (
        "import os\nfrom functools import partial\nLIMIT = 3\n"
        "TABLE = dict(a=1)\nprint('hello')\n\n\n"
        "class A(Exception):\n    kind = 1\n\n    def f(self, a=2):\n"
        "        return 5\n\n\nasync def g(*b):\n    yield 1\n"
    )
    space: dict[str, object] = {}
    text = stub(code)
    exec(compile(text, "", "exec"), space)
    assert space["LIMIT"] == 3 and space["TABLE"] is None
    assert space["A"]().f() is None
    assert not hasattr(space["A"], "kind")
    assert "async def g(*b)" in text and "hello" not in text
