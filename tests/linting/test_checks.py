"""Each of our checks: what it flags, and what it must leave alone."""

from __future__ import annotations

import pytest

from plse.linting.checks import CHECKS
from plse.linting.checks.comments import FILLER, FILLERS

CODE, TESTS = "solution.py", "test_solution.py"

FLAGGED = {
    "a noqa": ("PLS001", CODE, "import os  # noqa: F401\n"),
    "a noqa for the file": ("PLS001", CODE, "# flake8: noqa\n"),
    "an ignored type": ("PLS001", CODE, "total = 1  # type: ignore[misc]\n"),
    "a pylint exemption": ("PLS001", CODE, "# pylint: disable=all\n"),
    "an unformatted part": ("PLS001", CODE, "# fmt: off\n"),
    "a mark in a comment": ("PLS002", CODE, "# Adds {{ item }} to it.\n"),
    "a block mark": ("PLS002", CODE, "# {% if carrier %}\n"),
    "a mark in a docstring": (
        "PLS002", CODE, 'def add():\n    """Add {{ item | lower }}."""\n',
    ),
    "a mark as code": ("PLS002", CODE, "total = {{price}}\n"),
    "a TODO": ("PLS003", CODE, "# TODO: the other half\n"),
    "a FIXME behind code": ("PLS003", CODE, "total = 1  # FIXME\n"),
    "lorem ipsum": ("PLS003", CODE, 'TEXT = "Lorem ipsum dolor"\n'),
    "code goes here": ("PLS003", CODE, "# your code goes here\n"),
    "a function foo": ("PLS004", CODE, "def foo():\n    return 1\n"),
    "a class FooBar": ("PLS004", CODE, "class FooBar:\n    size = 1\n"),
    "an argument baz": ("PLS004", CODE, "def add(baz):\n    return baz\n"),
    "a variable qux": ("PLS004", CODE, "my_qux = 1\n"),
    "an ellipsis for a body": (
        "PLS005", CODE, "def add(left, right):\n    ...\n",
    ),
    "an ellipsis under a docstring": (
        "PLS005", CODE, 'def add():\n    """Add."""\n    ...\n',
    ),
    "a method that is a stub": (
        "PLS005", CODE, "class Till:\n    def add(self):\n        ...\n",
    ),
    "pass for a body": ("PLS005", CODE, "def add(left):\n    pass\n"),
    "not implemented": (
        "PLS005", CODE, "def add():\n    raise NotImplementedError\n",
    ),
    "a print": ("PLS006", CODE, "# print(total)\n"),
    "a dead import": ("PLS006", CODE, "# from os import path\n"),
    "a dead loop": ("PLS006", CODE, "# for n in range(3):\n#     add(n)\n"),
    "a dead function": ("PLS006", CODE, "# def add(n):\n#     return n\n"),
    "dead assignments": ("PLS006", CODE, "# a = read()\n# b = a + 1\n"),
    "a dead change of self": ("PLS006", CODE, "# self.total = 0\n"),
    "a dead return": ("PLS006", CODE, "# return add(1)\n"),
    "pass on every exception": (
        "PLS007", CODE,
        "try:\n    print()\nexcept Exception:\n    pass\n",
    ),
    "continue on every exception": (
        "PLS007", CODE,
        "for n in ():\n    try:\n        print(n)\n"
        "    except (ValueError, Exception):\n        continue\n",
    ),
    "suppress every exception": (
        "PLS007", CODE,
        "from contextlib import suppress\n\n"
        "with suppress(Exception):\n    print()\n",
    ),
    "a breakpoint": ("PLS008", CODE, "breakpoint()\n"),
    "a trace": ("PLS008", CODE, "import pdb\n\npdb.set_trace()\n"),
    "no assertion": ("PLS101", TESTS, "def test_add():\n    print()\n"),
    "no assertion in a class": (
        "PLS101", TESTS,
        "class TestTill:\n    def test_add(self):\n        print()\n",
    ),
    "no assertion in a helper either": (
        "PLS101", TESTS,
        "def helper():\n    return 1\n\n\ndef test_add():\n    helper()\n",
    ),
    "assert True": ("PLS102", TESTS, "def test_add():\n    assert True\n"),
    "or True": (
        "PLS102", TESTS, "def test_add(n):\n    assert n or True\n",
    ),
    "the same on both sides": (
        "PLS102", TESTS, "def test_add(n):\n    assert n.a[0] == n.a[0]\n",
    ),
    "a length of at least nothing": (
        "PLS102", TESTS, "def test_add(n):\n    assert len(n) >= 0\n",
    ),
    "an object": (
        "PLS102", TESTS,
        "def test_add(n):\n    assert isinstance(n, object)\n",
    ),
    "an exception that need not come": (
        "PLS103", TESTS,
        "def test_add():\n    try:\n        int('x')\n"
        "    except ValueError as error:\n        assert str(error)\n",
    ),
    "the time": (
        "PLS104", TESTS,
        "import time\n\n\ndef test_add():\n    assert time.time()\n",
    ),
    "now under another name": (
        "PLS104", TESTS,
        "from datetime import datetime as dt\n\n\n"
        "def test_add():\n    assert dt.now().year\n",
    ),
    "a die without a seed": (
        "PLS105", TESTS,
        "import random\n\n\ndef test_add():\n    assert random.random()\n",
    ),
    "a generator without a seed": (
        "PLS105", TESTS,
        "from random import Random\n\n\n"
        "def test_add():\n    assert Random().random()\n",
    ),
    "a seed that is none": (
        "PLS105", TESTS,
        "import random\n\n\n"
        "def test_add():\n    random.seed()\n    assert random.random()\n",
    ),
    "a random name": (
        "PLS105", TESTS,
        "from uuid import uuid4\n\n\ndef test_add():\n    assert uuid4()\n",
    ),
    "a web page": (
        "PLS106", TESTS,
        "from urllib.request import urlopen\n\n\n"
        "def test_add():\n    assert urlopen('https://python.org')\n",
    ),
    "a socket": (
        "PLS106", TESTS,
        "import socket\n\n\ndef test_add():\n"
        "    assert socket.create_connection(('python.org', 80))\n",
    ),
    "a second of sleep": (
        "PLS107", TESTS,
        "import time\n\n\n"
        "def test_add():\n    time.sleep(1)\n    assert add()\n",
    ),
    "a global": (
        "PLS108", TESTS,
        "count = 0\n\n\n"
        "def test_add():\n    global count\n    count = 1\n    assert count\n",
    ),
    "a list at the top": (
        "PLS108", TESTS,
        "SEEN = []\n\n\n"
        "def test_add():\n    SEEN.append(1)\n    assert SEEN\n",
    ),
    "the environment": (
        "PLS108", TESTS,
        "import os\n\n\n"
        "def test_add():\n    os.environ['A'] = '1'\n    assert os.environ\n",
    ),
    "the folder": (
        "PLS108", TESTS,
        "import os\n\n\n"
        "def test_add(tmp_path):\n"
        "    os.chdir(tmp_path)\n    assert tmp_path\n",
    ),
}

