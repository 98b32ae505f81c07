"""A proof is kept for as long as nothing that it depends on changes."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from plse.proof import Examination, ProofCache, examine
from plse.proof import points as points_module
from plse.proof.cache import proof_key
from plse.sandbox import Sandbox, SandboxSettings
from plse.validation import Tools

from .conftest import SMALL, SOLUTION


@pytest.fixture
def cache(tmp_path):
    return ProofCache(tmp_path / "proofs")


def test_a_kept_proof_needs_no_sandbox(load, tools, cache):
    pattern = load("best practice")
    first = examine(pattern, tools, cache, SMALL)
    with Sandbox(SandboxSettings()) as fresh:
        again = examine(pattern, Tools(fresh), cache, SMALL)
        assert len(fresh._pool.pids()) <= 1  # no more than to tell its tier
    assert again == first


def test_flaws_are_kept_as_they_were(load, tools, cache):
    pattern = load("anti-pattern", ("flags: [B018]", "flags: []"))
    first = examine(pattern, tools, cache, SMALL)
    again = examine(pattern, tools, cache, SMALL)
    assert not first.passed
    assert again == first
    assert again.failure() == first.failure()


def test_an_examination_survives_json(examined):
    examination = examined("tradeoff")
    plain = json.loads(json.dumps(examination.plain()))
    again = Examination.from_plain(plain, examination.path)
    assert json.loads(json.dumps(again.plain())) == plain


KEYS = {
    "the pattern": lambda pattern: (
        replace(pattern, digest="another"),
        SMALL,
        "A",
    ),
    "the settings": lambda pattern: (
        pattern,
        replace(SMALL, kill_rate=0.5),
        "A",
    ),
    "the sandbox": lambda pattern: (pattern, SMALL, "B"),
    "a required module": lambda pattern: (
        replace(
            pattern, requires=replace(pattern.requires, modules=("pytest",))
        ),
        SMALL,
        "A",
    ),
}


@pytest.mark.parametrize("change", KEYS)
def test_the_key_changes_with(load, change):
    pattern = load("best practice", (SOLUTION, SOLUTION))
    assert proof_key(pattern, SMALL, "A") == proof_key(pattern, SMALL, "A")
    assert proof_key(*KEYS[change](pattern)) != proof_key(pattern, SMALL, "A")


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "{}", '{"examination": "{}"}', '{"examination": 1}'],
)
def test_what_cannot_be_read_is_proven_again(load, tools, cache, content):
    pattern = load("best practice")
    key = proof_key(pattern, SMALL, tools.sandbox.tier)
    path = cache.folder / key[:2] / f"{key[2:]}.json"
    path.parent.mkdir(parents=True)
    path.write_text(content)
    assert examine(pattern, tools, cache, SMALL).passed
    kept = json.loads(json.loads(path.read_text())["examination"])
    assert kept["pattern_id"] == pattern.id


def test_what_cannot_be_written_is_no_failure(load, tools, tmp_path):
    (tmp_path / "proofs").write_text("a file where a folder should be")
    cache = ProofCache(tmp_path / "proofs")
    assert examine(load("best practice"), tools, cache, SMALL).passed


def test_what_is_unproven_is_not_kept(load, tools, cache):
    pattern = load("best practice")
    settings = replace(SMALL, cpu_seconds=0.0)
    assert not examine(pattern, tools, cache, settings).passed
    assert not list(cache.folder.rglob("*.json"))


def test_the_points_are_asked_in_their_order(load, tools, monkeypatch):
    asked = []

    def noting(point):
        def prove(study):
            asked.append(point.name)
            return point.prove(study)

        return replace(point, prove=prove)

    monkeypatch.setattr(
        points_module, "POINTS", tuple(map(noting, points_module.POINTS))
    )
    examine(load("best practice"), tools, None, SMALL)
    assert asked == [point.name for point in points_module.POINTS]
