"""What linting costs, as ratios to flake8's own checker, in one run.

    python tests/benchmarks/linting.py [texts]

The texts are made as a lesson makes them: one template of 40 lines, rendered
with names and numbers that repeat from sample to sample, so that every text
is new and most of its lines are not. All sides lint the same texts in turn;
a side's cost is its 10th percentile of CPU time, the least disturbed one that
is still not luck.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import EntryPoint
from itertools import product
from pathlib import Path

import bugbear
import mccabe
from flake8.checker import FileChecker
from flake8.plugins import pycodestyle, pyflakes
from flake8.plugins.finder import (
    Checkers,
    LoadedPlugin,
    Plugin,
    _parameters_for,
)
from flake8.processor import FileProcessor

from plse.linter import lint
from plse.linting.flake8_session import Flake8Session

TEMPLATE = '''\
"""Records of a {place}."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class {Thing}:
    """One line of the {place}'s book."""

    number: int
    {person}: str
    items: tuple[str, ...] = field(default_factory=tuple)

    @property
    def size(self) -> int:
        return len(self.items)


def read_{thing}s(path: Path) -> Iterator[{Thing}]:
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            names = tuple(name for name in row["items"].split(";") if name)
            try:
                number = int(row["number"])
            except ValueError as error:
                raise ValueError(f"bad number: {{row!r}}") from error
            yield {Thing}(number, row["{person}"], names)


def largest({thing}s: Iterable[{Thing}], n: int = {count}) -> list[{Thing}]:
    # Ties are broken by number, so that the result is stable.
    ranked = sorted(
        {thing}s, key=lambda {thing}: (-{thing}.size, {thing}.number)
    )
    return ranked[:n]
'''


def texts(count: int) -> list[str]:
    """Different renders, in an order in which nothing varies slowly."""
    options = [
        ("shop", "clinic", "library", "fleet", "kitchen", "school"),
        ("order", "visit", "loan", "trip", "meal", "lesson", "claim", "bill"),
        ("customer", "patient", "reader", "driver", "guest", "pupil"),
        range(1, 9),
    ]
    cells = list(product(*options))
    step = 1013  # coprime to the number of cells
    return [
        TEMPLATE.format(
            place=place,
            thing=thing,
            Thing=thing.capitalize(),
            person=person,
            count=number,
        )
        for place, thing, person, number in (
            cells[index * step % len(cells)] for index in range(count)
        )
    ]


class InMemory(FileChecker):
    """flake8's checker as it is, but for where the lines come from."""

    lines: list[str] = []

    def _make_processor(self) -> FileProcessor:
        return FileProcessor("solution.py", self.options, self.lines)


def flake8_in_memory() -> Callable[[str], object]:
    def loaded(name: str, check: Callable[..., object]) -> LoadedPlugin:
        entry = EntryPoint(name, name, "flake8.extension")
        return LoadedPlugin(
            Plugin(name, "", entry), check, _parameters_for(check)
        )

    plugins = Checkers(
        tree=[
            loaded("B", bugbear.BugBearChecker),
            loaded("C90", mccabe.McCabeChecker),
            loaded("F", pyflakes.FlakesChecker),
        ],
        logical_line=[loaded("E", pycodestyle.pycodestyle_logical)],
        physical_line=[loaded("W", pycodestyle.pycodestyle_physical)],
    )
    options = Flake8Session()._options

    def check(source: str) -> object:
        InMemory.lines = source.splitlines(keepends=True)
        return InMemory(
            filename="solution.py", plugins=plugins, options=options
        ).run_checks()

    return check


def flake8_process(source: str) -> object:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "solution.py")
        path.write_text(source, encoding="utf-8")
        command = [sys.executable, "-m", "flake8", "--isolated", str(path)]
        return subprocess.run(command, capture_output=True, check=True)


def cost(check: Callable[[str], object], source: str) -> float:
    """CPU milliseconds, those of child processes included."""
    before = time.process_time(), sum(_children())
    check(source)
    after = time.process_time(), sum(_children())
    return (after[0] - before[0] + after[1] - before[1]) * 1e3


def _children() -> tuple[float, float]:
    spent = os.times()
    return spent.children_user, spent.children_system


def main(count: int) -> None:
    known = Flake8Session()
    fresh = Flake8Session()

    def unknown(source: str) -> object:
        fresh._style._known.clear()
        return fresh.lint(source, "solution.py")

    sides = {
        "flake8's checker in memory": flake8_in_memory(),
        "a session, statements never seen": unknown,
        "a session, as samples come": (
            lambda source: known.lint(source, "solution.py")
        ),
        "lint, our checks too": lint,
        "lint, the same text again": lambda source: lint(source),
    }
    spent: dict[str, list[float]] = {name: [] for name in sides}
    for source in texts(count):
        for name, check in sides.items():
            spent[name].append(cost(check, source))
    costs = {
        name: sorted(times)[len(times) // 10] for name, times in spent.items()
    }
    whole = {name: sum(times) / len(times) for name, times in spent.items()}
    process = [cost(flake8_process, texts(1)[0]) for _ in range(3)]
    costs["flake8 as a process"] = min(process)
    whole["flake8 as a process"] = sum(process) / len(process)
    base = "flake8's checker in memory"
    print(f"{count} texts of 40 lines, Python {sys.version.split()[0]}")
    print(f"{'':36} ms p10   mean  flake8 in memory is ... times that")
    for name, milliseconds in costs.items():
        print(
            f"{name:36} {milliseconds:6.3f} {whole[name]:6.3f}"
            f"  {costs[base] / milliseconds:8.2f}"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
