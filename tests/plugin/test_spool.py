"""A chunk is whole or absent, and is never taken for another."""

import os
import time

import pytest

from plse.dataset import spool as spool_module
from plse.dataset.plan import Chunk, Plan, RunSettings
from plse.dataset.spool import (
    Line,
    Receipt,
    Spool,
    SpoolError,
    encoded,
)

SETTINGS = RunSettings(0, 100, ("write", "fix"), "record")
CHUNK = Chunk("plse.io.open", "d1", 5, 9)
LINES = [
    Line(8, b'{"id": "c"}'),
    Line(5, b'{"id": "a"}'),
    Line(6, b'{"id": "b"}', "style"),
]


@pytest.fixture
def spool(tmp_path):
    return Spool(tmp_path, SETTINGS)


def test_a_chunk_reads_back_in_order_of_position(spool):
    receipt = spool.write(CHUNK, LINES)
    read = [
        (line.position, line.text, bool(line.stage))
        for line in spool.lines(CHUNK)
    ]
    assert read == [
        (5, b'{"id": "a"}', False),
        (6, b'{"id": "b"}', True),
        (8, b'{"id": "c"}', False),
    ]
    assert (receipt.passed, receipt.rejected) == (2, {"style": 1})
    assert spool.receipt(CHUNK) == receipt
    assert not receipt.is_clean


def test_a_chunk_without_lines_is_whole(spool):
    receipt = spool.write(CHUNK, [])
    assert spool.receipt(CHUNK) == receipt
    assert list(spool.lines(CHUNK)) == []


def test_rows_longer_than_a_block_are_read_whole(spool, monkeypatch):
    monkeypatch.setattr(spool_module, "BLOCK", 7)
    spool.write(CHUNK, [Line(5, b'{"x": "%s"}' % (b"y" * 100))])
    assert [len(line.text) for line in spool.lines(CHUNK)] == [109]


def test_a_receipt_travels_in_some_hundred_bytes():
    receipt = Receipt(500, {"execution": 3, "style": 12}, "0" * 64)
    text = receipt.as_text()
    assert len(text) < 130
    assert Receipt.from_text(text).rejected == receipt.rejected


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda text: text[:-9], id="cut at the end"),
        pytest.param(lambda text: text[: len(text) // 3], id="cut in a row"),
        pytest.param(lambda text: text.replace(b'"a"', b'"z"'), id="changed"),
        pytest.param(lambda text: text[12:], id="begins late"),
        pytest.param(lambda text: b"", id="empty"),
        pytest.param(lambda text: b"\0" * len(text), id="zeros"),
    ],
)
def test_a_damaged_chunk_is_as_good_as_absent(spool, damage):
    spool.write(CHUNK, LINES)
    path = spool.path(CHUNK)
    path.write_bytes(damage(path.read_bytes()))
    assert spool.receipt(CHUNK) is None
    with pytest.raises(SpoolError, match=str(path.parent)):
        list(spool.lines(CHUNK))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param((CHUNK, RunSettings(1, 100, ("write", "fix"), "record")),
                     id="seed"),
        pytest.param((CHUNK, RunSettings(0, 100, ("write",), "record")),
                     id="tasks"),
        pytest.param((CHUNK, RunSettings(0, 100, ("write", "fix"), "alpaca")),
                     id="format"),
        pytest.param((Chunk("plse.io.open", "d2", 5, 9), SETTINGS),
                     id="edited pattern"),
        pytest.param((Chunk("plse.io.open", "d1", 5, 8), SETTINGS),
                     id="range"),
    ],
)
def test_a_chunk_made_otherwise_is_not_found(spool, tmp_path, other):
    spool.write(CHUNK, LINES)
    chunk, settings = other
    assert Spool(tmp_path, settings).receipt(chunk) is None


def test_a_chunk_serves_a_run_of_another_size(spool, tmp_path):
    spool.write(CHUNK, LINES)
    larger = RunSettings(0, 5000, ("fix", "write"), "record")
    assert Spool(tmp_path, larger).receipt(CHUNK) is not None


def test_a_chunk_made_by_another_engine_is_not_found(spool, monkeypatch):
    spool.write(CHUNK, LINES)
    monkeypatch.setattr(spool_module, "engine_fingerprint", lambda: "other")
    assert spool.receipt(CHUNK) is None


def test_a_writer_that_fails_leaves_nothing(spool, tmp_path):
    def lines():
        yield LINES[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        spool.write(CHUNK, lines())
    assert list(tmp_path.iterdir()) == []


def test_the_plan_is_kept_until_the_run_has_ended(spool):
    plan = Plan.of(SETTINGS, [CHUNK])
    assert spool.plan() is None
    spool.keep_plan(plan)
    spool.write(CHUNK, LINES)
    assert spool.plan() == plan
    spool.discard(plan)
    assert spool.plan() is None
    assert spool.leftovers() == 0


def test_a_plan_that_cannot_be_read_is_none(spool, tmp_path):
    for text in ("", "[]", '{"run": 1}', "{", '{"settings": 3}'):
        (tmp_path / "plan.json").write_text(text)
        assert spool.plan() is None


def test_sweeping_removes_what_is_of_no_use(spool, tmp_path):
    other_run = Spool(tmp_path, RunSettings(7, 100, ("write",), "record"))
    plan = Plan.of(SETTINGS, [CHUNK])
    kept = [
        spool.write(CHUNK, LINES) and spool.path(CHUNK),
        other_run.write(CHUNK, LINES) and other_run.path(CHUNK),
    ]
    edited = Chunk("plse.io.open", "before the edit", 0, 5)
    forgotten = Chunk("plse.io.close", "d1", 0, 5)
    recent = Chunk("plse.io.seek", "d1", 0, 5)
    for chunk in (edited, forgotten, recent):
        spool.write(chunk, LINES)
    kept.append(spool.path(recent))
    past = time.time() - spool_module.SHELF_LIFE - 60
    os.utime(spool.path(forgotten), (past, past))
    os.utime(spool.path(CHUNK), (past, past))
    (tmp_path / "x.chunk.77-0.part").write_text("half a ch")
    (tmp_path / "new.jsonl").write_text("half a dataset")
    spool.sweep(plan)
    assert set(tmp_path.iterdir()) == set(kept)


def test_lone_surrogates_are_escaped():
    assert encoded('{"a":"\ud800é"}') == b'{"a":"\\ud800\xc3\xa9"}'


def test_a_run_is_named_by_what_it_makes_not_by_how_it_is_cut():
    def run(*ranges, **changes):
        settings = RunSettings(
            **{
                "seed": 0,
                "samples": 9,
                "tasks": ("fix",),
                "format": "record",
                **changes,
            }
        )
        chunks = [Chunk("p", "d", *positions) for positions in ranges]
        return Plan.of(settings, chunks).run

    assert run((0, 3), (3, 9)) == run((0, 9)) == run((3, 9), (0, 3))
    names = {
        run((0, 9)),
        run((0, 8)),
        run((1, 9)),
        run((0, 3), (4, 9)),
        run((0, 9), seed=1),
        run((0, 9), tasks=("write",)),
        run((0, 9), format="alpaca"),
    }
    assert len(names) == 7
