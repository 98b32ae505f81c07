"""POINTS: everything that a lesson must prove, in the order of proof."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

from plse.errors import SandboxError, SpaceError
from plse.patterns import Pattern
from plse.proof import (
    artefacts,
    contrast,
    extent,
    hermetic,
    instruction,
    teeth,
    tradeoff,
)
from plse.proof.cache import ProofCache, proof_key
from plse.proof.examination import Examination, Flaw, PointResult
from plse.proof.settings import ProofSettings
from plse.proof.study import Study
from plse.validation import Tools

__all__ = ["POINTS", "Point", "examine"]


@dataclass(frozen=True)
class Point:
    """A thing to prove: a name, and a callable from a study to a result."""

    name: str
    asks: str
    prove: Callable[[Study], PointResult]


POINTS: tuple[Point, ...] = (
    Point(
        "space",
        "the space is large and varied, and every part of the file counts",
        extent.prove,
    ),
    Point(
        "contrast",
        "the solution passes and the mistake fails as stated, in every pair "
        "of options",
        contrast.prove,
    ),
    Point(
        "teeth",
        "the tests notice mutants, stubs and turned assertions",
        teeth.prove,
    ),
    Point(
        "hermetic",
        "the verdict is the same under other hash seeds, time zones, "
        "locales, clocks and test orders",
        hermetic.prove,
    ),
    Point(
        "claims",
        "what a tradeoff says of its alternatives holds when it is counted",
        tradeoff.prove,
    ),
    Point(
        "artefacts",
        "the files of an orchestration fit each other, and run",
        artefacts.prove,
    ),
    Point(
        "instruction",
        "what the tests use of the code is named in what the reader is given",
        instruction.prove,
    ),
)


def examine(
    pattern: Pattern,
    tools: Tools,
    cache: ProofCache | None = None,
    settings: ProofSettings | None = None,
) -> Examination:
    """All points of a pattern, from the cache where they stand there.

    :param cache: None to prove everything again.
    :param settings: thresholds and budgets; the usual ones if None.
    :raises SandboxError: if the sandbox cannot do its work.
    """
    settings = settings or ProofSettings()
    unmet = pattern.requires.unmet()
    key = proof_key(pattern, settings, tools.sandbox.tier)
    path = str(pattern.path)
    if unmet:
        skipped = [PointResult(each.name, "skipped", unmet) for each in POINTS]
        return Examination(pattern.id, path, key, tuple(skipped))
    if cache is not None:
        stored = _stored(cache, key, path)
        if stored is not None:
            return stored
    started = time.process_time()
    study = Study(pattern, tools.serving(pattern), settings)
    points: list[PointResult] = []
    for point in POINTS:
        spent = time.process_time() - started
        if spent > settings.cpu_seconds:
            points.append(
                PointResult(
                    point.name,
                    "unproven",
                    f"not begun: {spent:.0f} s of processor time were spent, "
                    f"{settings.cpu_seconds:g} s may be",
                )
            )
            continue
        points.append(_prove(point, study))
    examination = Examination(
        pattern.id,
        path,
        key,
        tuple(points),
        round(time.process_time() - started, 3),
    )
    if cache is not None and not _passing_weather(examination):
        # As text, so that cells keep the order of their parameters.
        cache.store(key, {"examination": json.dumps(examination.plain())})
    return examination


def _stored(cache: ProofCache, key: str, path: str) -> Examination | None:
    """What the cache holds, if this engine has written it."""
    stored = cache.load(key)
    if stored is None:
        return None
    try:
        return Examination.from_plain(json.loads(stored["examination"]), path)
    except (KeyError, TypeError, ValueError):
        return None


def _prove(point: Point, study: Study) -> PointResult:
    try:
        return point.prove(study)
    except SandboxError:
        raise
    except SpaceError as error:
        return PointResult(
            point.name, "failed", "no space", (Flaw(str(error)),)
        )


def _passing_weather(examination: Examination) -> bool:
    """Whether the machine, not the pattern, may have decided the outcome."""
    return any(point.status == "unproven" for point in examination.points)
