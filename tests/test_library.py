"""The library that comes with the package, as a whole.

Each lesson is proven by its own test: `pytest patterns/`.
"""

from pathlib import Path

import pytest

from plse.catalogue import INDEX_NAME, entries, markdown
from plse.registry import load_library, open_library

ROOT = Path(__file__).parents[1] / "patterns"


@pytest.fixture(scope="module")
def library():
    return open_library(ROOT)


@pytest.fixture(scope="module")
def patterns(library):
    loaded, errors = load_library(library)
    assert not errors, "\n".join(map(str, errors))
    return loaded


def test_the_index_is_current(library, patterns):
    written = (ROOT / INDEX_NAME).read_text(encoding="utf-8")
    assert written == markdown(entries(patterns), library.title), (
        "run: plse list --output-markdown"
    )


def test_every_kind_of_lesson_is_there(patterns):
    kinds = [pattern.kind for pattern in patterns]
    least = {
        "best_practice": 3,
        "tradeoff": 2,
        "anti_pattern": 4,
        "orchestration": 2,
        "meta": 1,
    }
    for kind, number in least.items():
        assert kinds.count(kind) >= number, kind


def test_every_lesson_is_asked_for_in_many_voices(patterns):
    few = [each.id for each in patterns if len(each.asks) < 8]
    assert not few


def test_no_two_lessons_share_a_title(patterns):
    titles = [pattern.title for pattern in patterns]
    assert sorted(set(titles)) == sorted(titles)
