"""The claims of a tradeoff, measured in cells of several structures."""

from __future__ import annotations

from plse.proof.examination import Flaw, PointResult
from plse.proof.study import Study
from plse.stages.claims import measure, objection

__all__ = ["prove"]


def prove(study: Study) -> PointResult:
    """Measure every claim in a few cells; each must hold in all of them."""
    if not study.pattern.claims:
        return PointResult("claims", "skipped", "it makes no claims")
    samples = study.sound[: study.settings.claim_cells]
    if not samples:
        return PointResult("claims", "skipped", "no cell passes")
    flaws: dict[int, Flaw] = {}
    ratios: dict[int, list[float]] = {}
    measured = measure(
        [study.generator.claims(sample.cell) for sample in samples],
        study.tools.sandbox,
    )
    for sample, found in zip(samples, measured):
        for each in found:
            line = each.claim.line
            ratios.setdefault(line, []).append(
                each.more / max(each.less, 1)
            )
            if not each.holds:
                flaws.setdefault(
                    line,
                    Flaw(
                        objection(each),
                        line,
                        sample.plain_cell,
                        sample.index,
                        each.claim.says,
                    ),
                )
    return PointResult(
        name="claims",
        status="failed" if flaws else "passed",
        score=f"{len(ratios) - len(flaws)} of {len(ratios)} claims hold in "
        f"{len(samples)} cells",
        flaws=tuple(flaws.values()),
        facts={
            "claims": [
                {
                    "text": each.text,
                    "line": each.claim.line,
                    "by": each.claim.by,
                    "smallest_ratio": round(min(ratios[each.claim.line]), 2),
                }
                for each in measured[-1]
            ]
        },
    )
