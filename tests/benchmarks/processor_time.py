"""Processor seconds of this process and of all that a sandbox has started.

On a machine that others use, wall time says more of them than of this code;
processor time says what a run costs. The kernel counts it in ticks of some
milliseconds, so it needs a second of work to be worth reading.
"""

from __future__ import annotations

import os
import resource
from pathlib import Path

from plse.sandbox import Sandbox

__all__ = ["spent"]

_TICKS = os.sysconf("SC_CLK_TCK")


def spent(sandbox: Sandbox | None = None) -> float:
    """Seconds so far: of this process, its ended children, and a sandbox."""
    total = 0.0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        usage = resource.getrusage(who)
        total += usage.ru_utime + usage.ru_stime
    if sandbox is not None:
        total += sum(map(_of_tree, sandbox.processes))
    return total


def _of_tree(pid: int) -> float:
    """Of a running process, its ended children, and its running ones.

    A supervisor's zygote runs on and on, so its time is not yet counted as
    that of a child.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return 0.0
    own = sum(map(int, fields.split()[11:15])) / _TICKS
    return own + sum(_of_tree(int(child)) for child in children.split())