SILENT = {
    "noqa in a string": (CODE, 'TEXT = "# noqa"\n'),
    "a comment about types": (CODE, "# The type: a word.\n"),
    "doubled braces of a format": (CODE, 'TEXT = "{{ name }}".format()\n'),
    "doubled braces of an f-string": (
        CODE, 'def show(n):\n    return f"{{ {n} }}"\n',
    ),
    "a template as data": (CODE, 'PAGE = "<h1>{{ title }}</h1>"\n'),
    "an action's expression": (CODE, "# uses ${{ matrix.python }}\n"),
    "a set of sets": (CODE, "TEAMS = {frozenset({1}), frozenset({2})}\n"),
    "todo as a noun": (CODE, "# A todo has a title.\nTODO = 1\n"),
    "XXX inside a sentence": (CODE, "# Numbers look like XXX-YYY.\n"),
    "bar alone": (CODE, "def draw_bar(bar):\n    return bar\n"),
    "food and bazaars": (CODE, "def food(bazaar):\n    return bazaar\n"),
    "a protocol": (
        CODE,
        """
        from typing import Protocol


        class Source(Protocol):
            def read(self) -> str: ...
        """,
    ),
    "an abstract class": (
        CODE,
        """
        from abc import ABC, abstractmethod


        class Shape(ABC):
            @abstractmethod
            def area(self) -> float:
                ...
        """,
    ),
    "overloads": (
        CODE,
        """
        from typing import overload


        @overload
        def add(n: int) -> int: ...
        @overload
        def add(n: str) -> str: ...
        def add(n):
            return n + n
        """,
    ),
    "a declaration for type checkers": (
        CODE,
        """
        from typing import TYPE_CHECKING

        if TYPE_CHECKING:
            def add(n: int) -> int: ...
        """,
    ),
    "the locale asked for": (
        TESTS,
        "import locale\n\n\n"
        "def test_add():\n    assert locale.setlocale(locale.LC_ALL)\n",
    ),
    "a null object": (
        CODE, "class Quiet:\n    def log(self, text):\n        pass\n",
    ),
    "a function that does nothing": (
        CODE, "def do_nothing() -> None:\n    pass\n",
    ),
    "an exception without a body": (
        CODE, "class Missing(LookupError):\n    pass\n",
    ),
    "a method for subclasses": (
        CODE,
        "class Step:\n    def run(self):\n        raise NotImplementedError\n",
    ),
    "a fake in a test": (
        TESTS,
        """
        def test_add():
            def send(text): ...

            assert add(send)
        """,
    ),
    "prose": (CODE, "# Import time matters: it is paid once.\n"),
    "prose that parses": (CODE, "# import order\n# return early\n# pass\n"),
    "a formula": (CODE, "# area = width * height\n"),
    "formulas": (CODE, "# area = w * h\n# round = 2 * (w + h)\n"),
    "a signature": (CODE, "# add(left, right)\n"),
    "prose with a colon": (CODE, "# if needed:\n# for example:\n# else:\n"),
    "a doctest": (CODE, "# >>> print(add(1))\n# 2\n"),
    "a shebang": (CODE, "#!/usr/bin/env python3\n"),
    "a narrow except": (
        CODE, "try:\n    print()\nexcept OSError:\n    pass\n",
    ),
    "a broad except that acts": (
        CODE, "try:\n    print()\nexcept Exception as e:\n    print(e)\n",
    ),
    "a suppress of one's own": (
        CODE,
        "def suppress(kind):\n    return kind\n\n\nsuppress(Exception)\n",
    ),
    "raises": (
        TESTS,
        """
        import pytest


        def test_add():
            with pytest.raises(ValueError, match="x"):
                int("x")
        """,
    ),
    "a method of unittest": (
        TESTS,
        """
        from unittest import TestCase


        class TestTill(TestCase):
            def test_add(self):
                self.assertEqual(add(1), 2)
        """,
    ),
    "a mock's assertion": (
        TESTS, "def test_add(mock):\n    mock.assert_called_once()\n",
    ),
    "a helper that asserts": (
        TESTS,
        """
        def same(left, right):
            assert left == right


        def both(left, right):
            same(left, right)


        def test_add():
            both(1, 2)
        """,
    ),
    "a function that is no test": (TESTS, "def helper():\n    return 1\n"),
    "a test without assertion in code": (
        CODE, "def test_drive():\n    return 1\n",
    ),
    "the same call twice": (
        TESTS, "def test_add(f):\n    assert f(1) == f(1)\n",
    ),
    "not a number": (TESTS, "def test_add(nan):\n    assert nan != nan\n"),
    "a failure in else": (
        TESTS,
        """
        def test_add():
            try:
                int("x")
            except ValueError as error:
                assert str(error)
            else:
                raise AssertionError("no error")
        """,
    ),
    "a fixed time": (
        TESTS,
        """
        from datetime import datetime


        def test_add():
            assert datetime(2024, 1, 2).year == 2024
        """,
    ),
    "a fake clock": (
        TESTS, "def test_add(time):\n    assert time.time() == 3\n",
    ),
    "the clock in code": (
        CODE,
        "import time\n\n\ndef stamp():\n    return time.time()\n",
    ),
    "a seeded generator": (
        TESTS,
        "from random import Random\n\n\n"
        "def test_add():\n    assert Random(7).random()\n",
    ),
    "a seed": (
        TESTS,
        "import random\n\n\n"
        "def test_add():\n    random.seed(7)\n    assert random.random()\n",
    ),
    "loopback": (
        TESTS,
        "from urllib.request import urlopen\n\n\n"
        "def test_add():\n    assert urlopen('http://127.0.0.1:80/a.b')\n",
    ),
    "an address of the test's own": (
        TESTS,
        "from urllib.request import urlopen\n\n\n"
        "def test_add(url):\n    assert urlopen(url)\n",
    ),
    "a short sleep": (
        TESTS,
        "import time\n\n\n"
        "def test_add():\n    time.sleep(0.01)\n    assert add()\n",
    ),
    "a list of the test's own": (
        TESTS,
        """
        SEEN = []


        def test_add():
            SEEN = []
            SEEN.append(1)
            assert SEEN
        """,
    ),
    "monkeypatch": (
        TESTS,
        "def test_add(monkeypatch):\n    monkeypatch.setenv('A', '1')\n"
        "    assert add()\n",
    ),
}


@pytest.mark.parametrize("name", FLAGGED)
def test_a_fault_is_flagged_once_and_alone(name, own_codes):
    code, path, source = FLAGGED[name]
    assert own_codes(source, path) == [code]


@pytest.mark.parametrize("name", SILENT)
def test_good_code_is_left_alone(name, own_codes):
    path, source = SILENT[name]
    assert own_codes(source, path) == []


def test_every_check_is_shown_and_says_why_and_what_instead():
    shown = {code for code, _, _ in FLAGGED.values()}
    assert [check.code for check in CHECKS] == sorted(shown)
    for check in CHECKS:
        assert "Why:" in check.find.__doc__
        assert "Instead:" in check.find.__doc__


def test_every_filler_is_among_the_words_that_are_looked_for():
    words = ("lorem ipsum", "your code here", "some logic goes here")
    for text in (*words, "Replace me"):
        assert FILLER.search(text)
        assert any(filler in text.lower() for filler in FILLERS)
