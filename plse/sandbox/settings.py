"""How a sandbox is set up, and how strong it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from .outcomes import Limits

__all__ = ["LAYERS", "SandboxSettings", "Tier", "tier_of"]

Tier = Literal["A", "B", "C"]

# Every layer, and what is lost without it.
LAYERS: Mapping[str, str] = {
    "namespaces": "own files, network and process numbers",
    "landlock": "rules for files that hold whoever the user is",
    "seccomp": "a list of allowed system calls",
    "rlimits": "bounds on memory, processor time and files",
    "memfd": "reports in memory instead of in the scratch folder",
    "pidfd": "waiting for a process without asking again and again",
}
_NEEDED: Mapping[Tier, frozenset[str]] = {
    "A": frozenset({"namespaces", "landlock", "seccomp", "rlimits"}),
    "B": frozenset({"landlock", "seccomp", "rlimits"}),
}


def tier_of(layers: frozenset[str]) -> Tier:
    """The tier that these layers make: A, B, or C for anything weaker."""
    for tier, needed in _NEEDED.items():
        if needed <= layers:
            return tier
    return "C"


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """What a user or a test asks of the sandbox.

    :param tier: use no layer beyond this tier, to see what a weaker platform
        would do; None for the strongest there is.
    :param without: layers to treat as missing on this platform.
    :param allow_unsafe: run code that is not trusted in tier C, too.
    :param ceiling: what a program may ask for at most.
    :param batch: how many programs share a child at most.
    :param timeouts: how many programs of one group may time out before the
        rest of the group is not run any more.
    """

    tier: Tier | None = None
    without: frozenset[str] = frozenset()
    allow_unsafe: bool = False
    ceiling: Limits = Limits(
        cpu_seconds=60.0,
        wall_seconds=120.0,
        memory_mb=4096,
        file_mb=256,
        files=4096,
        output_kb=1024,
        processes=64,
        loopback=True,
    )
    batch: int = 25
    timeouts: int = 3

    def layers(self) -> frozenset[str]:
        """The layers to try."""
        left_out = set(self.without)
        if self.tier in ("B", "C"):
            left_out.add("namespaces")
        if self.tier == "C":
            left_out |= {"landlock", "seccomp"}
        return frozenset(LAYERS) - left_out
