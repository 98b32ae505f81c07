"""A library: a folder of pattern files and the texts that they share.

::

    patterns/
      library.yaml              name, title and license
      <topic>/<name>.yaml       a lesson; its id is <library>.<topic>.<name>
      _vocabularies/<name>.yaml bundles that any lesson may take as options
      _fragments/<name>.jinja   templates that any lesson may import

Other folders that begin with ``_`` or ``.`` are not topics.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from plse.errors import LibraryError, PatternError
from plse.loading.facts_store import FactsStore, TemplateReader
from plse.loading.schema_errors import read_part
from plse.loading.text_files import decode, read_bytes
from plse.loading.vocabulary import Vocabulary, read_vocabulary
from plse.loading.yaml_source import parse
from plse.schema import LibraryFile
from plse.templates import environment

__all__ = [
    "LIBRARY_FILE",
    "Library",
    "find_library",
    "open_library",
]

LIBRARY_FILE = "library.yaml"
VOCABULARIES = "_vocabularies"
FRAGMENTS = "_fragments"
DEFAULT_NAME = "plse"


class Library:
    """A folder of lessons.

    :param root: the folder.
    :param name: the first part of every id.
    :param store: where facts of templates are kept; default the user's
        cache folder.
    """

    def __init__(
        self,
        root: Path,
        name: str,
        title: str = "",
        license: str = "",
        store: FactsStore | None = None,
    ) -> None:
        self.root = root
        self.name = name
        self.title = title
        self.license = license
        self._errors: list[PatternError] = []
        self._store = store or FactsStore.default()

    def __repr__(self) -> str:
        return f"Library({str(self.root)!r}, {self.name!r})"

    def paths(self) -> list[Path]:
        """Every file that is, or was meant to be, a lesson, in a fixed order.

        A YAML file with the wrong suffix or at the wrong depth is listed, so
        that loading it can say so. A folder that is a symbolic link is not
        entered further than to list its files, which are refused.
        """
        listed: list[Path] = []
        for folder, names, files in os.walk(self.root):
            here = Path(folder)
            names[:] = [name for name in names if name[0] not in "._"]
            listed += [here / name for name in files]
            for name in names:
                if (here / name).is_symlink():
                    listed += _files_of(here / name)
        return sorted(
            (path for path in listed if self._is_meant(path)),
            key=lambda path: path.relative_to(self.root).as_posix(),
        )

    def _is_meant(self, path: Path) -> bool:
        """Whether a file is, or was meant to be, a lesson."""
        return (
            path.suffix.lower() in (".yaml", ".yml")
            and path.name[0] not in "._"
            and path != self.root / LIBRARY_FILE
        )

    @cached_property
    def vocabularies(self) -> Mapping[str, Vocabulary]:
        """The vocabularies without errors, by name."""
        read: dict[str, Vocabulary] = {}
        for path in self._shared(VOCABULARIES, ".yaml"):
            try:
                source = parse(read_bytes(path), path)
            except LibraryError as error:
                self._errors += error.errors
                continue
            vocabulary = read_vocabulary(source)
            self._errors += source.errors
            if vocabulary is not None:
                read[path.stem] = vocabulary
        return read

    @cached_property
    def fragments(self) -> Mapping[str, str]:
        """The shared templates, by file name."""
        texts: dict[str, str] = {}
        for path in self._shared(FRAGMENTS, ".jinja"):
            try:
                texts[path.name] = decode(read_bytes(path), path)
            except LibraryError as error:
                self._errors += error.errors
        return texts

    @cached_property
    def templates(self) -> TemplateReader:
        """Reads the library's templates, each once."""
        return TemplateReader(environment(self.fragments), self._store)

    @property
    def errors(self) -> tuple[PatternError, ...]:
        """What is wrong in the shared texts."""
        _ = self.vocabularies, self.fragments
        return tuple(self._errors)

    def fragment_errors(self) -> list[PatternError]:
        """What is wrong in the shared templates by themselves."""
        folder = self.root / FRAGMENTS
        with self.templates.remembering(folder):
            return [
                PatternError(
                    folder / name, finding.line, finding.cause, finding.remedy
                )
                for name, text in self.fragments.items()
                for finding in self.templates.facts(text).findings
            ]

    def broken(self, vocabulary: str) -> tuple[PatternError, ...]:
        """What is wrong in one vocabulary."""
        return tuple(
            error
            for error in self.errors
            if error.path.parent.name == VOCABULARIES
            and error.path.stem == vocabulary
        )

    @cached_property
    def digest(self) -> str:
        """Hex SHA-256 of all files of the library, by their content."""
        summary = sha256()
        shared = [
            *self._shared(VOCABULARIES, ".yaml"),
            *self._shared(FRAGMENTS, ".jinja"),
        ]
        for path in [self.root / LIBRARY_FILE, *shared, *self.paths()]:
            name = path.relative_to(self.root).as_posix()
            try:
                content = read_bytes(path).replace(b"\r\n", b"\n")
            except LibraryError:
                content = b""
            summary.update(f"{name}\0{len(content)}\0".encode())
            summary.update(content)
        return summary.hexdigest()

    def holds(self, path: Path) -> bool:
        """Whether a path, links followed, lies inside the library."""
        try:
            return path.resolve().is_relative_to(self._resolved_root)
        except (OSError, RuntimeError):
            return False

    @cached_property
    def _resolved_root(self) -> Path:
        return self.root.resolve()

    def _shared(self, folder: str, suffix: str) -> list[Path]:
        place = self.root / folder
        try:
            names = sorted(os.listdir(place))
        except OSError:
            return []
        paths = [place / name for name in names if name.endswith(suffix)]
        inside = [path for path in paths if self.holds(path)]
        for path in set(paths) - set(inside):
            error = PatternError(
                path,
                0,
                "the symbolic link leads out of the library",
                "put the file itself here",
            )
            if all(str(error) != str(known) for known in self._errors):
                self._errors.append(error)
        return inside


def find_library(path: Path) -> Library | None:
    """The library that a path lies in: the nearest with a library.yaml.

    :raises LibraryError: if that library.yaml is wrong.
    """
    path = Path(os.path.abspath(path))
    for folder in (path, *path.parents):
        if (folder / LIBRARY_FILE).is_file():
            return open_library(folder)
    return None


def open_library(root: Path) -> Library:
    """The library in a folder; without a library.yaml its name is ``plse``.

    :raises LibraryError: if the library.yaml is wrong.
    """
    path = root / LIBRARY_FILE
    if not os.path.lexists(path):
        if (root / "library.yml").exists():
            raise LibraryError(
                [
                    PatternError(
                        root / "library.yml",
                        0,
                        "the suffix is .yaml everywhere in a library",
                        "rename it library.yaml",
                    )
                ]
            )
        return Library(root, DEFAULT_NAME)
    source = parse(read_bytes(path), path)
    part = read_part(source, LibraryFile)
    if part is None or source.errors:
        raise LibraryError(source.errors)
    return Library(root, part.name, part.title, part.license)


def _files_of(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.is_file()]
    except OSError:
        return []
