"""What pydantic found wrong, as sentences that teach, at lines of the file."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from plse.loading.yaml_source import Location, Source
from plse.loading.yaml_traps import shortened
from plse.schema import PatternFile, part_at

__all__ = ["dotted", "found", "nearest", "read_part", "read_pattern_file"]

Model = TypeVar("Model", bound=BaseModel)

_EXPECTED = {
    "string_type": "a text",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "a boolean",
    "int_from_float": "a whole number",
}
_SHAPES = {
    r"\S": ("must hold some text", "write it, or delete the key"),
    r"^[a-z][a-z0-9_]*$": (
        "must be a lower-case name",
        "use letters, digits and _, such as none_sentinel",
    ),
    r"^[A-Za-z][A-Za-z0-9_]*$": (
        "must be a name that a template can use",
        "use letters, digits and _, such as item or max_size",
    ),
    r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$": (
        "must be the id of a lesson",
        "write library.topic.name, such as plse.idioms.none_sentinel",
    ),
    r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$": (
        "must be an area and an idea",
        "write area.idea, such as functions.default_arguments",
    ),
    r"^[A-Za-z0-9][A-Za-z0-9_.-]*:[A-Za-z0-9][A-Za-z0-9_./-]*$": (
        "must be a catalogue and a rule",
        "write catalogue:rule, such as flake8-bugbear:B006",
    ),
    r"^[A-Z]{1,4}[0-9]{1,4}$": ("must be a lint code", "such as B006"),
    r"^3\.[0-9]{1,2}$": (
        "must be a version of Python 3",
        'write it in quotes, such as "3.11"',
    ),
    r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$": (
        "must be the name of a module",
        "write it as in an import, such as numpy",
    ),
}
_NOT_KEYS = {
    "id": "the id follows from the path; delete the line",
    "name": "the name is that of the file; delete the line",
    "kind": "the kind follows from the keys; delete the line",
    "topic": "the topic is the folder; delete the line",
    "options": "the ways of a tradeoff are `alternatives`; an option is a "
    "value of a parameter",
}
_STAND_INS: dict[str, object] = {
    "title": "-",
    "concept": "area.idea",
    "difficulty": "beginner",
    "why": "-",
    "ask": {"write": ["-"]},
}


def read_pattern_file(source: Source) -> PatternFile:
    """The pattern file that a source holds, with every error recorded.

    Where the shape is wrong, the faulty part is left out (or stands as a
    dash), so that the rest can still be judged; the source then has errors.
    """
    data = source.data
    if not isinstance(data, dict):
        source.add(
            (),
            f"a pattern file is a mapping of keys; this one is {found(data)}",
            "begin with `title: …`",
        )
        return PatternFile.model_validate(_STAND_INS)
    try:
        return PatternFile.model_validate(data)
    except ValidationError as error:
        wrong = _record(error, source, PatternFile)
    return _without(data, wrong)


def read_part(source: Source, model: type[Model]) -> Model | None:
    """A small file of one model; None, with errors recorded, if it is not."""
    try:
        return model.model_validate(source.data)
    except ValidationError as error:
        _record(error, source, model)
    return None


def found(value: object) -> str:
    """A value as a message names it: what it is, and what it says."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    if isinstance(value, (int, float)):
        return f"the number {value}"
    if isinstance(value, str):
        return f"the text `{shortened(value)}`"
    if isinstance(value, list):
        return "a list"
    return "a mapping"


def nearest(name: str, known: Iterable[str]) -> str:
    """``did you mean …?``, or all that is known where nothing is near."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean `{close[0]}`?"
    if not names:
        return "there is none to name"
    return "known: " + ", ".join(names[:24]) + (" …" if names[24:] else "")


def dotted(location: Location) -> str:
    """A location as the design writes it: ``ask.write[1]``."""
    text = ""
    for step in location:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text


def _record(
    error: ValidationError, source: Source, model: type[BaseModel]
) -> set[Location]:
    """Record each error once; returns the locations at fault."""
    wrong: set[Location] = set()
    for item in error.errors(include_url=False, include_context=True):
        kind, loc = item["type"], item["loc"]
        location = _location(loc, source.data, kind)
        if location in wrong and kind not in ("missing", "extra_forbidden"):
            continue
        wrong.add(location)
        if source.is_spoilt(location):
            continue
        at = location[:-1] if kind == "missing" else location
        cause, remedy = _sentence(item, location, model)
        source.add(at, cause, remedy)
    return wrong


def _location(
    loc: tuple[int | str, ...], data: object, kind: str
) -> Location:
    """Pydantic's location without the names of branches that it took."""
    location: list[int | str] = []
    node = data
    for position, step in enumerate(loc):
        last = position == len(loc) - 1
        if isinstance(node, dict) and step in node:
            node = node[step]
        elif isinstance(node, list) and isinstance(step, int):
            node = node[step]
        elif not (last and kind == "missing"):
            continue
        location.append(step)
    return tuple(location)


