"""Sample and its parts: a cell of a pattern, rendered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from plse.imports import is_test_path
from plse.patterns import Ask, File, Pattern, plain

__all__ = [
    "ClaimProgram",
    "RenderedRun",
    "SOLUTION_PATH",
    "Sample",
    "TEST_PATH",
]

SOLUTION_PATH = "solution.py"
TEST_PATH = "test_solution.py"


@dataclass(frozen=True, slots=True)
class RenderedRun:
    """A command of an orchestration pattern, for one cell."""

    command: str
    exits: int
    prints: tuple[str, ...]
    writes: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class ClaimProgram:
    """A claim of a tradeoff, for one cell: programs to run and to count.

    :param less: code of the alternative that is said to count less.
    :param more: code of the alternative that is said to count more.
    """

    says: str
    counter: str
    program: str
    less_name: str
    less: str
    more_name: str
    more: str
    by: float
    line: int


@dataclass(frozen=True, eq=False)
class Sample:
    """A rendered cell, with one phrasing of one task.

    :param cell: option by parameter name, in the order of the pattern.
    :param why: the lesson's explanation.
    :param solution: the correct code; for an orchestration "".
    :param mistake: the flawed code; "" where the lesson has none.
    :param fails: names of the tests that the mistake fails.
    :param others: for a tradeoff, the code of each alternative not chosen.
    :param tests: the test module's source, as it stands in ``files``.
    :param files: everything that is needed to run the tests.
    """

    pattern: Pattern
    index: int
    cell: Mapping[str, object]
    ask: Ask
    instruction: str
    why: str
    solution: str
    mistake: str
    fails: tuple[str, ...]
    others: Mapping[str, str]
    tests: str
    files: tuple[File, ...]
    runs: tuple[RenderedRun, ...]

    @property
    def id(self) -> str:
        """The address as text: ``plse.topic.name#index``."""
        return f"{self.pattern.id}#{self.index}"

    @property
    def code(self) -> str:
        """What is taught, as one text: its structure is the sample's."""
        if self.solution:
            return self.solution
        return "\n".join(
            file.content
            for file in self.files
            if file.path.endswith(".py") and not is_test_path(file.path)
        )

    @property
    def plain_cell(self) -> dict[str, object]:
        """The cell with bundles replaced by their labels, for JSON."""
        return {name: plain(option) for name, option in self.cell.items()}

    def files_with(self, solution: str) -> tuple[File, ...]:
        """The files with other code in the place of the solution."""
        return tuple(
            File(SOLUTION_PATH, solution)
            if file.path == SOLUTION_PATH
            else file
            for file in self.files
        )
