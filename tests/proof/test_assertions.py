"""Assertions are counted, and turned so that each must fail."""

from __future__ import annotations

import pytest

from plse.proof.assertions import assertions, controls, costly_tests

TESTS = """\
import pytest
from hypothesis import given, strategies as st
from solution import f


def check(value):
    assert value


def test_value():
    assert f(1) == 2
    assert f(2), "no"


def test_error():
    with pytest.raises(ValueError, match="x"):
        f(-1)


@given(st.integers())
def test_law(n):
    assert f(n) is not None


class TestMore:
    def test_method(self):
        assert f(3) != 4
"""


def test_every_assertion_is_counted():
    assert assertions(TESTS) == 6
    assert assertions("def test_a(m):\n    m.assert_called_once()\n") == 1
    assert assertions("def test_a():\n    f()\n") == 0


@pytest.mark.parametrize(
    ("test", "text"),
    {
        "a value is negated": ("test_value", "assert not (f(1) == 2)"),
        "a value is compared with nothing": (
            "test_value",
            "assert f(1) == object()",
        ),
        "a message stays": ("test_value", 'assert not (f(2)), "no"'),
        "an exception is exchanged": (
            "test_error",
            'pytest.raises(type("Other", (Exception,), {}), match="x")',
        ),
        "a helper belongs to no test": ("", "assert not (value)"),
        "a method has its class before it": (
            "TestMore::test_method",
            "assert not (f(3) != 4)",
        ),
    }.values(),
)
def test_every_assertion_is_turned(test, text):
    assert any(
        control.test == test and text in control.source
        for control in controls(TESTS)
    )


def test_tests_that_draw_many_examples_are_costly():
    assert costly_tests(TESTS) == ("test_law",)
