"""What goes into the sandbox and what comes out, as immutable values."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Literal

from plse.errors import PlseError
from plse.patterns import File

__all__ = [
    "Command",
    "CommandOutcome",
    "Conditions",
    "EvaluationError",
    "Limits",
    "Outcome",
    "Program",
    "Status",
    "TestResult",
]

Status = Literal[
    "passed",  # every expected test ran and passed
    "failed",  # every expected test ran, and one or more did not pass
    "skipped",  # nothing failed, but one or more tests were skipped
    "timeout",  # it used up its CPU time, or sat idle for its wall time
    "crashed",  # a signal ended it
    "incomplete",  # it ended before its tests did
    "forged",  # its report is not one that the harness writes
    "flaky",  # two runs of it ended differently
    "no_tests",  # there is nothing to run
    "stopped",  # not run: too many before it in its group timed out
    "refused",  # not run: the sandbox is too weak here for code not trusted
    "unsupported",  # not run: needs what this platform cannot confine
]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one program may use.

    :param cpu_seconds: processor time of all its tests together.
    :param wall_seconds: time that it may sit idle, neither computing nor
        waiting for a processor; so a busy machine changes no verdict.
    :param memory_mb: address space, in MiB.
    :param file_mb: size of its scratch folder, and of its longest file.
    :param files: number of files in the scratch folder, and of descriptors.
    :param output_kb: how much of what it prints is kept.
    :param processes: how many processes it may start; 0 allows none, and
        no executing of other programs either.
    :param loopback: whether it may use sockets, in a network of its own
        that holds nothing but a loopback interface.
    """

    cpu_seconds: float = 2.0
    wall_seconds: float = 10.0
    memory_mb: int = 512
    file_mb: int = 8
    files: int = 256
    output_kb: int = 64
    processes: int = 0
    loopback: bool = False

    def within(self, ceiling: Limits) -> Limits:
        """These limits, none of them above those of ``ceiling``."""
        return Limits(
            min(self.cpu_seconds, ceiling.cpu_seconds),
            min(self.wall_seconds, ceiling.wall_seconds),
            min(self.memory_mb, ceiling.memory_mb),
            min(self.file_mb, ceiling.file_mb),
            min(self.files, ceiling.files),
            min(self.output_kb, ceiling.output_kb),
            min(self.processes, ceiling.processes),
            self.loopback and ceiling.loopback,
        )


@dataclass(frozen=True, slots=True)
class Program:
    """A piece of code and the tests that it must pass.

    ``solution.py`` among the files is executed afresh, as the module
    ``solution``, for every single test, and the test file after it. Other
    files lie in the scratch folder, which is the current folder and on
    ``sys.path``.

    :param tests: the names of the tests that must run; by default those
        that :func:`plse.sandbox.test_names` reads in the test file.
    :param expects_failures: the tests that this code is meant to fail, such
        as those that catch a mistake. It decides nothing but whether a
        result from a batch is believed at once; a result that differs is
        settled by running the program alone. None believes any plain list
        of failures.
    :param until_failure: whether one failed test is all that is asked for:
        those after it need not run, and are then skipped. It holds for tests
        that can be called without pytest.
    :raises ValueError: for a path that leaves the scratch folder.
    """

    files: tuple[File, ...]
    test_path: str = "test_solution.py"
    tests: tuple[str, ...] = ()
    limits: Limits = Limits()
    expects_failures: frozenset[str] | None = frozenset()
    until_failure: bool = False

    def __post_init__(self) -> None:
        _check_paths(self.files)


def _check_paths(files: tuple[File, ...]) -> None:
    for file in files:
        path = PurePosixPath(file.path)
        inside = path.parts and not path.is_absolute()
        if not inside or ".." in path.parts or "\0" in file.path:
            raise ValueError(f"{file.path!r} is not a path inside a folder")


@dataclass(frozen=True, slots=True)
class TestResult:
    """How one test ended. The texts come from the code that ran: hostile.

    :param outcome: "failed" when the test raised, "error" when it could not
        be started (the code or the test file did not execute).
    :param exception: the exception's class name, or "".
    :param path: the program's file that it arose in, or "".
    :param line: 1-based line in that file; 0 when unknown.
    """

    # pytest would collect a class of this name.
    __test__ = False

    name: str
    outcome: Literal["passed", "failed", "error", "skipped"]
    exception: str = ""
    message: str = ""
    path: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict on a program.

    :param tests: in the order of the program's tests; empty unless the
        status is passed, failed, skipped or flaky.
    :param detail: one line for a person: why it did not pass.
    :param output: what it printed, cut to its limit.
    :param cpu_seconds: of its child; shared by all programs of a batch.
    """

    status: Status
    tests: tuple[TestResult, ...] = ()
    detail: str = ""
    output: str = ""
    cpu_seconds: float = 0.0

    @property
    def passed(self) -> bool:
        return self.status == "passed"

    @property
    def failures(self) -> frozenset[str]:
        """The names of the tests that failed or could not be started."""
        return frozenset(
            test.name
            for test in self.tests
            if test.outcome in ("failed", "error")
        )


class EvaluationError(PlseError):
    """Code did not give a value.

    :param exception: what it raised, or the status of the run.
    :param line: 1-based line of the code; 0 when unknown.
    """

    def __init__(self, exception: str, message: str, line: int = 0) -> None:
        super().__init__(exception, message, line)
        self.exception, self.message, self.line = exception, message, line

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line else ""
        return f"{place}{self.exception}: {self.message}"


@dataclass(frozen=True, slots=True)
class Conditions:
    """The circumstances of a run, so that hermetic code can be told apart.

    :param hash_seed: PYTHONHASHSEED.
    :param time_zone: TZ, such as "Asia/Kathmandu".
    :param locale: LC_ALL; "POSIX" also makes ASCII the default encoding.
    :param clock_offset_seconds: how far the wall clock is off, as Python
        code sees it through ``time`` and ``datetime``.
    :param reverse_tests: run the tests last to first.
    """

    hash_seed: int = 0
    time_zone: str = "UTC"
    locale: str = "C.UTF-8"
    clock_offset_seconds: float = 0.0
    reverse_tests: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """A command to run in a folder that holds the given files.

    ``python`` as the first word is this interpreter, inside the child;
    anything else is executed.

    :param env: variables on top of the clean environment of the sandbox.
    :raises ValueError: for no words, or a path that leaves the folder.
    """

    argv: tuple[str, ...]
    files: tuple[File, ...] = ()
    stdin: str = ""
    env: tuple[tuple[str, str], ...] = ()
    limits: Limits = field(
        default_factory=lambda: Limits(
            cpu_seconds=10.0,
            wall_seconds=30.0,
            memory_mb=1024,
            file_mb=16,
            processes=32,
        )
    )

    def __post_init__(self) -> None:
        _check_paths(self.files)
        if not self.argv:
            raise ValueError("a command needs at least one word")


@dataclass(frozen=True, slots=True)
class CommandOutcome:
    """How a command ended.

    :param status: "exited" when it ended by itself, whatever its status.
    :param exit: its exit status; minus the signal's number when one ended
        it; 127 when there is no such program.
    :param written: paths of the files that are in its folder afterwards and
        were not before, or have changed, sorted.
    """

    status: Literal["exited", "timeout", "crashed", "refused"]
    exit: int = 0
    stdout: str = ""
    stderr: str = ""
    written: tuple[str, ...] = ()
    detail: str = ""
    cpu_seconds: float = 0.0