def _sentence(
    item: Mapping[str, Any], location: Location, model: type[BaseModel]
) -> tuple[str, str]:
    kind, value = item["type"], item["input"]
    part = part_at(item["loc"]) if model is PatternFile else model
    name = str(location[-1]) if location else "the file"
    shown = f"`{dotted(location)}`" if location else "the file"
    if kind == "missing":
        around = f"`{dotted(location[:-1])}`" if location[1:] else "the file"
        return f"{around} lacks the key `{name}`", _describe(part, name)
    if kind == "extra_forbidden":
        known = [
            field.alias or key for key, field in part.model_fields.items()
        ]
        remedy = nearest(name, known)
        if part is PatternFile and name in _NOT_KEYS:
            remedy = _NOT_KEYS[name]
        return f"unknown key `{shown.strip('`')}`", remedy
    if item["loc"][-1:] == ("[key]",):
        shown, value = f"the key `{name}`", name
    context = item.get("ctx", {})
    if kind == "string_pattern_mismatch":
        cause, remedy = _SHAPES[context["pattern"]]
        return f"{shown} {cause}, found {found(value)}", remedy
    if kind in ("too_short", "string_too_short"):
        least = context["min_length"]
        what = "empty" if not value else f"too short: {least} at least"
        return f"{shown} is {what}", _describe(part, name)
    if kind == "literal_error":
        choices = context["expected"].replace(" or ", ", ").split(", ")
        return (
            f"{shown} cannot be {found(value)}",
            nearest(str(value), [choice.strip("'") for choice in choices]),
        )
    if kind in _EXPECTED:
        return _wrong_type(item, shown, value, _describe(part, name))
    message = item["msg"].removeprefix("Input ")
    return f"{shown} {message}, found {found(value)}", _describe(part, name)


def _wrong_type(
    item: Mapping[str, Any], shown: str, value: object, description: str
) -> tuple[str, str]:
    if item["loc"][:1] == ("parameters",) and "options" in item["loc"][2:]:
        if isinstance(value, list):
            return (
                f"{shown} is a list, which cannot be an option",
                "make it a field of a bundle: {items: […]}",
            )
        return (
            f"{shown} must be a list of options, found {found(value)}",
            'write [one, two], {from: 1, to: 99}, {let: "{{ … }}"} or '
            "{from: a_vocabulary}",
        )
    expected = _EXPECTED[item["type"]]
    cause = f"{shown} must be {expected}, found {found(value)}"
    if value is None:
        return f"nothing stands after {shown}", description
    if expected == "a text" and isinstance(value, dict):
        return cause, (
            "a text that holds `: ` needs quotes, or `>-` before it"
        )
    if expected == "a text" and not isinstance(value, list):
        return cause, f'put it in quotes: "{value}"'
    if expected == "a list" and isinstance(value, str):
        return cause, f"put it in brackets: [{shortened(value)}]"
    return cause, description


def _describe(part: type[BaseModel], name: str) -> str:
    for key, field in part.model_fields.items():
        if name in (key, field.alias):
            return (field.description or "").rstrip(".")
    return ""


def _without(
    data: Mapping[str, object], wrong: Iterable[Location]
) -> PatternFile:
    """The file without what is wrong in it."""
    sound = {key: value for key, value in data.items() if (key,) not in wrong}
    for location in wrong:
        if not location or location[0] not in sound:
            continue
        key, value = str(location[0]), sound[str(location[0])]
        if key in ("parameters", "alternatives") and isinstance(value, dict):
            sound[key] = {
                name: part
                for name, part in value.items()
                if name not in location[1:2]
            }
        else:
            del sound[key]
    for attempt in (sound, {**sound, "alternatives": None}):
        try:
            return PatternFile.model_validate({**_STAND_INS, **attempt})
        except ValidationError:
            continue
    return PatternFile.model_validate(_STAND_INS)
