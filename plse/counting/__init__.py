"""Counting what code does, by counters that are the same on every machine.

:mod:`plse.counting.meter` runs inside the sandbox, beside the code that it
counts; nothing outside of it is needed there. What each counter counts is in
the docstring of its class.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["EXACT", "METER_PATH", "meter_source"]

METER_PATH = "plse_meter.py"
"""What the meter is called in the folder of a program."""

EXACT = frozenset({"bytes_written", "calls", "comparisons", "iterations"})
"""Counters that give the same number on Python 3.10 to 3.13."""


def meter_source() -> str:
    """The text of the meter, to be laid beside a program."""
    return (Path(__file__).parent / "meter.py").read_text(encoding="utf-8")
