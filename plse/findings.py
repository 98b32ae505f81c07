"""What a stage of validation finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Check", "Finding"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a sample.

    :param stage: name of the stage that found it.
    :param message: what is wrong, as a sentence without a full stop.
    :param side: which text of the sample: ``solution``, ``mistake``, the
        name of an alternative, ``instruction``, or the path of a file.
    :param line: 1-based line of that text; 0 when none can be named.
    :param code: a lint code, a status of the sandbox, or "".
    """

    stage: str
    message: str
    side: str
    line: int = 0
    code: str = ""

    def __str__(self) -> str:
        place = f"{self.side}:{self.line}" if self.line else self.side
        code = f"{self.code} " if self.code else ""
        return f"{self.stage}: {place}: {code}{self.message}"


@dataclass(frozen=True, slots=True)
class Check:
    """What one stage says of one sample.

    :param facts: JSON values by name, for the record's ``proof``.
    """

    findings: tuple[Finding, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)
