"""Runs the tests of prepared programs, each against fresh modules.

This is in the same interpreter as the code that it judges, which can reach
and change everything here. So nothing depends on it alone: the parent
believes only a whole report of exactly the tests that it expects. What
remains possible is written in the README of the sandbox.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from types import CodeType, CoroutineType, FunctionType, MethodType, ModuleType

from .fixtures import FixtureFailed, Fixtures
from .modules import know
from .programs import Prepared
from .report import Emit
from .results import PASSED, Result, describe, load, show_sources, text_of
from .state import Baseline
from .with_pytest import run_with_pytest

__all__ = ["run_program"]

_NOT_RUN = Result("skipped", message="not run: a test before it failed")


def run_program(
    program: Prepared, baseline: Baseline, emit: Emit, reverse: bool
) -> None:
    """Run every test of a program and report each."""
    names = program.names[::-1] if reverse else program.names
    show_sources(program)
    know(program.codes)
    results = (
        _run_in_pytest(program, baseline, names)
        if program.through_pytest
        else _run_directly(program, baseline, names, reverse)
    )
    for name, result in results:
        emit(
            "test",
            name,
            result.outcome,
            result.exception,
            result.message,
            result.path,
            result.line,
        )


def _run_in_pytest(
    program: Prepared, baseline: Baseline, names: Sequence[str]
) -> Iterator[tuple[str, Result]]:
    """Run the tests in one session of pytest."""
    baseline.restore(program.files)
    yield from run_with_pytest(program, names)


def _run_directly(
    program: Prepared,
    baseline: Baseline,
    names: Sequence[str],
    reverse: bool,
) -> Iterator[tuple[str, Result]]:
    """Call the tests one by one, without pytest."""
    is_over = False
    for name in names:
        if is_over:
            yield name, _NOT_RUN
            continue
        result = _Run(program, baseline, reverse).test(name)
        is_over = program.until_failure and result.outcome in (
            "failed",
            "error",
        )
        yield name, result


class _Run:
    """Runs one test of a program afresh.

    The cases of a parametrized test share its modules, as they do when
    pytest itself runs it.

    :param reverse: its last case comes first.
    """

    def __init__(
        self, program: Prepared, baseline: Baseline, reverse: bool
    ) -> None:
        self._program = program
        self._baseline = baseline
        self._reverse = reverse

    def test(self, name: str) -> Result:
        """The result of all cases: that of the first one not passed."""
        self._baseline.restore(self._program.files)
        try:
            module = load(self._program)
        except BaseException as error:  # noqa: B036 - so may SystemExit
            return describe(error, "error", self._program)
        number, cases = 0, 1
        while number < cases:
            try:
                call, cases = self._find(module, name, number)
            except BaseException as error:  # noqa: B036 - so may SystemExit
                return describe(error, "error", self._program)
            if call is None:
                return Result("forged", message=f"{name} was replaced")
            result = self._call(call, name)
            if result.outcome != "passed":
                return result
            number += 1
        return PASSED

    def _find(
        self, module: ModuleType, name: str, number: int
    ) -> tuple[Callable[[], object] | None, int]:
        """What to call for a case of a test, and how many cases there are.

        None to call when the test is no longer the one that was compiled.
        """
        owner, _, method = name.rpartition("::")
        codes = set(_codes(self._program.tests, name.split("::")))
        if not owner:
            function = vars(module).get(name)
            if name in self._program.plain and not _is_one_of(function, codes):
                return None, 1
            return self._function(module, function, number)
        family = vars(module)[owner]
        function = _attribute(family, method)
        if name in self._program.plain and not _is_one_of(function, codes):
            return None, 1
        case = sys.modules.get("unittest")
        if case and issubclass(family, case.TestCase):
            return lambda: _run_unittest(family, method), 1
        instance = family()
        bound, cases = self._function(
            module, getattr(instance, method), number
        )

        def call() -> object:
            _call_if_there(family, "setup_class")
            _call_if_there(instance, "setup_method")
            try:
                return bound()
            finally:
                _call_if_there(instance, "teardown_method")
                _call_if_there(family, "teardown_class")

        return call, cases

    def _function(
        self,
        module: ModuleType,
        function: Callable[..., object],
        number: int,
    ) -> tuple[Callable[[], object], int]:
        cases = list(_cases(function))
        place = -1 - number if self._reverse else number
        values = cases[place] if cases else {}
        wanted = _arguments(function)
        own = {
            # What pytest.fixture returns differs by version; this does not.
            name: vars(module)[name].__wrapped__
            for name in self._program.fixtures
        }

        def call() -> object:
            with Fixtures(self._program.root, own, number) as fixtures:
                arguments = {
                    name: (
                        values[name] if name in values else fixtures.get(name)
                    )
                    for name in wanted
                }
                fixtures.are_made()
                result = function(**arguments)
                if isinstance(result, CoroutineType):
                    import asyncio

                    result = asyncio.run(result)
                return result

        return call, len(cases)

    def _call(self, call: Callable[[], object], name: str) -> Result:
        outcome = "failed"
        try:
            call()
        except BaseException as error:  # noqa: B036 - so may SystemExit
            if type(error) is FixtureFailed:
                outcome, error = "error", error.__cause__
            kind = type(error).__name__
            if kind in ("Skipped", "SkipTest"):
                return Result("skipped", kind, text_of(error))
            return describe(error, outcome, self._program)
        return PASSED


def _codes(code: object, path: Sequence[str]) -> Iterator[CodeType]:
    """The compiled functions that a path of names may mean."""
    if not isinstance(code, CodeType):
        return
    for constant in code.co_consts:
        if isinstance(constant, CodeType) and constant.co_name == path[0]:
            if len(path) == 1:
                yield constant
            else:
                yield from _codes(constant, path[1:])


def _arguments(function: Callable[..., object]) -> list[str]:
    """The names of the arguments that a test must be given."""
    if type(function) is MethodType and type(
        function.__func__
    ) is FunctionType:
        plain, bound = function.__func__, 1
    else:
        plain, bound = function, 0
    if type(plain) is FunctionType and not hasattr(plain, "__wrapped__"):
        code = plain.__code__
        # Neither defaults nor anything that only its signature tells.
        if not (plain.__defaults__ or code.co_kwonlyargcount):
            return list(code.co_varnames[bound : code.co_argcount])
    import inspect

    return [
        name
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.default is parameter.empty
        and parameter.kind
        in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    ]


def _attribute(family: type, name: str) -> object:
    """An attribute of a class as it was written there, unbound."""
    for member in family.__mro__:
        if name in vars(member):
            return vars(member)[name]
    raise AttributeError(name)


def _is_one_of(function: object, codes: set[CodeType]) -> bool:
    if type(function) is not FunctionType:
        return False
    return any(function.__code__ is code for code in codes)


def _cases(function: object) -> Iterator[dict[str, object]]:
    """The cases of pytest.mark.parametrize, last decorator first."""
    marks = [
        mark
        for mark in getattr(function, "pytestmark", ())
        if mark.name == "parametrize"
    ]
    if not marks:
        return
    cases: list[dict[str, object]] = [{}]
    for mark in marks:
        names, rows = _table(*mark.args[:2], **mark.kwargs)
        cases = [
            {**case, **dict(zip(names, row))} for case in cases for row in rows
        ]
    yield from cases


def _table(
    argnames: object, argvalues: object, **_: object
) -> tuple[list[str], list[Sequence[object]]]:
    if isinstance(argnames, str):
        names = [name.strip() for name in argnames.split(",") if name.strip()]
        single = len(names) == 1
    else:
        names, single = list(argnames), False
    rows: list[Sequence[object]] = []
    for value in argvalues:
        if type(value).__name__ == "ParameterSet":
            rows.append(value.values)
        else:
            rows.append([value] if single else value)
        if len(rows[-1]) != len(names):
            raise ValueError(f"{value!r} does not fit {', '.join(names)}")
    return names, rows


def _run_unittest(family: type, method: str) -> None:
    """Run one method of a TestCase with its class and module fixtures."""
    import unittest

    result = unittest.TestResult()
    result.failfast = True
    raised: list[BaseException] = []

    def keep(test: object, error: Sequence[BaseException]) -> None:
        raised.append(error[1])

    result.addError = result.addFailure = keep
    result.addSubTest = lambda test, subtest, error: (
        error and keep(subtest, error)
    )
    suite = unittest.TestSuite([family(method)])
    suite.run(result)
    if raised:
        raise raised[0]
    if result.skipped:
        raise unittest.SkipTest(result.skipped[0][1])
    if result.unexpectedSuccesses:
        raise AssertionError("unexpected success")
    if result.testsRun != 1:
        raise AssertionError(f"{result.testsRun} tests ran instead of 1")


def _call_if_there(owner: object, name: str) -> None:
    method = getattr(owner, name, None)
    if method is None:
        return
    # Both may take the test method; few do.
    if _arguments(method):
        method(None)
    else:
        method()
