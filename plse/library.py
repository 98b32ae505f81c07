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
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

import jinja2

from plse.errors import LibraryError, PatternError
from plse.patterns import Bundle
from plse.schema import LibraryFile
from plse.schema_errors import found, read_part
from plse.templates import environment
from plse.yaml_source import (
    Location,
    Source,
    decode,
    parse,
    read_bytes,
)

__all__ = [
    "LIBRARY_FILE",
    "Library",
    "Vocabulary",
    "bundle",
    "find_library",
    "open_library",
]

LIBRARY_FILE = "library.yaml"
VOCABULARIES = "_vocabularies"
FRAGMENTS = "_fragments"
DEFAULT_NAME = "plse"
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Vocabulary:
    """Bundles that lessons share, each with a ``name``."""

    bundles: tuple[Bundle, ...]
    text: str


class Library:
    """A folder of lessons.

    :param root: the folder.
    :param name: the first part of every id.
    """

    def __init__(
        self, root: Path, name: str, title: str = "", license: str = ""
    ) -> None:
        self.root = root
        self.name = name
        self.title = title
        self.license = license
        self._errors: list[PatternError] = []

    def __repr__(self) -> str:
        return f"Library({str(self.root)!r}, {self.name!r})"

    def paths(self) -> list[Path]:
        """Every file that is, or was meant to be, a lesson, in a fixed order.

        A YAML file with the wrong suffix or at the wrong depth is listed, so
        that loading it can say so; a folder that is a symbolic link is
        listed as itself and never entered.
        """
        listed: list[Path] = []
        for folder, names, files in os.walk(self.root):
            here = Path(folder)
            names[:] = [name for name in names if name[0] not in "._"]
            listed += [
                here / name for name in names if (here / name).is_symlink()
            ]
            listed += [
                here / name
                for name in files
                if Path(name).suffix.lower() in (".yaml", ".yml")
                and name[0] not in "._"
                and (here != self.root or name != LIBRARY_FILE)
            ]
        return sorted(
            listed, key=lambda path: path.relative_to(self.root).as_posix()
        )

    @cached_property
    def vocabularies(self) -> Mapping[str, Vocabulary]:
        """The vocabularies without errors, by name."""
        read = {
            path.stem: _read_vocabulary(path, self._errors)
            for path in self._shared(VOCABULARIES, ".yaml")
        }
        return {
            name: vocabulary for name, vocabulary in read.items() if vocabulary
        }

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
    def environment(self) -> jinja2.Environment:
        """The environment of the library's templates."""
        return environment(self.fragments)

    @property
    def errors(self) -> tuple[PatternError, ...]:
        """What is wrong in the shared texts."""
        _ = self.vocabularies, self.fragments
        return tuple(self._errors)

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


def bundle(
    fields: Mapping[str, object], location: Location, source: Source
) -> Bundle:
    """An option of named values; what is wrong in it is recorded."""
    if not fields:
        source.add(location, "a bundle has no fields", "name a value")
    for name in fields:
        if not _FIELD.fullmatch(name):
            source.add(
                (*location, name),
                f"`{name}` cannot be the name of a bundle's field",
                "begin with a letter; go on with letters, digits and _",
            )
    return Bundle(
        {
            name: _field(value, (*location, name), source)
            for name, value in fields.items()
        }
    )


def _field(value: object, location: Location, source: Source) -> object:
    if isinstance(value, dict):
        return bundle(value, location, source)
    if isinstance(value, list):
        return [
            _field(item, (*location, position), source)
            for position, item in enumerate(value)
        ]
    return value


def _read_vocabulary(
    path: Path, errors: list[PatternError]
) -> Vocabulary | None:
    try:
        source = parse(read_bytes(path), path)
    except LibraryError as error:
        errors += error.errors
        return None
    bundles = _bundles(source)
    errors += source.errors
    return None if source.errors else Vocabulary(tuple(bundles), source.text)


def _bundles(source: Source) -> Sequence[Bundle]:
    if not isinstance(source.data, list) or not source.data:
        source.add(
            (),
            "a vocabulary is a list of bundles; this one is "
            f"{found(source.data)}",
            "begin with `- name: …`",
        )
        return []
    bundles, names = [], set()
    first: set[str] = set()
    for position, value in enumerate(source.data):
        if not isinstance(value, dict):
            source.add(
                (position,),
                f"an entry of a vocabulary is a bundle, found {found(value)}",
                "write `name: …` and the other fields",
            )
            continue
        name = value.get("name")
        if not isinstance(name, str) or name in names:
            source.add(
                (position,),
                "the bundle has no name"
                if not isinstance(name, str)
                else f"a second bundle has the name `{name}`",
                "give each a `name` of its own",
            )
        names.add(name if isinstance(name, str) else "")
        first = first or set(value)
        if differing := first ^ set(value):
            source.add(
                (position,),
                "the bundle's fields differ from the first one's by "
                + ", ".join(f"`{field}`" for field in sorted(differing)),
                "give every bundle the same fields",
            )
        bundles.append(bundle(value, (position,), source))
    return bundles
