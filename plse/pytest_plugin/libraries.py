"""Which files are patterns of a library that pytest was pointed at."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from plse.pytest_plugin.options import OPTIONS

if TYPE_CHECKING:
    from plse.chunks import Explorer
    from plse.errors import PatternError
    from plse.patterns import Pattern
    from plse.registry import Library

__all__ = ["LIBRARIES", "Libraries", "Lesson", "named_path"]

_LIBRARY_FILE = "library.yaml"
_SUFFIXES = (".yaml", ".yml", ".jinja")


class Lesson:
    """A pattern file as pytest sees it: a pattern, or what is wrong with it.

    :param library: None where the library itself is broken.
    :param pattern: None if the file has errors.
    :param capacity: how many samples its space holds for the run's tasks,
        once it has been measured.
    :param skip_reason: why it cannot be proven on this machine, or "".
    """

    def __init__(
        self,
        path: Path,
        library: Library | None,
        pattern: Pattern | None,
        errors: Sequence[PatternError],
    ) -> None:
        self.path = path
        self.library = library
        self.pattern = pattern
        self.errors = tuple(errors)
        self.explorer: Explorer | None = None
        self.capacity = 0
        self.skip_reason = pattern.requires.unmet() if pattern else ""

    def fail(self, error: PatternError) -> None:
        """Note what makes the pattern useless after all."""
        self.pattern = None
        self.errors = (error,)


class Libraries:
    """The libraries of a session, each read once in a process."""

    def __init__(self, config: pytest.Config) -> None:
        self._options = config.stash[OPTIONS]
        folder = config.invocation_params.dir
        self._named = [named_path(folder, arg) for arg in config.args]
        self.named_folders = [
            each
            for named in self._named
            for each in (named, named.parent)
        ]
        self._shelves: dict[Path, dict[Path, Lesson]] = {}
        self._roots: dict[Path, Path | None] = {}
        self._places: dict[str, Path] = {}

    def pointed_at(self) -> list[Library]:
        """The libraries that the command line names, without reading them.

        One that is broken is left out; collection reports it.
        """
        from plse.errors import LibraryError
        from plse.registry import open_library

        found = []
        for root in dict.fromkeys(map(self._root, self._named)):
            if root is not None:
                try:
                    found.append(open_library(root))
                except LibraryError:
                    continue
        return found

    def lesson(self, path: Path) -> Lesson | None:
        """The lesson in a file; None if the file is none of our business.

        How much it holds is another question: see :meth:`measure`.
        """
        if path.suffix.lower() not in _SUFFIXES:
            return None
        root = self._root(path.parent)
        if root is None:
            return None
        if root not in self._shelves:
            self._shelves[root] = self._shelf(root)
        lesson = self._find(self._shelves[root], root, path)
        if lesson is not None and lesson.pattern is not None:
            self._place(lesson, lesson.pattern)
        return lesson

    def read(self) -> None:
        """Read the libraries that the command line names, ahead of need."""
        for root in filter(None, map(self._root, self._named)):
            if root not in self._shelves:
                self._shelves[root] = self._shelf(root)

    @staticmethod
    def _find(
        shelf: Mapping[Path, Lesson], root: Path, path: Path
    ) -> Lesson | None:
        """The lesson of a file, or of a folder on the way that is wrong."""
        for folder in (path, *path.parents):
            if folder == root:
                return None
            if folder in shelf:
                return shelf[folder]
        return None

    def _root(self, path: Path) -> Path | None:
        """The root of the library around a path, if pytest is pointed at it.

        A library is pointed at by an argument that is its folder or lies in
        it. So a plain ``pytest`` in a repository that happens to hold a
        library.yaml of some other make leaves that alone.
        """
        if path not in self._roots:
            self._roots[path] = next(
                (
                    folder
                    for folder in (path, *path.parents)
                    if self._is_root(folder)
                ),
                None,
            )
        return self._roots[path]

    def _is_root(self, folder: Path) -> bool:
        if not any(named.is_relative_to(folder) for named in self._named):
            return False
        if (folder / _LIBRARY_FILE).is_file():
            return True
        return folder.name == "patterns" and any(
            _is_folder_or_file_of(named, folder) for named in self._named
        )

    def _shelf(self, root: Path) -> dict[Path, Lesson]:
        """Every lesson of a library, and every other file with an error."""
        from plse.errors import LibraryError
        from plse.registry import load_library, open_library

        try:
            library = open_library(root)
        except LibraryError as error:
            broken = [root / _LIBRARY_FILE, *self._named]
            return {
                path: Lesson(path, None, None, error.errors)
                for path in broken
            }
        patterns, errors = load_library(library)
        by_path: dict[Path, list[PatternError]] = {}
        for error in errors:
            by_path.setdefault(Path(error.path), []).append(error)
        lessons = {
            path: Lesson(path, library, None, found)
            for path, found in by_path.items()
        }
        for pattern in patterns:
            if pattern.path not in lessons:
                lessons[pattern.path] = Lesson(
                    pattern.path, library, pattern, ()
                )
        return lessons

    def _place(self, lesson: Lesson, pattern: Pattern) -> None:
        """Let the first lesson that comes with an id have it."""
        from plse.errors import PatternError

        place = self._places.setdefault(pattern.id, lesson.path)
        if place != lesson.path:
            lesson.fail(
                PatternError(
                    lesson.path,
                    0,
                    f"the id {pattern.id} is also that of {place}",
                    "give one of the two libraries another name in its "
                    "library.yaml, or run them apart",
                )
            )

    def measure(self, lesson: Lesson) -> None:
        """Find out how much a lesson's space holds for the run's tasks."""
        from plse.chunks import Explorer, Settings
        from plse.dataset.formats import tasks_in
        from plse.errors import PatternError, PlseError
        from plse.store import JsonStore

        options, pattern = self._options, lesson.pattern
        if lesson.explorer is not None or pattern is None:
            return
        if not tasks_in(options.format, pattern, options.tasks):
            return
        try:
            explorer = Explorer(
                pattern,
                Settings(options.seed, options.tasks, options.format),
                JsonStore.of_user("structures"),
            )
            lesson.capacity = explorer.exploration.capacity
            lesson.explorer = explorer
        except PlseError as error:
            lesson.fail(PatternError(lesson.path, 0, str(error)))


def named_path(folder: Path, argument: str) -> Path:
    """The path that a command line argument begins with, absolute."""
    text = str(argument).partition("[")[0].partition("::")[0]
    return Path(os.path.abspath(folder / text))


def _is_folder_or_file_of(named: Path, root: Path) -> bool:
    """Whether an argument is a library's folder, a topic, or a file in one."""
    if not named.is_relative_to(root):
        return False
    depth = len(named.relative_to(root).parts)
    return depth < 2 or (depth == 2 and named.suffix == ".yaml")


LIBRARIES = pytest.StashKey[Libraries]()
