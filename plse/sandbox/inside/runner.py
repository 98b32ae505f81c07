"""Runs the tests of prepared programs, each against fresh modules.

This is in the same interpreter as the code that it judges, which can reach
and change everything here. So nothing depends on it alone: the parent
believes only a whole report of exactly the tests that it expects. What
remains possible is written in the README of the sandbox.
"""

from __future__ import annotations

import inspect
import linecache
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import CodeType, FunctionType, ModuleType

from .fixtures import Fixtures
from .programs import Faulty, Prepared
from .report import Emit
from .state import Baseline

__all__ = ["MESSAGE_LIMIT", "Result", "describe", "run_program", "run_tests"]

MESSAGE_LIMIT = 2000


@dataclass(frozen=True)
class Result:
    """How one test ended; ``line`` is 0 when no line of the program is to
    blame."""

    outcome: str
    exception: str = ""
    message: str = ""
    path: str = ""
    line: int = 0


PASSED = Result("passed")


def run_program(
    program: Prepared, baseline: Baseline, emit: Emit, reverse: bool
) -> None:
    """Run every test of a program and report each."""
    names = program.names[::-1] if reverse else program.names
    for path, text in program.sources.items():
        lines = text.splitlines(keepends=True)
        linecache.cache[program.root + path] = (
            len(text),
            None,
            lines,
            program.root + path,
        )
    if program.through_pytest:
        from .with_pytest import run_with_pytest

        results = run_with_pytest(program, baseline, names)
    else:
        results = run_tests(program, baseline, names)
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


def run_tests(
    program: Prepared, baseline: Baseline, names: Sequence[str]
) -> Iterator[tuple[str, Result]]:
    """Call the tests directly."""
    for name in names:
        yield name, _Run(program, baseline).test(name)
        baseline.restore(program.files)


class _Run:
    """Runs one test of a program, and each of its cases, afresh."""

    def __init__(self, program: Prepared, baseline: Baseline) -> None:
        self._program = program
        self._baseline = baseline

    def test(self, name: str) -> Result:
        """The result of all cases: that of the first one not passed."""
        number, cases = 0, 1
        while number < cases:
            if number:
                self._baseline.restore(self._program.files)
            try:
                module = self._load()
                call, cases = self._find(module, name, number)
            except BaseException as error:  # noqa: B036 - so may SystemExit
                return self.failure(error, "error")
            if call is None:
                return Result("forged", message=f"{name} was replaced")
            result = self._call(call, name)
            if result.outcome != "passed":
                return result
            number += 1
        return PASSED

    def _load(self) -> ModuleType:
        """Execute the solution, then the tests, as new modules."""
        program = self._program
        if program.solution is not None:
            _execute(program.solution, "solution", "solution.py", program)
        name = program.test_path.removesuffix(".py").replace("/", ".")
        return _execute(program.tests, name, program.test_path, program)

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
            return self._function(function, number)
        family = vars(module)[owner]
        function = inspect.getattr_static(family, method)
        if name in self._program.plain and not _is_one_of(function, codes):
            return None, 1
        case = sys.modules.get("unittest")
        if case and issubclass(family, case.TestCase):
            return lambda: _run_unittest(family, method), 1
        instance = family()
        bound, cases = self._function(getattr(instance, method), number)

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
        self, function: Callable[..., object], number: int
    ) -> tuple[Callable[[], object], int]:
        cases = list(_cases(function))
        values = cases[number] if cases else {}
        wanted = [
            name
            for name, parameter in inspect.signature(
                function
            ).parameters.items()
            if parameter.default is parameter.empty
            and parameter.kind
            in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
        ]

        def call() -> object:
            with Fixtures(self._program.root) as fixtures:
                arguments = {
                    name: (
                        values[name] if name in values else fixtures.get(name)
                    )
                    for name in wanted
                }
                result = function(**arguments)
                if inspect.iscoroutine(result):
                    import asyncio

                    result = asyncio.run(result)
                return result

        return call, len(cases)

    def _call(self, call: Callable[[], object], name: str) -> Result:
        try:
            call()
        except BaseException as error:  # noqa: B036 - so may SystemExit
            kind = type(error).__name__
            if kind in ("Skipped", "SkipTest"):
                return Result("skipped", kind, _text(error))
            return self.failure(error, "failed")
        return PASSED

    def failure(self, error: BaseException, outcome: str) -> Result:
        """Describe an exception by where it arose in the program."""
        return describe(error, outcome, self._program)


def describe(
    error: BaseException, outcome: str, program: Prepared
) -> Result:
    """A result for an exception, placed where it left the program's code."""
    if isinstance(error, _FaultySource):
        fault = error.fault
        return Result(
            outcome, fault.exception, fault.message, fault.path, fault.line
        )
    path, line = "", 0
    step = error.__traceback__
    while step is not None:
        name = step.tb_frame.f_code.co_filename
        if name.startswith(program.root):
            path, line = name[len(program.root) :], step.tb_lineno
        step = step.tb_next
    message = _text(error)
    if not message and path:
        message = linecache.getline(program.root + path, line).strip()
    return Result(outcome, type(error).__name__, message, path, line)


def _text(error: BaseException) -> str:
    """The message of an exception that may not want to give one."""
    try:
        return str(error)[:MESSAGE_LIMIT]
    except BaseException as another:  # noqa: B036 - it is hostile
        return f"(its message raised {type(another).__name__})"


class _FaultySource(Exception):
    def __init__(self, fault: Faulty) -> None:
        super().__init__(fault)
        self.fault = fault


def _execute(
    code: CodeType | Faulty, name: str, path: str, program: Prepared
) -> ModuleType:
    if isinstance(code, Faulty):
        raise _FaultySource(code)
    module = ModuleType(name)
    module.__file__ = program.root + path
    sys.modules[name] = module
    exec(code, module.__dict__)
    return module


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
    if inspect.signature(method).parameters:
        method(None)
    else:
        method()
