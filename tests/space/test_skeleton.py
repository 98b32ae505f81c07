"""What counts as structure, and what does not."""

from __future__ import annotations

import ast

import pytest

from plse.skeleton import outline, similarity, skeleton

BASE = """
def add(item, seen=None):
    if seen is None:
        seen = []
    seen.append(item)
    return seen
"""

SAME = {
    "other names": BASE.replace("seen", "box").replace("append", "push"),
    "a docstring": BASE.replace("    if", '    """Doc."""\n    if'),
    "a comment": BASE.replace("return seen", "return seen  # done"),
    "annotations": BASE.replace(
        "item, seen=None)", "item: int, seen: list | None = None) -> list"
    ),
    "an annotated assignment": BASE.replace("seen = []", "seen: list = []"),
    "a bare annotation in a function": BASE.replace(
        "    if", "    seen: list\n    if"
    ),
    "imports that annotations need": "import typing as t\n" + BASE,
    "pass": BASE.replace("    return", "    pass\n    return"),
    "another constant": BASE.replace("=None", "=0"),
    "a sign": BASE.replace("=None", "=-1"),
    "redundant parentheses": BASE.replace("seen is None", "(seen is (None))"),
}
OTHER = {
    "one statement more": BASE + "print(add(1))\n",
    "another operator": BASE.replace("is None", "== None"),
    "not": BASE.replace("seen is None", "not seen"),
    "no default": BASE.replace("=None", ""),
    "keyword-only": BASE.replace("item, seen", "item, *, seen"),
    "yield": BASE.replace("return", "yield"),
    "async": BASE.replace("def", "async def"),
    "a decorator": BASE.replace("def", "@cache\ndef"),
    "an argument more": BASE.replace("append(item", "append(item, 1"),
    "data in the list": BASE.replace("[]", "[1]"),
    "a star import": "from box import *\n" + BASE,
    "a late import": BASE.replace("    if", "    import box\n    if"),
    "another order": BASE.replace(
        "    seen.append(item)\n    return seen",
        "    return seen\n    seen.append(item)",
    ),
}
PAIRS = {
    # phrase: (code, code, whether they have one structure)
    "longer sample data": ("x = [1, (2, 3)]", "x = [4]", True),
    "a longer dict": ("x = {1: 2}", "x = {1: {'a': []}, 2: 3}", True),
    "a tuple for a list": ("x = [1]", "x = (1,)", False),
    "computed data": ("x = [1, y]", "x = [y]", False),
    "the text of an f-string": ("f'{a} is {b:>3}'", "f'{c!r}{d}'", True),
    "the fields of an f-string": ("f'{a}'", "f'{a}{b}'", False),
    "a computed format": ("f'{a:{b}}'", "f'{a:3}'", False),
    "nothing but a docstring": (
        "def f(): 'doc'",
        "def f(): ...",
        True,
    ),
    "a field of a class": (
        "class A:\n x: int",
        "class A:\n x: int\n y: str",
        False,
    ),
    "exceptions caught": (
        "try: f()\nexcept (A, B): pass",
        "try: f()\nexcept A: pass",
        False,
    ),
    "finally": (
        "try: f()\nfinally: g()",
        "try: f()\nexcept A: g()",
        False,
    ),
    "else of a loop": (
        "for a in b: f()\nelse: g()",
        "for a in b: f()\ng()",
        False,
    ),
    "where a statement belongs": (
        "if a:\n f()\n g()",
        "if a:\n f()\ng()",
        False,
    ),
    "the pattern of a case": (
        "match a:\n case [x, *_]: f()",
        "match a:\n case [x, y]: f()",
        False,
    ),
    "the value of a case": (
        "match a:\n case {'k': 1}: f()",
        "match a:\n case {'other': 'x'}: f()",
        True,
    ),
    "a guard": (
        "match a:\n case x if x: f()",
        "match a:\n case x: f()",
        False,
    ),
    "a comprehension's condition": (
        "[a for a in b]",
        "[a for a in b if a]",
        False,
    ),
    "a generator for a list": ("f([a for a in b])", "f(a for a in b)", False),
    "how many globals": (
        "def f():\n global a\n a = 1",
        "def f():\n global a, b\n a = 1",
        True,
    ),
    "slices": ("a[1:]", "a[:1]", False),
    "precedence": ("(a + b) * c", "a + b * c", False),
    "chained comparison": ("a < b < c", "(a < b) < c", False),
    "starred": ("f(*a)", "f(a)", False),
    "a keyword": ("f(a=1)", "f(1)", False),
    "positional-only": ("def f(a, /): g()", "def f(a): g()", False),
}


@pytest.mark.parametrize("code", SAME.values(), ids=SAME)
def test_no_new_structure(code: str) -> None:
    assert code != BASE
    assert skeleton(code) == skeleton(BASE)


@pytest.mark.parametrize("code", OTHER.values(), ids=OTHER)
def test_a_new_structure(code: str) -> None:
    assert skeleton(code) != skeleton(BASE)


@pytest.mark.parametrize(("one", "two", "same"), PAIRS.values(), ids=PAIRS)
def test_structure_of(one: str, two: str, same: bool) -> None:
    assert (skeleton(one) == skeleton(two)) is same


def test_a_skeleton_can_be_read() -> None:
    assert skeleton(BASE).splitlines() == [
        "def n(n, n=k)",
        " if (n is k)",
        "  n = []",
        " n.n(n; )",
        " return n",
    ]


def test_a_tree_has_the_skeleton_of_its_code() -> None:
    assert skeleton(ast.parse(BASE)) == skeleton(BASE)
    assert skeleton(ast.parse(BASE).body[0]) == skeleton(BASE)
    assert skeleton(ast.parse("a + 1", mode="eval").body) == "(n+k)"


def test_code_that_does_not_parse_is_an_error() -> None:
    with pytest.raises(SyntaxError):
        skeleton("def f(:")


@pytest.mark.parametrize(
    ("one", "two", "near"),
    [
        pytest.param("f()\ng.h()", "g.h()\nf()", True, id="another order"),
        pytest.param("a = b + 1", "a = b * 2", True, id="arithmetic"),
        pytest.param("a += 1", "a -= 1", True, id="updates"),
        pytest.param("a < b", "a >= b", True, id="order of two values"),
        pytest.param("a == b", "a < b", False, id="equality and order"),
        pytest.param("a or b", "a and b", True, id="and, or"),
        pytest.param("a or b", "a | b", False, id="or and bits"),
        pytest.param("f()", "f()\nf()", False, id="one statement more"),
        pytest.param("if a: f()", "while a: f()", False, id="if and while"),
    ],
)
def test_near_identical_structures(one: str, two: str, near: bool) -> None:
    assert skeleton(one) != skeleton(two)
    assert (outline(one) == outline(two)) is near


def test_similarity_is_the_share_of_common_statements() -> None:
    three = skeleton("f()\na = 1\nreturned = f(1)")
    assert similarity(three, three) == 1.0
    assert similarity(three, skeleton("f()\na = 1\ndel a")) == 2 / 3
    assert similarity(skeleton("f()"), skeleton("del a")) == 0.0
    assert similarity("", "") == 1.0
