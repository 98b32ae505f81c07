"""YAML text → plain values with the line of each, and YAML's traps caught.

The text is read as events, never composed into objects, so that a hostile
file costs no more than its size: depth is counted, and anchors, aliases, tags
and merge keys are refused where they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Union

import yaml

from plse.errors import LibraryError, PatternError
from plse.loading.text_files import decode
from plse.loading.yaml_scalars import Ambiguous, resolve
from plse.loading.yaml_traps import (
    MAX_DEPTH,
    explain,
    quoted,
    repair,
    shortened,
    too_deep,
)

__all__ = [
    "Location",
    "Place",
    "Source",
    "parse",
]

Location = tuple[Union[str, int], ...]
"""Where a value stands: the keys and 0-based positions that lead to it."""

_MAX_ERRORS = 50
_MAX_REPAIRS = 8
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CUT_BY_COMMENT = re.compile(r"[ \t]+#(?=[^\s#!-])")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands in its file; all lines are 1-based.

    :param key_line: the line of the value's key, or of the value itself for
        an item of a list.
    :param text_line: for a text, the line that holds its first line, which
        for ``|`` and ``>`` is the line after the mark.
    :param last_line: the last line of a text.
    :param style: how a text is written: ``|``, ``>``, ``"``, ``'``, or ""
        where it is plain or not a text.
    """

    key_line: int
    text_line: int
    last_line: int
    style: str = ""


@dataclass(slots=True)
class Source:
    """A parsed file: plain data, and the place of each value.

    :param text: the file as text, without BOM, with ``\\n`` line ends.
    :param errors: traps that the file fell into. The data holds a stand-in
        for each, and ``spoilt`` the locations below which no other error
        means anything.
    """

    path: Path
    text: str
    data: object = None
    places: dict[Location, Place] = field(default_factory=dict)
    errors: list[PatternError] = field(default_factory=list)
    spoilt: set[Location] = field(default_factory=set)

    def line(self, location: Location) -> int:
        """The line of a value, or of the nearest value around it."""
        return self.place(location).key_line

    def place(self, location: Location) -> Place:
        """The place of a value, or of the nearest value around it."""
        while location and location not in self.places:
            location = location[:-1]
        return self.places.get(location, Place(1, 1, 1))

    def is_spoilt(self, location: Location) -> bool:
        """Whether an error is already known at or around a location."""
        return bool(self.spoilt) and any(
            location[:depth] in self.spoilt
            for depth in range(len(location) + 1)
        )

    def add(self, location: Location, cause: str, remedy: str = "") -> None:
        """Record an error at the line of a value."""
        self.add_at(self.line(location), cause, remedy)

    def add_at(self, line: int, cause: str, remedy: str = "") -> None:
        """Record an error at a line."""
        self.errors.append(PatternError(self.path, line, cause, remedy))


def parse(content: bytes, path: Path) -> Source:
    """Read one YAML document.

    :raises LibraryError: if no data can be made of the text, with every
        error found up to the place where reading had to end.
    """
    text = decode(content, path)
    syntax: dict[int, PatternError] = {}
    for _ in range(_MAX_REPAIRS):
        source = Source(path, text)
        try:
            _Builder(source).build()
        except yaml.YAMLError as error:
            trap = explain(error, text)
            mended = None if trap.line in syntax else repair(text, trap)
            syntax.setdefault(
                trap.line,
                PatternError(path, trap.line, trap.cause, trap.remedy),
            )
            if mended is None:
                break
            text = mended
        except PatternError as error:
            raise LibraryError(
                [*syntax.values(), *source.errors, error]
            ) from None
        else:
            source.errors += syntax.values()
            source.spoilt.update(
                location
                for location, place in source.places.items()
                if place.key_line in syntax and location
            )
            return source
    raise LibraryError([*syntax.values(), *source.errors])


