"""Facts that are kept on disk change nothing but the time."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from plse.loading import facts_store
from plse.loading.facts_store import FactsStore
from plse.registry import Library, load_library, load_pattern
from tests.loading.conftest import HERE, LESSON, errors_of

Put = Callable[..., Path]


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The templates that were read rather than remembered."""
    seen: list[str] = []
    read = facts_store.read_template

    def count(env: object, text: str) -> object:
        seen.append(text)
        return read(env, text)

    monkeypatch.setattr(facts_store, "read_template", count)
    return seen


@pytest.fixture
def store(tmp_path: Path) -> FactsStore:
    return FactsStore(tmp_path / "facts")


def test_a_second_process_reads_no_template(
    store: FactsStore, reads: list[str]
) -> None:
    root = HERE / "sound"

    def load() -> list[str]:
        patterns, errors = load_library(Library(root, "school", store=store))
        assert errors == []
        return [pattern.digest for pattern in patterns]

    first = load()
    assert len(reads) > 20
    reads.clear()
    assert load() == first
    assert reads == []


def test_what_is_edited_is_read_again(
    put: Put, shelf: Path, store: FactsStore, reads: list[str]
) -> None:
    path = put("idioms/join.yaml")
    for _ in range(2):
        load_pattern(path, Library(shelf, "a", store=store))
    count = len(reads)
    put("idioms/join.yaml", LESSON.replace("Write `", "Make `"))
    load_pattern(path, Library(shelf, "a", store=store))
    assert reads[count:] == ["Make `{{ name }}`."]
    assert len(list(store.folder.iterdir())) == 1


def test_errors_are_the_same_with_and_without_it(store: FactsStore) -> None:
    library = Library(HERE / "broken", "plse", store=store)
    for path in library.paths():
        twice = [list(map(str, errors_of(path, library))) for _ in range(2)]
        assert twice[0] == twice[1]
    assert not store.folder.exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b"\xff", b'{"engine": 1}', b'{"facts": {"a": 3}}'],
)
def test_a_damaged_store_is_as_good_as_none(
    put: Put, shelf: Path, store: FactsStore, content: bytes
) -> None:
    path = put("idioms/join.yaml")
    first = load_pattern(path, Library(shelf, "a", store=store))
    (file,) = store.folder.iterdir()
    sound = file.read_bytes()
    file.write_bytes(content)
    assert load_pattern(path, Library(shelf, "a", store=store)) == first
    assert file.read_bytes() == sound


def test_damaged_facts_of_this_engine(
    put: Put, shelf: Path, store: FactsStore
) -> None:
    path = put("idioms/join.yaml")
    first = load_pattern(path, Library(shelf, "a", store=store))
    (file,) = store.folder.iterdir()
    text = file.read_text("utf-8")
    file.write_text(text.replace('"name",1', '"name"'))
    assert load_pattern(path, Library(shelf, "a", store=store)) == first


def test_a_store_that_cannot_be_written(
    put: Put, shelf: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    store = FactsStore(tmp_path / "file" / "facts")
    path = put("idioms/join.yaml")
    assert load_pattern(path, Library(shelf, "a", store=store))


def test_the_default_is_the_users_cache(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert FactsStore.default().folder == tmp_path / "plse" / "templates"
    copy = shutil.copytree(HERE / "sound", tmp_path / "patterns")
    library = Library(copy, "school")
    load_library(library)
    kept = list(FactsStore.default().folder.iterdir())
    assert len(kept) == len(library.paths()) + 1
