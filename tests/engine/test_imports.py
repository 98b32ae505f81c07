"""A test module imports what it uses of the solution, and no more."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plse.imports import is_test_path, with_imports

SOLUTION = """\
import math

LIMIT = 3


def area(radius):
    return math.pi * radius ** 2


class Circle:
    pass
"""

IMPORTED = {
    "a name that the tests use": (
        "def test_area():\n    assert area(0) == 0\n",
        "from solution import area\n\n\n"
        "def test_area():\n    assert area(0) == 0\n",
    ),
    "after the tests' own imports": (
        "import pytest\n\n\ndef test_circle():\n    assert Circle()\n",
        "import pytest\n\nfrom solution import Circle\n\n\n"
        "def test_circle():\n    assert Circle()\n",
    ),
    "before a decorator": (
        "import pytest\n\n\n@pytest.mark.x\ndef test_it():\n"
        "    assert LIMIT\n",
        "import pytest\n\nfrom solution import LIMIT\n\n\n"
        "@pytest.mark.x\ndef test_it():\n    assert LIMIT\n",
    ),
    "before a constant of the tests": (
        "CASES = [area]\n\n\ndef test_it():\n    assert CASES\n",
        "from solution import area\n\nCASES = [area]\n\n\n"
        "def test_it():\n    assert CASES\n",
    ),
    "after a docstring": (
        '"""Circles."""\n\n\ndef test_it():\n    assert LIMIT\n',
        '"""Circles."""\n\nfrom solution import LIMIT\n\n\n'
        "def test_it():\n    assert LIMIT\n",
    ),
}

LEFT_ALONE = {
    "tests that import it themselves": "import solution\n\nsolution.area(1)\n",
    "tests that import from it": "from solution import area\n\narea(1)\n",
    "a name that the tests define": "def area():\n    pass\n\n\narea()\n",
    "a module that only the solution imports": "math.pi\n",
    "an attribute of that name": "assert thing.area == 2\n",
    "a keyword argument of that name": "assert draw(area=2)\n",
    "a name in a comment": "# area\nassert 1\n",
    "tests that use nothing of it": "def test_it():\n    assert 1\n",
    "a name in a string": 'def test_it():\n    assert "area"\n',
}


@pytest.mark.parametrize("case", IMPORTED)
def test_imports(case):
    tests, expected = IMPORTED[case]
    assert with_imports(tests, SOLUTION) == expected


@pytest.mark.parametrize("case", LEFT_ALONE)
def test_leaves_alone(case):
    assert with_imports(LEFT_ALONE[case], SOLUTION) == LEFT_ALONE[case]


@given(st.text(alphabet="ab\"'#\\\n =():.import", max_size=60))
def test_never_raises_and_only_adds(tests):
    text = with_imports(tests, "a = 1\nb = 2\n")
    added = text.replace("from solution import", "")
    assert len(added) >= len(tests.strip("\n"))


def test_many_names_are_wrapped_within_the_line():
    names = [f"a_rather_long_name_{number}" for number in range(9)]
    solution = "".join(f"{name} = 1\n" for name in names)
    tests = with_imports("".join(f"{name}\n" for name in names), solution)
    assert max(map(len, tests.split("\n"))) <= 79
    (statement,) = (
        node
        for node in ast.parse(tests).body
        if isinstance(node, ast.ImportFrom)
    )
    assert [alias.name for alias in statement.names] == names


@pytest.mark.parametrize(
    "path, expected",
    [
        ("test_solution.py", True),
        ("tests/test_report.py", True),
        ("report.py", False),
        ("test_data.json", False),
        ("test_x/report.py", False),
    ],
)
def test_knows_test_modules_by_name(path, expected):
    assert is_test_path(path) is expected
