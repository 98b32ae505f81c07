"""Discovers, checks and loads the pattern files of a library.

A file is loaded in three steps: its text becomes plain data with lines
(:mod:`plse.loading.yaml_source`), the data is held against the schema
(:mod:`plse.schema`), and what takes more than one key to judge is judged by
the rules of templates and of lessons. Every step records what it finds and
goes on, so that all errors of a file are reported at once.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from plse.errors import LibraryError, PatternError
from plse.loading.assembly import Identity, assemble, digest_of
from plse.loading.lesson_rules import RESERVED_MARKS, check_lesson
from plse.loading.library import (
    LIBRARY_FILE,
    Library,
    find_library,
    open_library,
)
from plse.loading.schema_errors import nearest, read_pattern_file
from plse.loading.template_rules import check_all_used, check_templates
from plse.loading.text_files import read_bytes
from plse.loading.yaml_source import parse
from plse.patterns import Pattern
from plse.schema import VocabularyPart, json_schema

__all__ = [
    "LIBRARY_FILE",
    "Library",
    "cross_check",
    "find_library",
    "json_schema",
    "load_library",
    "load_pattern",
    "open_library",
    "pattern_id",
]

_ID_PART = re.compile(r"[a-z][a-z0-9_]*")


def load_pattern(path: Path, library: Library) -> Pattern:
    """The pattern of one file.

    :param path: the file; it lies in the library's folder.
    :raises LibraryError: with every error of the file, and no other error.
    """
    identity, errors = _identify(path, library)
    try:
        if identity is None:
            raise LibraryError([])
        source = parse(read_bytes(path), path)
    except LibraryError as error:
        raise LibraryError([*errors, *error.errors]) from None
    with library.templates.remembering(path):
        part = read_pattern_file(source)
        pattern = assemble(part, source, identity, library)
        used = check_templates(pattern, source, library)
        check_lesson(pattern, source)
        if not source.errors:
            check_all_used(pattern, source, used)
        if errors or source.errors:
            raise LibraryError([*errors, *source.errors])
    shared = {name: library.fragments[name] for name in used.fragments}
    for value in part.parameters.values():
        if isinstance(value, VocabularyPart):
            name = f"{value.source}.yaml"
            shared[name] = library.vocabularies[value.source].text
    return replace(pattern, digest=digest_of(source.text, shared))


def load_library(
    library: Library,
) -> tuple[list[Pattern], list[PatternError]]:
    """All patterns that can be loaded, and everything that is wrong.

    A pattern that names a lesson which does not exist, or stands in a circle
    of needs, is loaded all the same: its samples are sound, its place in the
    curriculum is not.
    """
    patterns: list[Pattern] = []
    errors = [*library.errors, *library.fragment_errors()]
    paths = library.paths()
    for path in paths:
        try:
            patterns.append(load_pattern(path, library))
        except LibraryError as error:
            errors += error.errors
    ids = [pattern_id(path, library) for path in paths]
    errors += cross_check(patterns, ids)
    return patterns, sorted(
        errors, key=lambda error: (str(error.path), error.line)
    )


def cross_check(
    patterns: Sequence[Pattern], ids: Iterable[str] = ()
) -> list[PatternError]:
    """What is wrong between patterns: two of one id, and their needs.

    :param ids: further ids that exist, such as those of patterns that could
        not be loaded.
    """
    errors: list[PatternError] = []
    by_id: dict[str, Pattern] = {}
    for pattern in patterns:
        other = by_id.setdefault(pattern.id, pattern)
        if other is not pattern:
            errors.append(
                PatternError(
                    pattern.path,
                    0,
                    f"{other.path} has the same id, {pattern.id}",
                    "rename one of the files, or give each library.yaml a "
                    "`name` of its own",
                )
            )
    known = {*by_id, *ids}
    for pattern in by_id.values():
        for position, need in enumerate(pattern.needs):
            cause = remedy = ""
            if need not in known:
                cause = f"there is no lesson `{need}`"
                remedy = nearest(need, known)
            elif circle := _circle(pattern.id, need, by_id):
                cause = "the needs form a circle: " + " → ".join(circle)
                remedy = "remove one of them"
            if cause:
                line = pattern.lines.get(f"needs[{position}]", 0)
                errors.append(PatternError(pattern.path, line, cause, remedy))
    return errors


def pattern_id(path: Path, library: Library) -> str:
    """The id that follows from a path, whether or not it is a sound one."""
    parts = path.relative_to(library.root).with_suffix("").parts
    return ".".join((library.name, *parts))


def _circle(
    start: str, need: str, by_id: Mapping[str, Pattern]
) -> list[str]:
    """A shortest way from a lesson through one of its needs to itself."""
    ways = {need: [start, need]}
    waiting = [need]
    for here in waiting:
        if here == start:
            return ways[here]
        for further in by_id[here].needs if here in by_id else ():
            if further not in ways:
                ways[further] = [*ways[here], further]
                waiting.append(further)
    return []


def _identify(
    path: Path, library: Library
) -> tuple[Identity | None, list[PatternError]]:
    """A pattern's place in its library, and what is wrong with it.

    Without an identity the file must not be read.
    """
    errors: list[PatternError] = []

    def wrong(cause: str, remedy: str) -> None:
        errors.append(PatternError(path, 0, cause, remedy))

    inside = Path(os.path.relpath(path, library.root))
    if not library.holds(path):
        wrong(
            "the file lies outside the library, or a link leads there",
            "put the file itself here",
        )
        return None, errors
    if path.parent.is_symlink() and path.parent != library.root:
        wrong(
            f"the folder `{path.parent.name}` is a symbolic link",
            "put the folder itself here",
        )
        return None, errors
    if path.suffix != ".yaml":
        wrong(
            f"the suffix `{path.suffix}` is not that of a pattern file",
            f"rename it {path.stem}.yaml",
        )
    topic = inside.parts[0] if len(inside.parts) > 1 else ""
    if len(inside.parts) != 2:
        wrong(
            "a pattern file lies in a topic's folder, not above or below it",
            f"move it to {topic or 'TOPIC'}/{path.name}",
        )
    elif not _ID_PART.fullmatch(topic):
        wrong(
            f"the folder `{topic}` cannot be a topic",
            "name it in lower-case letters, digits and _",
        )
    elif topic in RESERVED_MARKS:
        wrong(
            f"pytest has a mark `{topic}`, so no topic can have the name",
            "rename the folder",
        )
    if not _ID_PART.fullmatch(path.stem):
        wrong(
            f"the file name `{path.stem}` cannot be part of an id",
            "name it in lower-case letters, digits and _",
        )
    return Identity(path, library.name, topic, path.stem), errors