class _Builder:
    """Builds a source's data from the events of its text."""

    def __init__(self, source: Source) -> None:
        self._source = source
        # An event at the end of the text stands on the line after the last.
        self._lines = [*source.text.split("\n"), ""]
        self._events: Iterator[yaml.Event] = yaml.parse(
            source.text, Loader=_Loader
        )

    def build(self) -> None:
        next(self._events)  # the start of the stream
        if isinstance(next(self._events), yaml.StreamEndEvent):
            raise PatternError(
                self._source.path,
                1,
                "the file is empty",
                "`plse new TOPIC/NAME` writes one to start from",
            )
        first = next(self._events)
        self._source.data = self._value(first, (), self._line(first))
        next(self._events)  # the end of the document
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            self._error(
                self._line(after),
                "a second document begins here",
                "one file is one lesson: delete the `---`, or move what "
                "follows into a file of its own",
            )

    def _value(
        self, event: yaml.Event, location: Location, key_line: int
    ) -> object:
        if len(location) > MAX_DEPTH:
            trap = too_deep(self._line(event))
            raise PatternError(
                self._source.path, trap.line, trap.cause, trap.remedy
            )
        if isinstance(event, yaml.AliasEvent):
            return self._refuse_alias(event, location)
        self._refuse_anchor_and_tag(event, location)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, location, key_line)
        line = self._line(event)
        self._source.places[location] = Place(key_line, line, line)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(location)
        return self._mapping(event, location)

    def _sequence(self, location: Location) -> list[object]:
        values: list[object] = []
        while not isinstance(
            event := next(self._events), yaml.SequenceEndEvent
        ):
            place = (*location, len(values))
            values.append(self._value(event, place, self._line(event)))
        return values

    def _mapping(self, start: yaml.Event, location: Location) -> object:
        values: dict[str, object] = {}
        while not isinstance(
            event := next(self._events), yaml.MappingEndEvent
        ):
            line = self._line(event)
            if not isinstance(event, yaml.ScalarEvent):
                return self._bare_braces(start, event, location)
            self._refuse_anchor_and_tag(event, location)
            key = self._key(event)
            value = next(self._events)
            if key == "<<":
                self._error(
                    line,
                    "`<<` merges mappings, which pattern files do not do",
                    "write the fields out, or share them as a vocabulary",
                )
                self._skip(value)
            elif key in values:
                first = self._source.line((*location, key))
                self._error(
                    line,
                    f"`{key}` is given a second time (first on line {first})",
                    "keep one of the two",
                )
                self._skip(value)
            else:
                values[key] = self._value(value, (*location, key), line)
        return values

    def _key(self, event: yaml.ScalarEvent) -> str:
        if event.style:
            return event.value
        if not isinstance(resolve(event.value), str):
            self._error(
                self._line(event),
                f"the key `{event.value}` is not text to YAML",
                f'write "{event.value}" with the quotes',
            )
        return event.value

    def _bare_braces(
        self, start: yaml.Event, event: yaml.Event, location: Location
    ) -> str:
        """``{{ name }}`` without quotes, which YAML takes for mappings."""
        self._skip(event)
        depth, last = 1, event
        while depth:
            last = next(self._events)
            depth += _step(last)
        begin, end = start.start_mark, last.end_mark
        written = self._source.text[begin.index : end.index]
        line = begin.line + 1
        if written.startswith("{{"):
            self._error(
                line,
                "a value that begins with `{{` is a mapping to YAML",
                f"put it in quotes: {quoted(written)}",
            )
        else:
            self._error(
                line,
                "a key must be a text, not a list or mapping",
                "put it in quotes",
            )
        self._source.spoilt.add(location)
        self._source.places[location] = Place(line, line, end.line + 1)
        return written

    def _scalar(
        self, event: yaml.ScalarEvent, location: Location, key_line: int
    ) -> object:
        line, style = self._line(event), event.style or ""
        block = style in ("|", ">")
        last = event.end_mark.line + (0 if block else 1)
        self._source.places[location] = Place(
            key_line, line + block, max(last, line), style
        )
        if style:
            return self._encodable(event, location)
        self._refuse_cut(event, location)
        value = resolve(event.value)
        if isinstance(value, Ambiguous):
            self._error(line, value.cause, value.remedy)
            self._source.spoilt.add(location)
            return event.value
        return value

    def _encodable(self, event: yaml.ScalarEvent, location: Location) -> str:
        """A quoted text, unless an escape made half a character of it."""
        try:
            event.value.encode()
        except UnicodeEncodeError:
            self._source.spoilt.add(location)
            self._error(
                self._line(event),
                "an escape gives half a character, which no file can hold",
                "write the character itself",
            )
            return ""
        return event.value

    def _refuse_cut(
        self, event: yaml.ScalarEvent, location: Location
    ) -> None:
        """``Fix #3``, of which YAML keeps only the first word."""
        end = event.end_mark
        rest = self._lines[end.line][end.column :]
        if _CUT_BY_COMMENT.match(rest):
            self._source.spoilt.add(location)
            self._error(
                end.line + 1,
                f"`{shortened(rest.strip())}` is a comment to YAML and is "
                "dropped",
                "put the whole text in quotes, or write `# ` with a space "
                "if it is a comment",
            )

    def _refuse_alias(
        self, event: yaml.AliasEvent, location: Location
    ) -> None:
        line = self._line(event)
        self._source.places[location] = Place(line, line, line)
        self._source.spoilt.add(location)
        self._error(
            line,
            f"`*{event.anchor}` is an alias to YAML; pattern files have none",
            "put the text in quotes, or write the value out",
        )

    def _refuse_anchor_and_tag(
        self, event: yaml.Event, location: Location
    ) -> None:
        if event.anchor is not None:
            self._source.spoilt.add(location)
            self._error(
                self._line(event),
                f"`&{event.anchor}` is an anchor to YAML; pattern files have "
                "none",
                "put the text in quotes, or share values as a vocabulary",
            )
        if event.tag is not None:
            self._source.spoilt.add(location)
            self._error(
                self._line(event),
                f"`{shortened(event.tag)}` is a tag to YAML; pattern files "
                "have none",
                "put the text in quotes, or delete the tag",
            )

    def _skip(self, event: yaml.Event) -> None:
        """Pass over a value, however deep, whose first event was taken."""
        depth = _step(event)
        while depth > 0:
            depth += _step(next(self._events))

    def _line(self, event: yaml.Event) -> int:
        return event.start_mark.line + 1

    def _error(self, line: int, cause: str, remedy: str) -> None:
        if len(self._source.errors) >= _MAX_ERRORS:
            raise PatternError(
                self._source.path,
                line,
                f"after {_MAX_ERRORS} errors the rest is not read",
                "mend those first",
            )
        self._source.errors.append(
            PatternError(self._source.path, line, cause, remedy)
        )


def _step(event: yaml.Event) -> int:
    if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
        return 1
    if isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
        return -1
    return 0
