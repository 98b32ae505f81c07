"""Sandboxes that the tests share, since starting one takes a while."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from plse.patterns import File
from plse.sandbox import Program, Sandbox, SandboxSettings

TESTS = """\
from solution import f


def test_one():
    assert f(1) == 2


def test_two():
    assert f(2) == 3
"""
RIGHT = "def f(x):\n    return x + 1\n"
WRONG = "def f(x):\n    return 2\n"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: takes many seconds")


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """The strongest sandbox that there is here."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def weaker() -> Iterator[Sandbox]:
    """What a platform without user namespaces would have."""
    with Sandbox(SandboxSettings(tier="B")) as sandbox:
        if sandbox.tier != "B":
            pytest.skip(f"tier B is not to be had: {sandbox.missing}")
        yield sandbox


@pytest.fixture(scope="session")
def program() -> Callable[..., Program]:
    """Make a program of a solution and tests."""

    def make(
        solution: str = RIGHT, tests: str = TESTS, **rest: object
    ) -> Program:
        files = (
            File("solution.py", solution),
            File("test_solution.py", tests),
        )
        return Program(files, **rest)

    return make
