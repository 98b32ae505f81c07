"""The tools that people load data with read a dataset of any size.

These packages are large, so they are tested in an environment of their own:
``tox -e loaders``.
"""

import json

import pytest

from plse.dataset.formats import FORMATS, row_in
from plse.dataset.records import COLUMNS
from plse.tasks import record_of

from ..engine.conftest import (  # noqa: F401
    choosing,
    doubling,
    forgetting,
    library,
    scripting,
)

PROOF = {"stages": ["syntax"], "tests": 2}
BLOCK = 10 << 20
"""Bytes after which `datasets` has settled a schema and reads on."""


@pytest.fixture
def large(tmp_path, doubling, scripting, forgetting):  # noqa: F811
    """A file whose first block is all of one kind, and the rest of others."""
    path = tmp_path / "training_dataset.jsonl"
    plain = record_of(doubling.sample(0), PROOF).row()
    line = json.dumps(plain) + "\n"
    others = [
        record_of(generator.sample(index), PROOF).row()
        for generator in (scripting, forgetting)
        for index in range(generator.size)
    ]
    with open(path, "w") as lines:
        count = BLOCK // len(line) + 1
        lines.write(line * count)
        for row in others:
            lines.write(json.dumps(row) + "\n")
    return path, count + len(others)


def test_datasets(large, tmp_path):
    datasets = pytest.importorskip("datasets", reason="tox -e loaders")
    path, rows = large
    loaded = datasets.load_dataset(
        "json",
        data_files=str(path),
        split="train",
        cache_dir=str(tmp_path / "cache"),
    )
    assert loaded.num_rows == rows
    assert loaded.column_names == list(COLUMNS)
    last = loaded[-1]
    assert last["pattern"] == "small.anti_patterns.forgetting"
    assert last["files"][0]["path"] == "solution.py"


def test_pandas(large):
    pandas = pytest.importorskip("pandas", reason="tox -e loaders")
    path, rows = large
    loaded = pandas.read_json(path, lines=True)
    assert loaded.shape == (rows, len(COLUMNS))
    assert not loaded.isnull().any().any()


def test_arrow(large):
    pytest.importorskip("pyarrow", reason="tox -e loaders")
    from pyarrow import json as arrow

    path, rows = large
    table = arrow.read_json(path)
    assert table.num_rows == rows
    assert str(table.schema.field("files").type).startswith("list<")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_loads(name, forgetting, tmp_path):  # noqa: F811
    datasets = pytest.importorskip("datasets", reason="tox -e loaders")
    path = tmp_path / "rows.jsonl"
    rows = [
        row
        for index in range(forgetting.size)
        if (row := row_in(name, record_of(forgetting.sample(index), PROOF)))
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    loaded = datasets.load_dataset(
        "json",
        data_files=str(path),
        split="train",
        cache_dir=str(tmp_path / "cache"),
    )
    assert loaded.column_names == list(rows[0])
    assert loaded.num_rows == len(rows)
