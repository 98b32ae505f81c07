"""What a run says of itself in pytest's header and at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from plse import __version__
from plse.pytest_plugin.options import Options
from plse.pytest_plugin.production import Result

if TYPE_CHECKING:
    from plse.registry import Library

__all__ = ["header", "summary"]


def header(options: Options, libraries: Sequence[Library]) -> list[str]:
    """The lines above the tests."""
    names = ", ".join(
        f"{library.title or library.name} ({len(library.paths())} patterns)"
        for library in libraries
    )
    settings = [f"{options.samples:,} samples", f"seed {options.seed}"]
    if options.format != "record":
        settings.append(f"format {options.format}")
    if len(options.tasks) < 3:
        settings.append(f"tasks {', '.join(options.tasks)}")
    return [f"plse: {__version__}, {names}, {', '.join(settings)}", _sandbox()]


def _sandbox() -> str:
    from plse.errors import SandboxError
    from plse.sandbox import Sandbox

    try:
        with Sandbox() as sandbox:
            tier, missing = sandbox.tier, ", ".join(sorted(sandbox.missing))
    except SandboxError as error:
        return f"plse sandbox: {error}"
    without = f", without {missing}" if missing else ""
    return f"plse sandbox: tier {tier}{without}"


def summary(
    reporter: pytest.TerminalReporter,
    result: Result,
    seconds: float,
    retried: int,
) -> None:
    """The section below the tests: a table, what became of it, what next."""
    quiet = reporter.config.get_verbosity()
    if quiet < -1:
        return
    if quiet >= 0:
        reporter.section("plse")
        for line in _table(result):
            reporter.line(line)
        reporter.line("")
    for line, is_bad in _outcome(result, seconds, retried):
        reporter.line(line, red=is_bad)
    if quiet >= 0:
        for line in _next_steps(result):
            reporter.line(line)


def _table(result: Result) -> Iterator[str]:
    """A line a pattern: samples asked for, passed, rejected by stage."""
    asked: Counter[str] = Counter()
    passed: Counter[str] = Counter()
    rejected: dict[str, Counter[str]] = {}
    for chunk in result.chunks:
        asked[chunk.pattern] += len(chunk)
        receipt = result.receipts.get(chunk)
        if receipt is not None:
            passed[chunk.pattern] += receipt.passed
            stages = rejected.setdefault(chunk.pattern, Counter())
            stages.update(receipt.rejected)
    width = max(len("pattern"), *map(len, asked))
    yield f"{'pattern':<{width}}  samples   passed  rejected"
    for name in sorted(asked):
        stages = ", ".join(
            f"{number} {stage}"
            for stage, number in sorted(rejected.get(name, {}).items())
        )
        line = f"{name:<{width}}  {asked[name]:>7,}  {passed[name]:>7,}"
        yield f"{line}  {stages}".rstrip()


def _outcome(
    result: Result, seconds: float, retried: int
) -> Iterator[tuple[str, bool]]:
    """What became of the dataset; True with what is less than asked for."""
    outputs = result.outputs
    name = _shown(outputs.dataset)
    if result.ending == "written":
        rows = result.merged.dataset.rows if result.merged else 0
        speed = result.passed / seconds if seconds else 0
        yield f"{rows:,} records in {name} ({speed:,.0f} samples a second)", (
            False
        )
        if result.aside is not None:
            yield (
                f"the dataset of another run is now {_shown(result.aside)}",
                False,
            )
    if retried:
        yield (
            f"{_chunks(retried)} made again after a worker died",
            False,
        )
    for chunk in sorted(result.lost):
        yield f"LOST {chunk}: its worker died twice", True
    shortfall = result.asked - result.passed
    if shortfall > 0 and result.ending == "written":
        planned = sum(map(len, result.chunks))
        rejected = sum(
            sum(receipt.rejected.values())
            for receipt in result.receipts.values()
        )
        yield (
            f"{shortfall:,} of {result.asked:,} samples are missing: "
            + ", ".join(
                part
                for part in (
                    f"{rejected:,} were rejected ({_shown(outputs.rejected)})"
                    * bool(rejected),
                    f"the spaces hold no more than {planned:,}"
                    * (planned < result.asked),
                    f"{_chunks(len(result.lost))} lost" * bool(result.lost),
                )
                if part
            ),
            True,
        )
    if result.ending != "written":
        yield from _unwritten(result, name)


def _unwritten(result: Result, name: str) -> Iterator[tuple[str, bool]]:
    exists = result.outputs.dataset.exists()
    state = f"{name} is left as it was" if exists else f"{name} is not written"
    spool = _shown(result.outputs.spool)
    again = f"{_count(result.kept, 'finished chunk')} kept in {spool}"
    if result.ending == "stopped":
        yield f"stopped: {state}; {again}", True
        yield "the same command goes on from there", False
    elif result.ending == "incomplete":
        missing = len(result.chunks) - len(result.receipts) - len(result.lost)
        yield f"{_chunks(missing)} not made: {state}; {again}", True
        yield "the same command makes only what is missing", False
    elif result.ending == "filled":
        yield (
            f"{_count(result.absent, 'chunk')} of the run still to be made: "
            f"{state}; {again}",
            False,
        )
        yield "the command that began the run makes them", False
    elif result.ending == "tests":
        yield (
            f"single chunks do not replace a dataset: {state}; run the "
            "whole selection, or name another --plse-output",
            False,
        )
    else:
        yield f"the dataset cannot be written: {result.cause}", True
        yield f"{state}; {again}", True


def _next_steps(result: Result) -> Iterator[str]:
    if result.ending != "written" or not result.chunks:
        return
    name = _shown(result.outputs.dataset)
    pattern = result.chunks[0].pattern
    yield ""
    yield f"look:      head -n 1 {name} | python -m json.tool"
    yield f"a sample:  plse show {pattern} --random"
    yield "more:      pytest patterns -n auto --plse-samples 1000"


def _chunks(number: int) -> str:
    return f"{_count(number, 'chunk')} {'was' if number == 1 else 'were'}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _shown(path: Path) -> str:
    """A path as a person in this folder would write it."""
    with_cwd = Path.cwd()
    if path.is_relative_to(with_cwd):
        return str(path.relative_to(with_cwd))
    return str(path)
