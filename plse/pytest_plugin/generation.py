"""The test module of every pattern file."""

from __future__ import annotations

import pytest

from plse.pytest_plugin.collection import PatternModule, chunk_name
from plse.pytest_plugin.libraries import Lesson
from plse.pytest_plugin.workshop import WORKSHOP, Workshop


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "positions" in metafunc.fixturenames:
        module = metafunc.definition.getparent(PatternModule)
        metafunc.parametrize("positions", module.positions, ids=chunk_name)


def test_pattern(request: pytest.FixtureRequest) -> None:
    """The pattern file is right, and what it says is proven."""
    lesson, workshop = _at_hand(request)
    _hold(workshop.examine(lesson))


def test_generate(positions: range, request: pytest.FixtureRequest) -> None:
    """These draws of the pattern give samples that pass every stage."""
    lesson, workshop = _at_hand(request)
    made = workshop.make(lesson, positions)
    properties = request.node.user_properties
    if made.receipt is not None:
        properties.append(("plse", made.receipt.as_text()))
    if made.disk:
        properties.append(("plse_disk", made.disk))
    _hold(made.complaint)


def _at_hand(request: pytest.FixtureRequest) -> tuple[Lesson, Workshop]:
    """The lesson of a test, and what this process works with.

    No fixtures: setting up two for every chunk costs more than all the rest
    of what pytest does for it.
    """
    lesson = request.node.getparent(PatternModule).lesson
    return lesson, request.config.stash[WORKSHOP]


def _hold(complaint: str) -> None:
    if complaint:
        pytest.fail(complaint, pytrace=False)
