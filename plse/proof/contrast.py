"""The two sides of a lesson: what is taught passes, the mistake fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from plse.findings import Finding
from plse.proof.examination import Flaw, PointResult
from plse.proof.smallest import Rows, smallest_failing
from plse.proof.study import Rendered, Study
from plse.samples import Sample
from plse.validation import Verdict, validate

__all__ = ["prove"]

SHOWN = 3
"""Kinds of failure that are reported in full."""

Kind = tuple[str, str]


@dataclass(frozen=True)
class _Failure:
    """A cell that failed; without a sample, it did not even render."""

    index: int
    findings: tuple[Finding, ...]
    sample: Sample | None
    line: int = 0

    @property
    def kind(self) -> Kind:
        """Failures of one kind are taken to have one cause."""
        first = self.findings[0]
        return first.stage, first.code


def prove(study: Study) -> PointResult:
    """Validate cells in which all pairs of options meet.

    Failures are grouped by stage and code; of each group the smallest cell
    is searched for, and the options to blame are named.
    """
    failures = [
        failure
        for failure in (
            *map(_unrendered, study.rendered),
            *map(_rejected, study.verdicts),
        )
        if failure
    ]
    groups: dict[Kind, list[_Failure]] = {}
    for failure in failures:
        groups.setdefault(failure.kind, []).append(failure)
    looked = len(study.rendered)
    covering = study.covering
    return PointResult(
        name="contrast",
        status="failed" if failures else "passed",
        score=f"{looked - len(failures)} of {looked} cells",
        flaws=tuple(
            flaw
            for group in list(groups.values())[:SHOWN]
            for flaw in _flaws(study, group)
        ),
        facts={
            "cells": looked,
            "failed": len(failures),
            "pairs": covering.pairs,
            "pairs_covered": covering.covered,
            "kinds_of_failure": len(groups),
            "observed": _observed(study.verdicts),
        },
    )


def _unrendered(rendered: Rendered) -> _Failure | None:
    error = rendered.error
    if error is None:
        return None
    finding = Finding("render", error.cause, error.key)
    return _Failure(rendered.index, (finding,), None, error.line)


def _rejected(verdict: Verdict) -> _Failure | None:
    # Artefacts and claims are points of their own.
    if verdict.passed or verdict.findings[0].stage in ("artefacts", "claims"):
        return None
    return _Failure(verdict.sample.index, verdict.findings, verdict.sample)


def _flaws(study: Study, group: Sequence[_Failure]) -> list[Flaw]:
    """What failed in the smallest cell of a group, and who is to blame."""
    space, asks = study.generator.space, len(study.pattern.asks)
    first = group[0]
    phrasing = first.index % asks
    seen: dict[Rows, _Failure | None] = {}

    def judge(rows: Rows) -> _Failure | None:
        index = space.join(rows) * asks + phrasing
        rendered = study.render(index)
        if rendered.sample is None:
            return _unrendered(rendered)
        return _rejected(validate([rendered.sample], study.tools)[0])

    def fails(rows: Rows) -> bool:
        seen[rows] = judge(rows)
        failure = seen[rows]
        return failure is not None and failure.kind == first.kind

    blame = smallest_failing(
        space,
        tuple(space.rows(first.index // asks)),
        fails,
        study.settings.search,
    )
    smallest = seen.get(blame.rows) or first
    many = f"{len(group)} of {len(study.rendered)} cells fail like this"
    if blame.guilty:
        cell = study.plain(blame.rows)
        many += "; to blame: " + ", ".join(
            f"{name}={cell[name]}" for name in blame.guilty
        )
    else:
        many += "; no single option is to blame"
    if smallest.sample is None:
        finding = smallest.findings[0]
        return [
            Flaw(
                f"{finding} ({many})",
                smallest.line,
                study.plain(blame.rows),
                smallest.index,
            )
        ]
    flaws = [
        study.flaw_of(smallest.sample, finding)
        for finding in smallest.findings
    ]
    return [_with(flaws[0], many), *flaws[1:]]


def _with(flaw: Flaw, many: str) -> Flaw:
    return Flaw(
        f"{flaw.message} ({many})",
        flaw.line,
        flaw.cell,
        flaw.index,
        flaw.detail,
    )


def _observed(verdicts: Sequence[Verdict]) -> Mapping[str, object]:
    """How often each lint code and each failing test showed a mistake."""
    counts: dict[str, int] = {}
    for verdict in verdicts:
        mistake = verdict.proof.get("mistake")
        if not isinstance(mistake, Mapping):
            continue
        names = {flag["code"] for flag in mistake.get("flags", ())}
        names |= {
            f"{each['test']}: {each['exception']}"
            for each in mistake.get("fails", ())
        }
        for name in names:
            counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items()))
