"""However a run is cut up, and whoever makes it, its bytes are the same."""

import hashlib
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plse.dataset.manifest import manifest, manifest_text
from plse.dataset.merge import merge
from plse.dataset.plan import Chunk, Plan, RunSettings
from plse.dataset.spool import Line, Spool, SpoolError, json_line

SETTINGS = RunSettings(0, 100, ("write",), "record")


def make(folder, counts, size, rejected=frozenset(), order=None):
    """Spool the draws of several patterns in chunks; merge them."""
    folder.mkdir(exist_ok=True)
    spool = Spool(folder, SETTINGS)
    chunks = [
        Chunk(name, "d", first, min(first + size, count))
        for name, count in counts.items()
        for first in range(0, count, size)
    ]
    if order is not None:
        order.shuffle(chunks)
    receipts = {}
    for chunk in chunks:
        receipts[chunk] = spool.write(
            chunk,
            [
                Line(
                    position,
                    json_line({"id": f"{chunk.pattern}#{position}"}),
                    "style" * ((chunk.pattern, position) in rejected),
                )
                for position in range(chunk.first, chunk.end)
            ],
        )
    plan = Plan.of(SETTINGS, chunks)
    return spool, plan, receipts


def merged(folder, *arguments, **more):
    spool, plan, receipts = make(folder, *arguments, **more)
    result = merge(spool, plan, folder / "rows", folder / "rejects")
    return (
        (folder / "rows").read_bytes(),
        (folder / "rejects").read_bytes(),
        result,
        manifest_text(manifest(plan, result, receipts, (), "a", "b")),
    )


def ids(rows):
    return [json.loads(row)["id"] for row in rows.splitlines()]


def test_topics_are_interleaved_by_position_then_pattern(tmp_path):
    rows, rejects, _, _ = merged(
        tmp_path, {"b": 2, "a": 3}, 2, rejected={("b", 1)}
    )
    assert ids(rows) == ["a#0", "b#0", "a#1", "a#2"]
    assert ids(rejects) == ["b#1"]


@settings(deadline=None, max_examples=40)
@given(
    counts=st.dictionaries(
        st.sampled_from("abcde"), st.integers(1, 12), min_size=1
    ),
    size=st.integers(1, 13),
    order=st.integers(),
)
def test_chunks_and_their_order_do_not_show(
    tmp_path_factory, counts, size, order
):
    rejected = {("a", 1), ("c", 4)}
    once = merged(tmp_path_factory.mktemp("a"), counts, 500, rejected)
    again = merged(
        tmp_path_factory.mktemp("b"),
        counts,
        size,
        rejected,
        random.Random(order),
    )
    assert once == again


def test_a_file_is_counted_and_digested(tmp_path):
    rows, rejects, result, _ = merged(tmp_path, {"a": 9}, 2, {("a", 3)})
    assert result.dataset.rows == 8
    assert result.dataset.size == len(rows)
    assert result.dataset.sha256 == hashlib.sha256(rows).hexdigest()
    assert result.rejected.rows == 1
    assert result.rejected.sha256 == hashlib.sha256(rejects).hexdigest()


def test_overlapping_chunks_give_each_position_once(tmp_path):
    spool, plan, _ = make(tmp_path, {"a": 6}, 3)
    spool.write(
        Chunk("a", "d", 2, 4),
        [Line(at, json_line({"id": f"a#{at}"})) for at in (2, 3)],
    )
    plan = Plan.of(SETTINGS, [*plan.chunks, Chunk("a", "d", 2, 4)])
    merge(spool, plan, tmp_path / "rows", tmp_path / "rejects")
    assert sorted(ids((tmp_path / "rows").read_bytes())) == [
        f"a#{position}" for position in range(6)
    ]


def test_a_lost_chunk_leaves_a_gap_and_no_more(tmp_path):
    spool, plan, receipts = make(tmp_path, {"a": 4, "b": 4}, 2)
    lost = {Chunk("b", "d", 0, 2)}
    result = merge(spool, plan, tmp_path / "r", tmp_path / "x", lost)
    assert ids((tmp_path / "r").read_bytes()) == [
        "a#0", "a#1", "a#2", "b#2", "a#3", "b#3",
    ]
    patterns = manifest(plan, result, receipts, lost, "r", "x")["patterns"]
    assert [each["lost"] for each in patterns] == [0, 2]
    assert [each["passed"] for each in patterns] == [4, 2]


def test_a_chunk_that_is_damaged_stops_the_merge(tmp_path):
    spool, plan, _ = make(tmp_path, {"a": 4}, 2)
    path = spool.path(plan.chunks[1])
    path.write_bytes(path.read_bytes().replace(b"a#3", b"a#4"))
    with pytest.raises(SpoolError):
        merge(spool, plan, tmp_path / "rows", tmp_path / "rejects")


def test_the_manifest_counts_by_pattern_and_stage(tmp_path):
    *_, text = merged(tmp_path, {"a": 3, "b": 3}, 2, {("a", 0), ("a", 2)})
    value = json.loads(text)
    assert value["stages"] == {"style": 2}
    assert value["dataset"]["rows"] == 4
    assert [
        (each["id"], each["asked"], each["passed"], each["rejected"])
        for each in value["patterns"]
    ] == [("a", 3, 1, {"style": 2}), ("b", 3, 3, {})]
    assert str(tmp_path) not in text


def test_more_patterns_than_files_may_be_open(tmp_path):
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    counts = {f"p{number}": 2 for number in range(120)}
    spool, plan, _ = make(tmp_path, counts, 1)
    resource.setrlimit(resource.RLIMIT_NOFILE, (100, hard))
    try:
        result = merge(spool, plan, tmp_path / "rows", tmp_path / "rejects")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert result.dataset.rows == 240
