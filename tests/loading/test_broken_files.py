"""Every error of a file is reported at once, at its line, with the remedy.

A fixture states the errors beside the faulty line; what is stated is all that
may be reported.
"""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from plse.errors import PatternError
from plse.loading.text_files import MAX_BYTES
from plse.registry import Library, load_library, load_pattern, open_library
from tests.loading.conftest import HERE, LESSON, errors_of

BROKEN = HERE / "broken"
FILES = sorted(
    path.relative_to(BROKEN).as_posix()
    for path in BROKEN.glob("[a-z]*/*.yaml")
)
Put = Callable[..., Path]


def stated(path: Path) -> list[tuple[int, str]]:
    """The errors that a fixture states: (line, phrase)."""
    found = []
    for number, line in enumerate(path.read_text("utf-8").split("\n"), 1):
        for phrase in line.split("# error: ")[1:]:
            found.append((number, re.sub(r"( \{?#?\}?)+$", "", phrase)))
    return found


def compare(
    expected: list[tuple[int, str]], errors: list[PatternError]
) -> str:
    """What was stated and not reported, and the other way round; or ""."""
    left = list(errors)
    lines = []
    for line, phrase in expected:
        for error in left:
            said = f"{error.cause}; {error.remedy}"
            if error.line == line and phrase in said:
                left.remove(error)
                break
        else:
            lines.append(f"not reported, line {line}: {phrase}")
    return "\n".join(lines + [f"not stated: {error}" for error in left])


@pytest.mark.parametrize("name", FILES)
def test_a_broken_file_reports_what_it_states(
    name: str, broken: Library
) -> None:
    path = BROKEN / name
    expected = stated(path)
    assert expected, "a broken file states its errors"
    assert compare(expected, errors_of(path, broken)) == ""


def test_a_broken_vocabulary_reports_what_it_states(broken: Library) -> None:
    path = BROKEN / "_vocabularies" / "differing.yaml"
    errors = [error for error in broken.errors if error.path == path]
    assert compare(stated(path), errors) == ""


def test_errors_come_in_the_order_of_lines_and_name_the_path(
    broken: Library,
) -> None:
    path = BROKEN / "idioms/keys.yaml"
    errors = errors_of(path, broken)
    lines = [error.line for error in errors]
    assert lines == sorted(lines)
    assert len(lines) > 10
    assert all(str(error).startswith(f"{path}:") for error in errors)


@pytest.mark.parametrize(
    ("content", "line", "phrase"),
    [
        pytest.param(b"", 1, "the file is empty", id="empty"),
        pytest.param(b"# only\n", 1, "the file is empty", id="only a comment"),
        pytest.param(
            "title: Ä\nwhy: café\n".encode("latin-1"),
            1,
            "the byte 0xc4 is not UTF-8",
            id="latin-1",
        ),
        pytest.param(
            b"title: x\nwhy: \xff\n",
            2,
            "the byte 0xff is not UTF-8",
            id="a byte that is not UTF-8",
        ),
        pytest.param(
            "title: x\n".encode("utf-16"), 1, "is UTF-16", id="UTF-16"
        ),
        pytest.param(
            b"title: x\nwhy: a\x00b\n", 2, "U+0000 cannot be seen", id="NUL"
        ),
        pytest.param(
            "title: x\u2028why: y\n".encode(),
            1,
            "U+2028 cannot be seen",
            id="a line separator",
        ),
        pytest.param(
            b"[" * 30_000,
            1,
            "nested more than 12 deep",
            id="30,000 brackets",
        ),
        pytest.param(
            b"a: " + b"{a: " * 30_000,
            1,
            "nested more than 12 deep",
            id="30,000 braces",
        ),
        pytest.param(
            b"".join(b" " * n + b"-\n" for n in range(100)),
            14,
            "nested more than 12 deep",
            id="a hundred indented lists",
        ),
        pytest.param(
            b"x: " + b"[{{{{a}}}}, " * 5,
            1,
            "",
            id="braces that are never closed",
        ),
        pytest.param(
            b"#" * (MAX_BYTES + 1),
            0,
            "more than 256 KB",
            id="one byte too large",
        ),
    ],
)
def test_bytes_that_are_no_lesson(
    put: Put, shelf: Path, content: bytes, line: int, phrase: str
) -> None:
    path = put("idioms/bad.yaml", content)
    errors = errors_of(path, open_library(shelf))
    assert line in {error.line for error in errors}
    assert any(phrase in error.cause for error in errors)


def test_fifty_megabytes_are_refused_without_being_read(
    put: Put, shelf: Path
) -> None:
    path = put("idioms/huge.yaml", b"")
    with path.open("wb") as file:
        file.truncate(50 << 20)
    (error,) = errors_of(path, open_library(shelf))
    assert "more than 256 KB" in error.cause
    assert "vocabulary" in error.remedy


def test_a_billion_laughs_end_at_the_first(put: Put, shelf: Path) -> None:
    lines = ["a0: &a0 [ha, ha]"]
    for n in range(1, 30):
        lines.append(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]")
    lines.append("<<: [*a29, *a28]")
    errors = errors_of(
        put("idioms/bad.yaml", "\n".join(lines)), open_library(shelf)
    )
    assert "is an anchor to YAML" in errors[0].cause
    assert errors[0].line == 1
    assert len(errors) == 51
    assert "the rest is not read" in errors[-1].cause


