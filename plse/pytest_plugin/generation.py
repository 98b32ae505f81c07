"""The test module of every pattern file."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from plse.pytest_plugin.collection import PatternModule, chunk_name
from plse.pytest_plugin.libraries import Lesson
from plse.pytest_plugin.workshop import WORKSHOP, Workshop


@pytest.fixture
def lesson(request: pytest.FixtureRequest) -> Lesson:
    """The pattern file, and the pattern in it."""
    return request.node.getparent(PatternModule).lesson


@pytest.fixture
def workshop(request: pytest.FixtureRequest) -> Workshop:
    """What this process works with: sandbox, spool."""
    return request.config.stash[WORKSHOP]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "positions" in metafunc.fixturenames:
        module = metafunc.definition.getparent(PatternModule)
        metafunc.parametrize("positions", module.positions, ids=chunk_name)


def test_pattern(lesson: Lesson, workshop: Workshop) -> None:
    """The pattern file is right, and what it says is proven."""
    _hold(workshop.examine(lesson))


def test_generate(
    lesson: Lesson,
    positions: range,
    workshop: Workshop,
    record_property: Callable[[str, object], None],
) -> None:
    """These draws of the pattern give samples that pass every stage."""
    made = workshop.make(lesson, positions)
    if made.receipt is not None:
        record_property("plse", made.receipt.as_text())
    if made.disk:
        record_property("plse_disk", made.disk)
    _hold(made.complaint)


def _hold(complaint: str) -> None:
    if complaint:
        pytest.fail(complaint, pytrace=False)
