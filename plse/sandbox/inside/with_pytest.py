"""Tests that need pytest itself: own fixtures, marks, other built-in fixtures.

The zygote has pytest loaded already, so a session costs some ten
milliseconds. Each test still has modules of its own.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

from .programs import Prepared
from .results import PASSED, Result, describe, load

__all__ = ["explain", "run_with_pytest"]

_QUIET = [
    "-c",
    os.devnull,
    "-p",
    "no:cacheprovider",
    "-p",
    "no:faulthandler",
    "-p",
    "no:junitxml",
    "-p",
    "no:doctest",
    "-p",
    "no:pastebin",
    "-p",
    "no:stepwise",
    "-p",
    "no:debugging",
    # Both collect garbage at the end of each session.
    "-p",
    "no:unraisableexception",
    "-p",
    "no:threadexception",
    "-W",
    "ignore",
    "--capture=sys",
    "--confcutdir=.",
]


def run_with_pytest(
    program: Prepared, names: Sequence[str]
) -> Iterator[tuple[str, Result]]:
    """Run the tests in one session of pytest, in the order of ``names``."""
    import pytest

    _write(program)
    session = _Session(program, names)
    arguments = [*_QUIET, "-p", "no:terminal", "--assert=plain"]
    pytest.main(
        [*arguments, f"--rootdir={program.root}", program.test_path],
        plugins=[session],
    )
    for name in names:
        yield name, session.results.get(
            name, Result("error", message="pytest did not run it")
        )


def explain(program: Prepared) -> None:
    """Print what pytest says of the program, assertions explained."""
    import pytest

    _write(program)
    pytest.main(
        [
            *_QUIET,
            "--quiet",
            "--no-header",
            "-rN",
            "--color=no",
            "--tb=short",
            f"--rootdir={program.root}",
            program.test_path,
        ],
        plugins=[_Coroutines()],
    )


def _write(program: Prepared) -> None:
    """pytest collects files, so what is compiled must lie there, too."""
    for path, text in program.sources.items():
        place = Path(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")


class _Coroutines:
    """Runs coroutine tests, for which pytest alone needs a plugin."""

    def pytest_pyfunc_call(self, pyfuncitem: object) -> bool | None:
        import inspect

        function = pyfuncitem.obj
        if not inspect.iscoroutinefunction(function):
            return None
        import asyncio

        wanted = pyfuncitem._fixtureinfo.argnames
        arguments = {name: pyfuncitem.funcargs[name] for name in wanted}
        asyncio.run(function(**arguments))
        return True


class _Session(_Coroutines):
    """A plugin that collects each test with modules of its own."""

    def __init__(self, program: Prepared, names: Sequence[str]) -> None:
        self._program = program
        self._names = names
        self.results: dict[str, Result] = {}

    def pytest_pycollect_makemodule(
        self, module_path: Path, parent: object
    ) -> object:
        if module_path != Path(self._program.root, self._program.test_path):
            return None
        return _all_afresh().from_parent(
            parent, path=module_path, plugin=self
        )

    def load(self, name: str) -> tuple[ModuleType, ModuleType | None]:
        """Execute the modules for one test."""
        try:
            module = load(self._program)
        except BaseException as error:
            self.note(name, describe(error, "error", self._program))
            if not isinstance(error, Exception):
                # It would end pytest's session, and the other tests' too.
                raise RuntimeError(type(error).__name__) from error
            raise
        return module, sys.modules.get("solution")

    def note(self, name: str, result: Result) -> None:
        """Keep the first result of a test that is not a pass."""
        if self.results.setdefault(name, result).outcome == "passed":
            self.results[name] = result

    @property
    def names(self) -> Sequence[str]:
        return self._names

    def pytest_collection_modifyitems(self, items: list[object]) -> None:
        """Keep, of the items of each module, those of its own test."""
        items[:] = [
            item
            for item in items
            if _test_name(item) == _afresh(item).wanted
        ]
        order = {name: place for place, name in enumerate(self._names)}
        items.sort(key=lambda item: order[_afresh(item).wanted])

    def pytest_runtest_setup(self, item: object) -> None:
        """Make its own modules those that an import finds."""
        module = _afresh(item)
        sys.modules[module.obj.__name__] = module.obj
        if module.solution is not None:
            sys.modules["solution"] = module.solution

    def pytest_runtest_makereport(self, item: object, call: object) -> None:
        name = _afresh(item).wanted
        if call.excinfo is None:
            if call.when == "call":
                self.note(name, PASSED)
            return
        error = call.excinfo.value
        if type(error).__name__ in ("Skipped", "SkipTest", "XFailed"):
            self.note(
                name, Result("skipped", type(error).__name__, str(error))
            )
            return
        outcome = "failed" if call.when == "call" else "error"
        self.note(name, describe(error, outcome, self._program))


def _test_name(item: object) -> str:
    module = _afresh(item)
    chain = item.listchain()
    inner = chain[chain.index(module) + 1 :]
    return "::".join(
        getattr(node, "originalname", None) or node.name for node in inner
    )


def _afresh(item: object) -> object:
    return next(
        node for node in item.listchain() if hasattr(node, "wanted")
    )


def _all_afresh() -> type:
    """The collector of a file: one module for each of its tests."""
    import pytest

    class OneTest(pytest.Module):
        def __init__(self, *, plugin: _Session, wanted: str, **rest: object):
            super().__init__(**rest)
            self._plugin = plugin
            self.wanted = wanted
            self.solution: ModuleType | None = None

        def _getobj(self) -> ModuleType:
            try:
                module, self.solution = self._plugin.load(self.wanted)
            except Exception as error:
                raise self.CollectError(type(error).__name__) from error
            return module

    class AllTests(pytest.File):
        def __init__(self, *, plugin: _Session, **rest: object) -> None:
            super().__init__(**rest)
            self._plugin = plugin

        def collect(self) -> Iterator[OneTest]:
            for number, name in enumerate(self._plugin.names):
                yield OneTest.from_parent(
                    self,
                    path=self.path,
                    # Fixtures belong to node ids, so each needs its own.
                    nodeid=f"{self.nodeid}::{number}",
                    plugin=self._plugin,
                    wanted=name,
                )

    return AllTests