@pytest.mark.parametrize(
    ("name", "phrase"),
    [
        ("idioms/join.yml", "rename it join.yaml"),
        ("idioms/join.YAML", "rename it join.yaml"),
        ("join.yaml", "move it to TOPIC/join.yaml"),
        ("idioms/deeper/join.yaml", "move it to idioms/join.yaml"),
        ("Idioms/join.yaml", "the folder `Idioms` cannot be a topic"),
        ("skip/join.yaml", "pytest has a mark `skip`"),
        ("idioms/Join-all.yaml", "`Join-all` cannot be part of an id"),
    ],
)
def test_a_file_out_of_place(
    put: Put, shelf: Path, name: str, phrase: str
) -> None:
    path = put(name)
    library = open_library(shelf)
    assert library.paths() == [path]
    (error,) = errors_of(path, library)
    assert phrase in str(error)


def link_file(shelf: Path, outside: Path) -> Path:
    path = shelf / "idioms" / "linked.yaml"
    path.parent.mkdir()
    path.symlink_to(outside / "secret.yaml")
    return path


def link_folder(shelf: Path, outside: Path) -> Path:
    (shelf / "idioms").symlink_to(outside)
    return shelf / "idioms" / "secret.yaml"


def link_nowhere(shelf: Path, outside: Path) -> Path:
    path = shelf / "idioms" / "linked.yaml"
    path.parent.mkdir()
    path.symlink_to("gone.yaml")
    return path


def link_itself(shelf: Path, outside: Path) -> Path:
    path = shelf / "idioms" / "linked.yaml"
    path.parent.mkdir()
    path.symlink_to("linked.yaml")
    return path


def link_folder_inside(shelf: Path, outside: Path) -> Path:
    (shelf / "real").mkdir()
    (shelf / "real" / "one.yaml").write_text(LESSON)
    (shelf / "twin").symlink_to("real")
    return shelf / "twin" / "one.yaml"


def folder(shelf: Path, outside: Path) -> Path:
    path = shelf / "idioms" / "folder.yaml"
    path.mkdir(parents=True)
    return path


def pipe(shelf: Path, outside: Path) -> Path:
    path = shelf / "idioms" / "pipe.yaml"
    path.parent.mkdir()
    os.mkfifo(path)
    return path


@pytest.mark.parametrize(
    ("make", "phrase"),
    [
        (link_file, "lies outside the library"),
        (link_folder, "lies outside the library"),
        (link_nowhere, "leads nowhere"),
        (link_itself, "link"),
        (link_folder_inside, "the folder `twin` is a symbolic link"),
        (folder, "not a file that can be read"),
        (pipe, "not a file that can be read"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_what_is_not_a_file_of_the_library(
    shelf: Path,
    tmp_path: Path,
    make: Callable[[Path, Path], Path],
    phrase: str,
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.yaml").write_text("password: 1234\n")
    path = make(shelf, outside)
    library = open_library(shelf)
    assert path in library.paths() or make is folder
    (error,) = errors_of(path, library)
    assert phrase in error.cause
    assert error.remedy
    assert "password" not in str(error)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_a_file_that_cannot_be_read(put: Put, shelf: Path) -> None:
    path = put("idioms/secret.yaml")
    path.chmod(0)
    (error,) = errors_of(path, open_library(shelf))
    path.chmod(stat.S_IRUSR)
    assert "cannot be read: Permission denied" in error.cause
    assert "permissions" in error.remedy


def test_a_file_that_the_system_refuses(
    put: Put, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put("idioms/secret.yaml")

    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    (error,) = errors_of(path, open_library(shelf))
    assert "cannot be read: Permission denied" in error.cause


def test_the_other_patterns_go_on(put: Put, shelf: Path) -> None:
    put("idioms/good.yaml")
    put("idioms/bad.yaml", b"\xff")
    put("idioms/worse.yaml", "title: {{ x }}\n")
    patterns, errors = load_library(open_library(shelf))
    assert [pattern.id for pattern in patterns] == ["plse.idioms.good"]
    named = Counter(error.path.name for error in errors)
    assert set(named) == {"bad.yaml", "worse.yaml"}
    assert named["worse.yaml"] == 6


def test_errors_name_the_path_as_it_was_given(
    put: Put, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("idioms/bad.yaml", b"\xff")
    monkeypatch.chdir(shelf.parent)
    relative = Path("patterns/idioms/bad.yaml")
    (error,) = errors_of(relative, open_library(Path("patterns")))
    assert str(error).startswith("patterns/idioms/bad.yaml:1: ")


def test_no_line_of_a_yaml_error_is_past_the_end(
    put: Put, shelf: Path
) -> None:
    for end in range(len(LESSON)):
        path = put("idioms/cut.yaml", LESSON[:end])
        for error in errors_of(path, open_library(shelf)):
            assert 0 < error.line <= LESSON.count("\n") + 1


def test_a_sound_file_is_not_refused(put: Put, shelf: Path) -> None:
    assert load_pattern(put("idioms/good.yaml"), open_library(shelf))
