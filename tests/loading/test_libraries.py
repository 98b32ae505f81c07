"""What is wrong between files, and in library.yaml."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from plse.errors import LibraryError
from plse.registry import (
    cross_check,
    load_library,
    load_pattern,
    open_library,
)
from tests.loading.conftest import LESSON

Put = Callable[..., Path]


def needing(*needs: str) -> str:
    listed = ", ".join(f"plse.idioms.{need}" for need in needs)
    return LESSON.replace("why:", f"needs: [{listed}]\nwhy:")


def test_a_need_that_does_not_exist(put: Put, shelf: Path) -> None:
    put("idioms/join.yaml", needing("slicing", "slice"))
    put("idioms/slicing.yaml")
    patterns, (error,) = load_library(open_library(shelf))
    assert len(patterns) == 2
    assert (error.path.name, error.line) == ("join.yaml", 4)
    assert error.cause == "there is no lesson `plse.idioms.slice`"
    assert error.remedy == "did you mean `plse.idioms.slicing`?"


def test_a_need_that_is_broken_exists(put: Put, shelf: Path) -> None:
    put("idioms/join.yaml", needing("slicing"))
    put("idioms/slicing.yaml", "title: {{ x }}\n")
    _, errors = load_library(open_library(shelf))
    assert {error.path.name for error in errors} == {"slicing.yaml"}


def test_needs_that_form_a_circle(put: Put, shelf: Path) -> None:
    put("idioms/a.yaml", needing("b"))
    put("idioms/b.yaml", needing("c", "d"))
    put("idioms/c.yaml", needing("a"))
    put("idioms/d.yaml")
    put("idioms/e.yaml", needing("a"))
    _, errors = load_library(open_library(shelf))
    assert [error.path.name for error in errors] == [
        "a.yaml",
        "b.yaml",
        "c.yaml",
    ]
    circle = " → ".join(f"plse.idioms.{name}" for name in "abca")
    assert errors[0].cause == f"the needs form a circle: {circle}"
    assert errors[0].line == 4


def test_a_lesson_that_needs_itself(put: Put, shelf: Path) -> None:
    put("idioms/a.yaml", needing("a"))
    _, (error,) = load_library(open_library(shelf))
    assert "plse.idioms.a → plse.idioms.a" in error.cause


def test_two_files_with_one_id(put: Put, shelf: Path, tmp_path: Path) -> None:
    first = load_pattern(put("idioms/join.yaml"), open_library(shelf))
    other = tmp_path / "other" / "idioms" / "join.yaml"
    other.parent.mkdir(parents=True)
    other.write_text(LESSON)
    second = load_pattern(other, open_library(tmp_path / "other"))
    (error,) = cross_check([first, second])
    assert error.path == other
    assert f"{first.path} has the same id, plse.idioms.join" in error.cause


def test_two_suffixes_with_one_id(put: Put, shelf: Path) -> None:
    put("idioms/join.yaml")
    put("idioms/join.yml")
    patterns, errors = load_library(open_library(shelf))
    assert len(patterns) == 1
    assert {error.path.name for error in errors} == {"join.yml"}


def test_a_fragment_is_checked_by_itself(put: Put, shelf: Path) -> None:
    path = put("_fragments/one.jinja", "\n{{ 1 | shout }}\n{% macro x() %}\n")
    other = put("_fragments/two.jinja", "\n{{ 1 | shout }}\n")
    _, errors = load_library(open_library(shelf))
    assert [(error.path, error.line) for error in errors] == [
        (path, 3),
        (other, 2),
    ]
    assert errors[1].cause == "there is no filter `shout`"


FRAGMENT = """\
{% macro plain(name) %}{{ name }}{% endmacro %}
{% macro greedy() %}
{{ name }}
{% endmacro %}
"""


@pytest.mark.parametrize(
    ("taken", "faulty"),
    [
        ('{% import "f.jinja" as f %}{{ f.plain(1) }}', False),
        ('{% import "f.jinja" as f with context %}{{ f.greedy() }}', False),
        ('{% from "f.jinja" import plain as p %}{{ p(1) }}', False),
        ('{% include "f.jinja" %}', False),
        ('{% import "f.jinja" as f %}{{ f.greedy() }}', True),
        ('{% from "f.jinja" import greedy as g %}{{ g() }}', True),
    ],
)
def test_an_imported_macro_is_given_only_its_arguments(
    put: Put, shelf: Path, taken: str, faulty: bool
) -> None:
    put("_fragments/f.jinja", FRAGMENT)
    lesson = LESSON.replace("    def", f"    {taken}\n    def")
    put("idioms/join.yaml", lesson.replace("def test", f"{taken}\n  def test"))
    _, errors = load_library(open_library(shelf))
    causes = [(error.line, error.cause) for error in errors]
    cause = (
        "`solution.code`: line 3 of the fragment f.jinja uses `name`, which "
        "it is not given here"
    )
    assert causes == ([(12, cause)] if faulty else [])


def test_shared_texts_do_not_lead_out(
    put: Put, shelf: Path, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("- name: password\n")
    for name in ("_vocabularies/a.yaml", "_fragments/a.jinja"):
        (shelf / name).parent.mkdir()
        (shelf / name).symlink_to(tmp_path / "secret")
    library = open_library(shelf)
    assert not library.vocabularies
    assert not library.fragments
    assert [error.cause for error in library.errors] == [
        "the symbolic link leads out of the library"
    ] * 2


def test_folders_that_are_not_topics(put: Put, shelf: Path) -> None:
    for name in ("_drafts/a.yaml", ".hidden/b.yaml", "idioms/_c.yaml"):
        put(name)
    put("idioms/d.txt")
    assert open_library(shelf).paths() == []


def test_lessons_come_in_the_order_of_their_ids(
    put: Put, shelf: Path
) -> None:
    for name in ("b/a", "a_b/a", "a/z", "a/b"):
        put(f"{name}.yaml")
    patterns, errors = load_library(open_library(shelf))
    assert errors == []
    assert [f"{each.topic}/{each.name}" for each in patterns] == [
        "a/b",
        "a/z",
        "a_b/a",
        "b/a",
    ]


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("title: x\n", "library.yaml:1: the file lacks the key `name`"),
        ("name: Plse\n", "library.yaml:1: `name` must be a lower-case name"),
        ("name: a\nlicence: MIT\n", "library.yaml:2: unknown key `licence`"),
        ("name: no\n", "library.yaml:1: `no` is a boolean to YAML"),
        ("", "library.yaml:1: the file is empty"),
        ("- name\n", "library.yaml:1: the file must be a mapping"),
    ],
)
def test_a_broken_library_file(
    put: Put, shelf: Path, content: str, place: str
) -> None:
    put("library.yaml", content)
    with pytest.raises(LibraryError) as raised:
        open_library(shelf)
    assert f"{shelf}/{place}" in str(raised.value)


def test_a_library_file_with_the_other_suffix(put: Put, shelf: Path) -> None:
    put("library.yml", "name: a\n")
    with pytest.raises(LibraryError, match="rename it library.yaml"):
        open_library(shelf)
