"""Patterns checked side by side, each in a process of its own sandbox."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from plse.chunks import Explorer, Settings, run_chunk
from plse.errors import PlseError
from plse.patterns import Pattern
from plse.proof import Examination, ProofCache, examine
from plse.registry import Library, load_pattern, open_library
from plse.reporting import explain_rejected
from plse.sandbox import Sandbox
from plse.store import JsonStore
from plse.validation import Tools

__all__ = ["LintReport", "examine_patterns", "lint_patterns"]

Result = TypeVar("Result")


@dataclass(frozen=True)
class LintReport:
    """What the check of one pattern found.

    :param samples: how many samples were validated.
    :param problems: texts to print; none if all is well.
    :param skipped: why none was validated on this machine, or "".
    """

    samples: int
    problems: tuple[str, ...]
    skipped: str = ""


def lint_patterns(
    patterns: Sequence[Pattern], library: Library, samples: int, jobs: int
) -> Iterator[tuple[Pattern, LintReport]]:
    """Validate the first draws of each pattern; results in order."""
    work = partial(_lint, root=library.root, samples=samples)
    yield from zip(patterns, _side_by_side(work, patterns, jobs))


def examine_patterns(
    patterns: Sequence[Pattern],
    library: Library,
    jobs: int,
    use_cache: bool,
) -> list[Examination]:
    """The whole examination of each pattern, in order."""
    work = partial(_examine, root=library.root, use_cache=use_cache)
    return list(_side_by_side(work, patterns, jobs))


def _side_by_side(
    work: Callable[[Path], Result], patterns: Sequence[Pattern], jobs: int
) -> Iterator[Result]:
    paths = [pattern.path for pattern in patterns]
    if min(jobs, len(paths)) <= 1:
        yield from map(work, paths)
        return
    # Not forked: a sandbox's helper must not inherit another's descriptors.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(jobs, len(paths)), context) as pool:
        yield from pool.map(work, paths)


def _lint(path: Path, root: Path, samples: int) -> LintReport:
    pattern = load_pattern(path, open_library(root))
    if unmet := pattern.requires.unmet():
        return LintReport(0, (), unmet)
    try:
        explorer = Explorer(
            pattern, Settings(), JsonStore.of_user("structures")
        )
        count = min(samples, explorer.exploration.capacity)
        with Sandbox() as sandbox:
            result = run_chunk(explorer, range(count), Tools(sandbox))
    except PlseError as error:
        return LintReport(0, (str(error),))
    return LintReport(
        count,
        tuple(
            explain_rejected(rejected, explorer.generator)
            for rejected in result.rejected
        ),
    )


def _examine(path: Path, root: Path, use_cache: bool) -> Examination:
    pattern = load_pattern(path, open_library(root))
    cache = ProofCache.default() if use_cache else None
    with Sandbox() as sandbox:
        return examine(pattern, Tools(sandbox), cache)
