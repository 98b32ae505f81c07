"""What an examination says of a pattern: points, their scores, their flaws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

__all__ = ["Examination", "Flaw", "PointResult", "Status"]

Status = Literal["passed", "failed", "skipped", "unproven"]
"""``skipped``: it does not apply, or a tool is missing, as the score says.
``unproven``: the proof was flaky, or broke its budget, so nothing is known.
"""


@dataclass(frozen=True)
class Flaw:
    """One thing that a proof found wrong with a pattern.

    :param message: what is wrong, as a sentence without a full stop.
    :param line: 1-based line of the pattern file; 0 when none can be named.
    :param cell: option by parameter name, as JSON shows them; empty where the
        flaw is not one of a cell.
    :param index: the address of a sample that shows it; -1 without a cell.
    :param detail: lines to print below, such as a diff; or "".
    """

    message: str
    line: int = 0
    cell: Mapping[str, object] = field(default_factory=dict)
    index: int = -1
    detail: str = ""

    def text(self, path: str) -> str:
        """The flaw for people, beginning with ``path:line:``."""
        place = f"{path}:{self.line}" if self.line else path
        lines = [f"{place}: {self.message}"]
        if self.cell:
            options = ", ".join(f"{k}={v}" for k, v in self.cell.items())
            lines.append(f"    cell: {options} (index {self.index})")
        lines += [f"    {line}" for line in self.detail.splitlines()]
        return "\n".join(lines)


@dataclass(frozen=True)
class PointResult:
    """One point of an examination.

    :param name: the point's name.
    :param score: what was reached, in a few words: ``96 of 96 cells``.
    :param facts: JSON values by name, for reports.
    """

    name: str
    status: Status
    score: str
    flaws: tuple[Flaw, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Examination:
    """All points of one pattern.

    :param path: the pattern file, for messages; not part of the proof.
    :param key: what the proof depends on, as a digest.
    :param cpu_seconds: processor time of this process that it took.
    """

    pattern_id: str
    path: str
    key: str
    points: tuple[PointResult, ...]
    cpu_seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether every point that applies is proven."""
        return all(
            point.status in ("passed", "skipped") for point in self.points
        )

    @property
    def flaws(self) -> tuple[Flaw, ...]:
        """Everything that is wrong, in the order of the points."""
        return tuple(flaw for point in self.points for flaw in point.flaws)

    def point(self, name: str) -> PointResult:
        """The point of that name; KeyError if there is none."""
        for point in self.points:
            if point.name == name:
                return point
        raise KeyError(name)

    def failure(self) -> str:
        """Every flaw, and every point that stayed unproven, for people."""
        lines: list[str] = []
        for point in self.points:
            if point.status == "unproven" and not point.flaws:
                lines.append(f"{self.path}: {point.name}: {point.score}")
            lines += [
                f"{point.name}: {flaw.text(self.path)}" for flaw in point.flaws
            ]
        return "\n".join(lines)

    def plain(self) -> dict[str, Any]:
        """The examination as JSON values."""
        return asdict(self) | {"passed": self.passed}

    @classmethod
    def from_plain(cls, data: Mapping[str, Any], path: str) -> Examination:
        """What :meth:`plain` gave; ``path`` is where the file lies now.

        :raises KeyError, TypeError: if it is something else.
        """
        return cls(
            pattern_id=str(data["pattern_id"]),
            path=path,
            key=str(data["key"]),
            points=tuple(_point(point) for point in data["points"]),
            cpu_seconds=float(data["cpu_seconds"]),
        )


def _point(data: Mapping[str, Any]) -> PointResult:
    flaws: Sequence[Mapping[str, Any]] = data["flaws"]
    return PointResult(
        name=data["name"],
        status=data["status"],
        score=data["score"],
        flaws=tuple(Flaw(**flaw) for flaw in flaws),
        facts=dict(data["facts"]),
    )
