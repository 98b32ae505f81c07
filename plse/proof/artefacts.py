"""The files of an orchestration fit each other, and run."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence

from plse.findings import Finding
from plse.proof.examination import Flaw, PointResult
from plse.proof.rehearsal import rehearse
from plse.proof.specialists import SPECIALISTS
from plse.proof.study import Study
from plse.samples import Sample

__all__ = ["prove"]

SHOWN = 12
"""Flaws that are reported."""


def prove(study: Study) -> PointResult:
    """What the stage found in any cell, what programs of others find in the
    distinct files of some, and what happens when steps are run."""
    if not study.pattern.files:
        return PointResult("artefacts", "skipped", "it renders no such files")
    settings = study.settings
    flaws: dict[str, Flaw] = {}
    failed = 0
    for verdict in study.verdicts:
        found = [f for f in verdict.findings if f.stage == "artefacts"]
        failed += bool(found)
        _add(study, flaws, verdict.sample, found)
    samples = [verdict.sample for verdict in study.verdicts]
    asked, missing = _consult(
        study, samples[: settings.artefact_cells], flaws
    )
    ran, left_out = 0, []
    for sample in study.sound[: settings.rehearsed_cells]:
        rehearsal = rehearse(sample, study.tools.sandbox)
        ran += rehearsal.ran
        left_out += rehearsal.left_out
        _add(study, flaws, sample, rehearsal.findings)
    score = f"{len(samples) - failed} of {len(samples)} cells fit"
    score += f", {ran} commands ran" if ran else ""
    if missing:
        score += (
            f"; NOT consulted, since not installed: {', '.join(missing)} "
            "(pip install 'plse[artefacts]')"
        )
    return PointResult(
        name="artefacts",
        status="failed" if flaws else "passed",
        score=score,
        flaws=tuple(list(flaws.values())[:SHOWN]),
        facts={
            "cells": len(samples),
            "consulted": asked,
            "missing": missing,
            "commands": ran,
            "left_out": list(dict.fromkeys(left_out)),
        },
    )


def _add(
    study: Study,
    flaws: dict[str, Flaw],
    sample: Sample,
    findings: Sequence[Finding],
) -> None:
    """Note findings, one for each line of the pattern file."""
    for finding in findings:
        flaw = study.flaw_of(sample, finding)
        place = finding.message.partition(":")[0]
        key = f"{flaw.line}" if flaw.line else f"{finding.side}: {place}"
        flaws.setdefault(key, flaw)


def _consult(
    study: Study, samples: Sequence[Sample], flaws: dict[str, Flaw]
) -> tuple[list[str], list[str]]:
    """Show files to the programs that know them.

    :returns: the names of those that were asked, and of those that would
        have been but are not installed.
    """
    asked: dict[str, None] = {}
    missing: dict[str, None] = {}
    seen: set[tuple[str, str, str]] = set()
    for sample in samples:
        for file in sample.files:
            for specialist in SPECIALISTS:
                key = (specialist.name, file.path, file.content)
                if not specialist.reads(file.path) or key in seen:
                    continue
                seen.add(key)
                if not specialist.is_there():
                    missing[specialist.name] = None
                    continue
                asked[specialist.name] = None
                try:
                    found = list(specialist.judge(file))
                except (subprocess.TimeoutExpired, ValueError) as error:
                    found = list(_gave_up(specialist.name, file.path, error))
                _add(study, flaws, sample, found)
    return list(asked), list(missing)


def _gave_up(name: str, path: str, error: Exception) -> Iterator[Finding]:
    yield Finding(
        "artefacts", f"{name} gave no answer: {type(error).__name__}", path
    )
