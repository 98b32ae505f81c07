"""Sample → Verdict, in stages: cheap first, stop at the first that fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from plse.findings import Check, Finding
from plse.patterns import Pattern
from plse.samples import Sample
from plse.sandbox import Sandbox
from plse.stages import (
    artefacts,
    claims,
    contrast,
    execution,
    style,
    syntax,
)

__all__ = ["STAGES", "Stage", "Tools", "Verdict", "validate"]


@dataclass(frozen=True)
class Tools:
    """What the stages work with; made once for a process."""

    sandbox: Sandbox

    def serving(self, pattern: Pattern, group: str = "") -> Tools:
        """The tools for one pattern's code.

        Patterns from elsewhere are refused where the sandbox is too weak.

        :param group: what the sandbox stops early, all of it, when too many
            of its programs time out; without one, nothing is.
        """
        return replace(
            self, sandbox=self.sandbox.serving(group, pattern.is_bundled)
        )


@dataclass(frozen=True)
class Stage:
    """A step of validation: a name, and a callable from samples to checks."""

    name: str
    check: Callable[[Sequence[Sample], Tools], list[Check]]


STAGES: tuple[Stage, ...] = (
    Stage("syntax", syntax.check),
    Stage("style", style.check),
    Stage("artefacts", artefacts.check),
    Stage("execution", execution.check),
    Stage("contrast", contrast.check),
    Stage("claims", claims.check),
)


@dataclass(frozen=True)
class Verdict:
    """The outcome for a sample.

    :param findings: what the first stage that failed found; empty for a
        sample that passed every stage.
    :param proof: what the stages saw: JSON values by name.
    """

    sample: Sample
    findings: tuple[Finding, ...]
    proof: Mapping[str, object]

    @property
    def passed(self) -> bool:
        return not self.findings


def validate(samples: Sequence[Sample], tools: Tools) -> list[Verdict]:
    """A verdict for each sample, in order."""
    findings: list[tuple[Finding, ...]] = [()] * len(samples)
    proofs: list[dict[str, object]] = [{"stages": []} for _ in samples]
    for stage in STAGES:
        left = [at for at in range(len(samples)) if not findings[at]]
        if not left:
            break
        checks = stage.check([samples[at] for at in left], tools)
        for at, check in zip(left, checks):
            findings[at] = check.findings
            proofs[at].update(check.facts)
            if not check.findings:
                proofs[at]["stages"].append(stage.name)
    return [
        Verdict(sample, found, proof)
        for sample, found, proof in zip(samples, findings, proofs)
    ]
