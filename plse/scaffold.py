"""A new pattern file that passes as it is, ready to be edited."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from plse.errors import PatternError
from plse.patterns import Kind
from plse.registry import Library, load_pattern

__all__ = ["kind_of_topic", "write_pattern"]

_PART = re.compile(r"[a-z][a-z0-9_]*")
_BY_HAND = ("orchestration", "meta")
"""Topics whose lessons are sets of files: better begun from a sound one."""


def kind_of_topic(topic: str) -> Kind:
    """The kind of lesson that is begun in a topic's folder."""
    return "anti_pattern" if topic == "anti_patterns" else "best_practice"


def write_pattern(library: Library, name: str) -> Path:
    """Write ``TOPIC/NAME.yaml`` into a library and load it once.

    :param name: ``topic/name``, each a Python identifier in lower case.
    :returns: the new file.
    :raises PatternError: if the name is none, or the file is there already.
    """
    topic, slash, stem = name.partition("/")
    stem = stem.removesuffix(".yaml")
    if not (slash and _PART.fullmatch(topic) and _PART.fullmatch(stem)):
        raise PatternError(
            library.root,
            0,
            f"{name!r} is not the name of a pattern",
            "write TOPIC/NAME in lower case, such as io/read_lines",
        )
    if topic in _BY_HAND:
        raise PatternError(
            library.root / topic,
            0,
            f"there is no ready-made beginning for a lesson in {topic}",
            "copy a lesson of that folder and change it",
        )
    path = library.root / topic / f"{stem}.yaml"
    if path.exists():
        raise PatternError(
            path, 0, "is there already", "choose another name, or edit it"
        )
    scaffold = files("plse") / "scaffolds" / f"{kind_of_topic(topic)}.yaml"
    title = stem.replace("_", " ").capitalize()
    text = scaffold.read_text(encoding="utf-8").replace("TITLE", title, 1)
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    load_pattern(path, library)
    return path
