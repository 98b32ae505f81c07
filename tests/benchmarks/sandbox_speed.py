"""What the sandbox costs, as ratios of times taken in one run.

    python tests/benchmarks/sandbox_speed.py [--rounds 200]

The same small program (a solution and three tests, each test against freshly
executed modules) is run in turn by

* a bare fork of this process: compile, fork, execute, wait;
* a zygote without any confinement, through the same code as the sandbox;
* the full sandbox, one program a child;
* the full sandbox, twenty programs a child.

Times are 10th percentiles, since another user of the machine only adds.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from types import ModuleType

from plse.patterns import File
from plse.sandbox import Program, Sandbox, SandboxSettings, test_names

BATCH = 20
SOLUTION = """\
# {number}
from collections import Counter


class Inventory:
    def __init__(self, items=()):
        self._counts = Counter(items)

    def add(self, item, amount=1):
        if amount < 1:
            raise ValueError(f"cannot add {{amount}} of {{item}}")
        self._counts[item] += amount

    def take(self, item):
        if not self._counts[item]:
            raise LookupError(item)
        self._counts[item] -= 1

    def __len__(self):
        return self._counts.total() if hasattr(
            self._counts, "total"
        ) else sum(self._counts.values())
"""
TESTS = """\
from solution import Inventory


def test_counts():
    box = Inventory(["a", "b", "a"])
    box.add("c", 2)
    assert len(box) == 5


def test_takes():
    box = Inventory("ab")
    box.take("a")
    assert len(box) == 1


def test_refuses():
    try:
        Inventory().take("a")
    except LookupError as error:
        assert error.args == ("a",)
    else:
        raise AssertionError("nothing was raised")
"""
NAMES = test_names(TESTS)
_numbers = iter(range(10**9))


def program() -> Program:
    """A program that no cache has seen yet."""
    solution = SOLUTION.format(number=next(_numbers))
    files = (File("solution.py", solution), File("test_solution.py", TESTS))
    return Program(files)


def bare_fork() -> None:
    """The least that running a program in a process of its own can cost."""
    solution = SOLUTION.format(number=next(_numbers))
    codes = [
        compile(source, path, "exec")
        for source, path in ((solution, "solution.py"), (TESTS, "test.py"))
    ]
    child = os.fork()
    if child == 0:
        status = 1
        try:
            for name in NAMES:
                module = sys.modules["solution"] = ModuleType("solution")
                exec(codes[0], module.__dict__)
                tests = ModuleType("test_solution")
                exec(codes[1], tests.__dict__)
                tests.__dict__[name]()
            status = 0
        finally:
            os._exit(status)
    if os.waitpid(child, 0)[1]:
        raise RuntimeError("the bare program failed")


def run_in(sandbox: Sandbox, count: int) -> Callable[[], None]:
    """A call that runs so many programs and checks that they pass."""

    def run() -> None:
        outcomes = sandbox.run([program() for _ in range(count)])
        bad = [outcome for outcome in outcomes if not outcome.passed]
        if bad:
            raise RuntimeError(f"a program failed: {bad[0]}")

    return run


def tenth_percentiles(
    calls: dict[str, tuple[Callable[[], None], int]], rounds: int
) -> dict[str, float]:
    """Seconds a program for each of the calls, which take turns."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, (call, share) in calls.items():
            began = time.perf_counter()
            call()
            times[name].append((time.perf_counter() - began) / share)
    return {
        name: sorted(taken)[len(taken) // 10] for name, taken in times.items()
    }


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=200)
    rounds = parser.parse_args().rounds
    nothing = SandboxSettings(
        without=frozenset({"namespaces", "landlock", "seccomp", "rlimits"}),
        allow_unsafe=True,
    )
    with Sandbox() as full, Sandbox(nothing) as open_zygote:
        calls = {
            "bare fork": (bare_fork, 1),
            "zygote, no sandbox": (run_in(open_zygote, 1), 1),
            f"sandbox, tier {full.tier}": (run_in(full, 1), 1),
            f"batch of {BATCH}": (run_in(full, BATCH), BATCH),
        }
        for call, _ in calls.values():
            call()
        taken = tenth_percentiles(calls, rounds)
    for name, seconds in taken.items():
        print(f"{name:<20}{1000 * seconds:8.2f} ms a program")
    bare, zygote, alone, batch = taken.values()
    print(f"sandbox / zygote without one: {alone / zygote:.2f} (goal 1.35)")
    print(f"sandbox / bare fork:          {alone / bare:.2f} (goal 2.5)")
    print(f"alone / in a batch:           {alone / batch:.1f} (goal 6)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
