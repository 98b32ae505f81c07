"""What a plain word of YAML is: a text, or a value that it cannot hide.

One rule that a teacher can remember: ``true``, ``false``, ``null`` and a
number that Python would write in the same way are those values; a word that
YAML 1.1 would read as something else (``no``, ``010``, ``1.50``) is refused,
with both ways to write it; everything else is text.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from plse.loading.yaml_traps import shortened

__all__ = ["Ambiguous", "resolve"]

_WORDS = {
    "true": True,
    "True": True,
    "false": False,
    "False": False,
    "null": None,
    "~": None,
    "": None,
}
_NUMBER_LIKE = re.compile(
    r"[-+]?(0[xob][0-9a-fA-F_]+|\.?[0-9][0-9_]*\.?[0-9_]*([eE][-+]?[0-9]+)?"
    r"|\.(inf|Inf|INF))|\.(nan|NaN|NAN)"
)
_BOOLEAN_LIKE = re.compile(r"(?i:yes|no|on|off|true|false)")
_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,39}")


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """A plain scalar that could be two things: why, and how to write both."""

    cause: str
    remedy: str


def resolve(text: str) -> object:
    """The value of a plain scalar, or why it could be two things."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in "-+.0123456789" and _NUMBER_LIKE.fullmatch(text):
        return _number(text)
    if _BOOLEAN_LIKE.fullmatch(text):
        meant = text.lower() in ("yes", "on", "true")
        return Ambiguous(
            f"`{text}` is a boolean to YAML",
            f'write "{text}" for the text or {str(meant).lower()} for the '
            "boolean",
        )
    if text.lower() == "null":
        return Ambiguous(
            f"`{text}` is nothing to YAML",
            f'write "{text}" for the text or null for nothing',
        )
    return text


def _number(text: str) -> object:
    """A number that Python writes as it stands here, or the trap it is."""
    if _WHOLE.fullmatch(text):
        return int(text)
    try:
        value = float(text.replace("_", ""))
    except ValueError:
        value = math.nan
    if repr(value) == text:
        return value
    number = "plain decimals"
    if math.isfinite(value):
        number = str(int(value)) if value.is_integer() else repr(value)
    return Ambiguous(
        f"`{shortened(text)}` is a number, and would not come out as it is "
        "written",
        f'write "{shortened(text)}" for the text or {number} for the number',
    )
