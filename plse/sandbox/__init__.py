"""The only code that runs generated code: see README.md in this folder.

A :class:`Sandbox` runs a :class:`Program` (code and its tests) in a confined
child and returns an :class:`Outcome` that the code cannot forge cheaply.
"""

from __future__ import annotations

from .client import Sandbox
from .names import test_names
from .outcomes import (
    Command,
    CommandOutcome,
    Conditions,
    EvaluationError,
    Limits,
    Outcome,
    Program,
    TestResult,
)
from .settings import SandboxSettings

__all__ = [
    "Command",
    "CommandOutcome",
    "Conditions",
    "EvaluationError",
    "Limits",
    "Outcome",
    "Program",
    "Sandbox",
    "SandboxSettings",
    "TestResult",
    "test_names",
]
