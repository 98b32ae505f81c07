"""The table, the page and the JSON of examinations."""

from __future__ import annotations

import json

import pytest

from plse.generator import Generator
from plse.proof import POINTS, report

from .conftest import TESTS


@pytest.fixture
def sound(examined):
    return examined("best practice")


@pytest.fixture
def spoilt(examined):
    return examined("anti-pattern", ("flags: [B018]", "flags: []"))


def test_the_table_has_a_line_for_each_pattern_and_a_sum(sound, spoilt):
    lines = report.table([sound, spoilt]).split("\n")
    assert lines[0].split() == ["pattern", *(point.name for point in POINTS)]
    assert lines[2].split()[0] == sound.pattern_id
    assert "FAIL" not in lines[2] and "FAIL" in lines[3]
    assert lines[-1].startswith("1 of 2 patterns stand")


def test_the_table_says_below_what_is_wrong(spoilt):
    assert f"contrast: {spoilt.path}:" in report.table([spoilt])


def test_a_table_of_nothing():
    assert "0 of 0 patterns stand" in report.table([])


def test_the_page_shows_points_details_and_five_samples(load, examined):
    pattern = load("anti-pattern")
    text = report.page(examined("anti-pattern"), Generator(pattern))
    for point in POINTS:
        assert f"  {point.name} " in text
    assert "pairs of options meet" in text
    assert "the mistake shows B018" in text
    assert text.count("\n--- proving.anti_patterns.lesson#") >= 4
    assert "Write `scale(" in text and "def scale(" in text


def test_the_page_of_a_tradeoff_states_its_claims(load, examined):
    text = report.page(examined("tradeoff"), Generator(load("tradeoff")))
    assert "A list compares far more often. Measured: " in text


def test_the_page_shows_the_files_of_an_orchestration(load, examined):
    pattern = load("orchestration")
    text = report.page(examined("orchestration"), Generator(pattern))
    assert "[Dockerfile]\nFROM python" in text
    assert "[.github/workflows/ci.yml]" in text


def test_survivors_are_shown_though_there_are_few(load, examined):
    pattern = load("best practice")
    examination = examined(
        "best practice",
        (TESTS, TESTS.replace("assert scale(0) == 0", "assert scale(9) > 9")),
        kill_rate=0.5,
    )
    text = report.page(examination, Generator(pattern))
    assert examination.passed, examination.failure()
    assert "survivor at " in text
    assert "\n    -" in text


def test_json_holds_everything(sound):
    data = json.loads(report.as_json([sound]))
    assert data["passed"] is True
    found = data["patterns"][0]
    assert found["pattern_id"] == sound.pattern_id
    assert [point["name"] for point in found["points"]] == [
        point.name for point in POINTS
    ]
