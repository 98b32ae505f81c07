"""Bundles: options of several named values, alone or in a vocabulary."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from plse.loading.schema_errors import found
from plse.loading.yaml_source import Location, Source
from plse.patterns import Bundle

__all__ = ["Vocabulary", "bundle", "read_vocabulary"]

_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Vocabulary:
    """Bundles that lessons share, each with a ``name``."""

    bundles: tuple[Bundle, ...]
    text: str


def read_vocabulary(source: Source) -> Vocabulary | None:
    """The vocabulary in a file; None, with errors recorded, if it is none."""
    bundles = tuple(_bundles(source))
    return None if source.errors else Vocabulary(bundles, source.text)


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
