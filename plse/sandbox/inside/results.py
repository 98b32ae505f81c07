"""Executing the modules of a program, and saying how that went."""

from __future__ import annotations

import linecache
import sys
from dataclasses import dataclass
from types import CodeType, ModuleType

from .programs import Faulty, Prepared

__all__ = [
    "PASSED",
    "Result",
    "describe",
    "load",
    "show_sources",
    "text_of",
]

_MESSAGE_LIMIT = 2000


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


class _FaultySource(Exception):
    def __init__(self, fault: Faulty) -> None:
        super().__init__(fault)
        self.fault = fault


def show_sources(program: Prepared) -> None:
    """Let tracebacks and ``inspect`` find source that is not on disk."""
    for path, text in program.sources.items():
        name = program.root + path
        lines = text.splitlines(keepends=True)
        linecache.cache[name] = (len(text), None, lines, name)


def load(program: Prepared) -> ModuleType:
    """Execute the solution, then the tests, as new modules."""
    if program.solution is not None:
        _execute(program.solution, "solution", "solution.py", program)
    name = program.test_path.removesuffix(".py").replace("/", ".")
    return _execute(program.tests, name, program.test_path, program)


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
    # The same text wherever the scratch folder is.
    message = text_of(error).replace(program.root, "")
    if not message and path:
        message = linecache.getline(program.root + path, line).strip()
    return Result(outcome, type(error).__name__, message, path, line)


def text_of(error: BaseException) -> str:
    """The message of an exception that may not want to give one."""
    try:
        return str(error)[:_MESSAGE_LIMIT]
    except BaseException as another:  # noqa: B036 - it is hostile
        return f"(its message raised {type(another).__name__})"
