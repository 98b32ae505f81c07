"""Settling slow libraries in the zygote, so that children need not.

The first use of pytest or Hypothesis loads modules and fills caches, which
takes longer than most programs have. Only code of this file runs here.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Callable, Iterable, Mapping

from .programs import prepare
from .with_pytest import run_with_pytest

__all__ = ["use_once", "warm_up"]

_EXAMPLES = 25
_PYTEST_PROGRAM = """\
import pytest


@pytest.fixture
def one():
    yield 1


@pytest.mark.parametrize("number", [1])
def test_one(one, number, tmp_path, monkeypatch, capsys, caplog):
    assert one == number == pytest.approx(1.0)
    with pytest.raises(ValueError, match="no"):
        raise ValueError("no")


class TestOne:
    def test_method(self):
        pass
"""


def warm_up(box: str) -> None:
    """Use what is loaded once; leaves files in the scratch space.

    :param box: the scratch space.
    """
    os.chdir(f"{box}/work")
    with contextlib.redirect_stdout(io.StringIO()):
        if "hypothesis" in sys.modules:
            _warm_hypothesis(box)
        if "pytest" in sys.modules:
            _warm_pytest(box)
    os.chdir("/")


def use_once(names: Iterable[str]) -> None:
    """Use modules just loaded, where they load others only when used."""
    for name in names:
        if name in _USES:
            # Whatever is wrong, the program that asks will meet it itself.
            with contextlib.suppress(Exception):
                _USES[name]()


def _use_argparse() -> None:
    import argparse

    parser = argparse.ArgumentParser("warm", description="it")
    parser.add_argument("--one", type=int, default=1, help="a number")
    parser.add_argument("many", nargs="*")
    parser.format_help()
    parser.parse_args(["--one", "2", "three"])


def _use_runpy() -> None:
    # What `run_path` imports itself.
    import importlib

    importlib.import_module("pkgutil")


def _use_functools() -> None:
    # What `singledispatch` imports itself to read an annotation.
    import importlib

    importlib.import_module("typing")


def _use_mimetypes() -> None:
    import mimetypes

    mimetypes.init()


_USES: Mapping[str, Callable[[], None]] = {
    "argparse": _use_argparse,
    "functools": _use_functools,
    "mimetypes": _use_mimetypes,
    "runpy": _use_runpy,
}


def _warm_pytest(box: str) -> None:
    program = {
        "files": [("test_warm.py", _PYTEST_PROGRAM)],
        "test_path": "test_warm.py",
        "names": ["test_one", "TestOne::test_method"],
        "plain": [],
        "fixtures": [],
        "through_pytest": True,
        "on_disk": False,
        "until_failure": False,
    }
    prepared = prepare(program, f"{box}/work/")
    for _ in run_with_pytest(prepared, prepared.names):
        pass
    for name in [name for name in sys.modules if name.startswith("test_")]:
        del sys.modules[name]


def _warm_hypothesis(box: str) -> None:
    import hypothesis
    from hypothesis import strategies
    from hypothesis.configuration import set_hypothesis_home_dir

    set_hypothesis_home_dir(f"{box}/tmp/hypothesis")
    hypothesis.settings.register_profile(
        "sandbox",
        derandomize=True,
        database=None,
        deadline=None,
        max_examples=_EXAMPLES,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    hypothesis.settings.load_profile("sandbox")

    @hypothesis.given(
        strategies.integers(),
        strategies.text(max_size=3),
        strategies.lists(strategies.floats() | strategies.booleans()),
        strategies.dictionaries(strategies.binary(), strategies.none()),
        strategies.data(),
    )
    def of_everything(number, text, values, table, data):
        assert data.draw(strategies.sampled_from("ab")) in "ab"

    of_everything()
    failing = hypothesis.given(strategies.integers())(_is_small)
    with contextlib.suppress(AssertionError):
        failing()


def _is_small(number: int) -> None:
    assert number < 100
