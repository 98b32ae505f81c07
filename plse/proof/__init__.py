"""Proofs of a pattern: what every lesson shows before a sample is believed.

:func:`examine` runs the :data:`POINTS` and returns an :class:`Examination`,
which is kept in a :class:`ProofCache` for as long as nothing that it depends
on changes. Nothing here knows pytest.
"""

from __future__ import annotations

from plse.proof.cache import ProofCache
from plse.proof.examination import Examination, Flaw, PointResult
from plse.proof.points import POINTS, Point, examine
from plse.proof.settings import ProofSettings

__all__ = [
    "Examination",
    "Flaw",
    "POINTS",
    "Point",
    "PointResult",
    "ProofCache",
    "ProofSettings",
    "examine",
]
