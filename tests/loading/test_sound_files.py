"""What a sound file means: kinds, options, texts and their lines, digests."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from plse.patterns import Bundle, Pattern, Template
from plse.registry import (
    Library,
    find_library,
    load_library,
    load_pattern,
    open_library,
)
from tests.loading.conftest import HERE, LESSON

Put = Callable[..., Path]


def load(name: str, library: Library) -> Pattern:
    return load_pattern(library.root / f"{name}.yaml", library)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("idioms/join_strings", "best_practice"),
        ("idioms/eafp", "tradeoff"),
        ("anti_patterns/unclosed_file", "anti_pattern"),
        ("orchestration/tool", "orchestration"),
        ("meta/paired", "meta"),
    ],
)
def test_the_kind_follows_from_the_keys_and_the_id_from_the_path(
    name: str, kind: str, sound: Library
) -> None:
    pattern = load(name, sound)
    assert pattern.kind == kind
    assert pattern.id == "school." + name.replace("/", ".")
    assert f"{pattern.topic}/{pattern.name}" == name


def test_a_whole_library_loads(sound: Library) -> None:
    patterns, errors = load_library(sound)
    assert errors == []
    assert len(patterns) == len(sound.paths()) == 5
    assert (sound.name, sound.license) == ("school", "MIT")


def test_scalars_are_what_python_would_read(sound: Library) -> None:
    name, missing = load("idioms/eafp", sound).parameters
    assert name.options == ("find", "look_up")
    assert missing.options == (None, 0, 0.5, True, "no", -7)
    assert [type(each) for each in missing.options[1:4]] == [int, float, bool]


def test_ranges_vocabularies_and_derived_values(sound: Library) -> None:
    pattern = load("idioms/join_strings", sound)
    world, count = pattern.parameters
    (zoo,) = world.options
    assert isinstance(zoo, Bundle)
    assert (zoo.name, zoo.prices) == ("zoo", ["7.00", "9.90"])
    assert list(count.options) == [1, 3, 5, 7, 9]
    (total,) = pattern.derived
    assert (total.name, total.value.text) == ("total", "{{ count * 3 }}")


def test_bundles(sound: Library) -> None:
    box = load("anti_patterns/unclosed_file", sound).parameters[1]
    assert [list(each) for each in box.options] == [["type", "empty"]] * 2
    assert [each.empty for each in box.options] == ["[]", "set()"]


def test_a_tradeoff_has_ways_and_claims(sound: Library) -> None:
    pattern = load("idioms/eafp", sound)
    assert [way.name for way in pattern.alternatives] == [
        "forgiveness",
        "permission",
    ]
    assert [len(way.when) for way in pattern.alternatives] == [1, 2]
    (claim,) = pattern.claims
    assert (claim.less, claim.more, claim.by) == (
        "forgiveness",
        "permission",
        1.5,
    )
    assert pattern.requires.python == (3, 11)
    assert pattern.requires.modules == ("numpy", "os.path")
    assert pattern.tasks == ("write", "explain")


def templates(value: object) -> list[Template]:
    """Every template below a value."""
    if isinstance(value, Template):
        return [value]
    if isinstance(value, tuple):
        return [each for item in value for each in templates(item)]
    slots = getattr(value, "__dataclass_fields__", ())
    return [
        each for name in slots for each in templates(getattr(value, name))
    ]


def test_each_text_knows_the_line_on_which_it_begins(sound: Library) -> None:
    checked = 0
    for path in sound.paths():
        lines = path.read_text("utf-8").split("\n")
        for template in templates(load_pattern(path, sound)):
            first = template.text.split("\n")[0].strip()
            first = first if "goes on" not in first else first[:10]
            line = lines[template.line - 1]
            begins = line.strip()[:20]
            assert first[:20] in line or first.startswith(begins), (
                f"{path.name}:{template.line} {template.key}"
            )
            checked += bool(first)
    assert checked > 30


def test_lines_of_keys(sound: Library) -> None:
    pattern = load("idioms/eafp", sound)
    text = pattern.path.read_text("utf-8").split("\n")
    for key in ("title", "needs", "parameters", "tests", "claims"):
        assert text[pattern.lines[key] - 1].startswith(f"{key}:")
    assert text[pattern.lines["needs[0]"] - 1].startswith("needs:")


def test_the_file_of_the_readme_loads_with_bom_and_crlf(
    put: Put, shelf: Path
) -> None:
    library = open_library(shelf)
    plain = load_pattern(put("idioms/plain.yaml"), library)
    windows = "\ufeff" + LESSON.replace("\n", "\r\n")
    other = load_pattern(
        put("idioms/windows.yaml", windows.encode()), library
    )
    assert other.digest == plain.digest
    assert other.solution is not None and plain.solution is not None
    assert other.solution.text == plain.solution.text


def test_a_pattern_can_be_sent_to_another_process(sound: Library) -> None:
    pattern = load("idioms/join_strings", sound)
    assert pickle.loads(pickle.dumps(pattern)) == pattern


def digests(root: Path) -> dict[str, str]:
    patterns, errors = load_library(open_library(root))
    assert errors == []
    return {pattern.name: pattern.digest for pattern in patterns}


def test_digests_depend_on_content_and_not_on_the_place(
    tmp_path: Path,
) -> None:
    copy = shutil.copytree(HERE / "sound", tmp_path / "elsewhere")
    assert digests(copy) == digests(HERE / "sound")
    assert open_library(copy).digest == open_library(HERE / "sound").digest


@pytest.mark.parametrize(
    ("changed", "names"),
    [
        ("idioms/eafp.yaml", {"eafp"}),
        ("_vocabularies/worlds.yaml", {"join_strings"}),
        ("_fragments/carriers.jinja", {"join_strings"}),
        ("_fragments/words.jinja", {"join_strings"}),
    ],
)
def test_a_change_changes_the_digests_of_those_that_use_it(
    tmp_path: Path, changed: str, names: set[str]
) -> None:
    copy = shutil.copytree(HERE / "sound", tmp_path / "patterns")
    before, library = digests(copy), open_library(copy).digest
    with (copy / changed).open("a") as file:
        file.write("\n")
    after = digests(copy)
    assert {name for name in after if after[name] != before[name]} == names
    assert open_library(copy).digest != library


def test_digests_of_known_content(put: Put, shelf: Path) -> None:
    put("idioms/join.yaml")
    pattern = load_pattern(shelf / "idioms/join.yaml", open_library(shelf))
    assert pattern.digest == (
        "4c74abc4483b7efdda439fcb4317e6e470f56fc6f109dbd2d37cb890ff05ac74"
    )


def test_the_nearest_library_is_found(tmp_path: Path) -> None:
    copy = shutil.copytree(HERE / "sound", tmp_path / "patterns")
    for path in (copy, copy / "idioms", copy / "idioms" / "eafp.yaml"):
        library = find_library(path)
        assert library is not None
        assert library.root == copy
    assert find_library(tmp_path) is None
