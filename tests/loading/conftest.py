from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from plse.errors import LibraryError, PatternError
from plse.registry import Library, load_pattern, open_library

HERE = Path(__file__).parent
LESSON = """\
title: Join strings
concept: strings.join
difficulty: beginner
why: Joining copies each part once.
parameters:
  name: [join_parts, glue]
ask:
  write:
    - Write `{{ name }}`.
solution:
  code: |
    def {{ name }}(parts):
        return "".join(parts)
tests: |
  def test_joins():
      assert {{ name }}(["a", "b"]) == "ab"
"""


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The cache folder of these tests, in place of the user's."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        yield folder


@pytest.fixture(scope="session")
def broken() -> Library:
    """The library in which every file has errors."""
    return open_library(HERE / "broken")


@pytest.fixture
def sound() -> Library:
    """The library in which every file is sound."""
    return open_library(HERE / "sound")


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A folder that is a library without lessons."""
    root = tmp_path / "patterns"
    root.mkdir()
    return root


@pytest.fixture
def put(shelf: Path) -> Callable[[str, str | bytes], Path]:
    """Writes a file of the library in ``shelf``."""

    def put_file(name: str, content: str | bytes = LESSON) -> Path:
        path = shelf / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            content = dedent(content).encode()
        path.write_bytes(content)
        return path

    return put_file


def errors_of(path: Path, library: Library) -> list[PatternError]:
    """What loading a file finds wrong; empty if it loads."""
    try:
        load_pattern(path, library)
    except LibraryError as error:
        return list(error.errors)
    return []
