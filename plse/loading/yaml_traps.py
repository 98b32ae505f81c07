"""What a syntax error of YAML means to the author of a lesson.

A YAML parser says what it expected; an author needs to know what to write.
Most errors come from a handful of traps: a value that begins with a character
that YAML keeps for itself, a colon within plain text, a tab.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml

__all__ = [
    "MAX_DEPTH",
    "Trap",
    "explain",
    "quoted",
    "repair",
    "shortened",
    "too_deep",
]

MAX_DEPTH = 12
"""Lists and mappings that may stand inside one another."""

_VALUE = re.compile(r"[ ]*(?:- +)*(?:[A-Za-z_][\w.-]*:[ ]+)?(?=\S)")
_KEY_ONLY = re.compile(r"[ ]*(?:- +)*[^\s:#'\"]+:(?:\s|$)")
_CLOSED_QUOTE = re.compile(r"(\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*')\s*[^\s#:]")
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Trap:
    """A syntax error, explained.

    :param line: 1-based.
    :param quote: whether quotes around the value of that line mend it.
    """

    line: int
    cause: str
    remedy: str
    quote: bool = False


def explain(error: yaml.YAMLError, text: str) -> Trap:
    """The trap behind an error that reading ``text`` raised."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    context = getattr(error, "context_mark", None) or mark
    if mark is None:
        return Trap(1, f"this is not YAML: {shortened(problem)}", "")
    lines = [*text.split("\n"), ""]
    line = min(mark.line, len(lines) - 1)
    start = min(context.line, len(lines) - 1)
    if "tab character" in problem or lines[line][mark.column :][:1] == "\t":
        return Trap(
            line + 1,
            "a tab stands where YAML wants spaces",
            "indent with spaces",
        )
    if "nesting depth" in problem:  # the parser's own limit, since 6.0.4
        return too_deep(line + 1)
    for number in dict.fromkeys((line, start)):
        trap = _begins_badly(lines[number], number + 1)
        if trap is not None:
            return trap
    if "mapping values" in problem:
        return _colon(lines[line], line + 1, mark.column)
    if "escape" in problem:
        return Trap(
            line + 1,
            "a backslash in double quotes begins an escape that YAML does "
            "not have",
            "use single quotes, or write the text after `|`",
        )
    if "quoted scalar" in (getattr(error, "context", None) or ""):
        return Trap(
            start + 1,
            "a quote that is opened here is never closed",
            "close it, or write the text after `>-`",
        )
    if "expected ',' or" in problem:
        return Trap(
            start + 1,
            "a bracket that is opened here is not closed as it should be",
            "close it, put commas between the items, and quote items that "
            "hold brackets, colons or commas",
        )
    return Trap(
        line + 1,
        "this line does not fit the lines above it",
        "align it with its siblings; text after `|` or `>` is indented "
        "deeper than its key",
    )


def too_deep(line: int) -> Trap:
    """Brackets within brackets, more of them than any lesson has."""
    return Trap(
        line,
        f"lists and mappings are nested more than {MAX_DEPTH} deep",
        "check the brackets and the indentation",
    )


def repair(text: str, trap: Trap) -> str | None:
    """The text with the trap's value in quotes; None if that mends nothing.

    Lines stay lines, so that reading can go on and find what else is wrong.
    """
    if not trap.quote:
        return None
    lines = text.split("\n")
    line = lines[trap.line - 1]
    start = _VALUE.match(line)
    if start is None:
        return None
    value = line[start.end() :].rstrip()
    lines[trap.line - 1] = line[: start.end()] + _single_quoted(value)
    return "\n".join(lines)


def quoted(value: str) -> str:
    """How to write a text so that YAML takes all of it."""
    return _single_quoted(value) if '"' in value else f'"{value}"'


def shortened(text: str) -> str:
    """A text on one line, cut to a length that a message can bear."""
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _single_quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _begins_badly(line: str, number: int) -> Trap | None:
    """A plain value whose first character means something else to YAML."""
    start = _VALUE.match(line)
    if start is None:
        return None
    value = line[start.end() :].rstrip()
    remedy = f"put it in quotes: {shortened(quoted(value))}"
    if value.startswith(("{{", "{%", "{#")):
        return Trap(
            number,
            f"a value that begins with `{value[:2]}` is a mapping to YAML",
            remedy,
            quote=True,
        )
    if value.startswith("[") and "{{" in value:
        return Trap(
            number,
            "`{{` within [ ] is a mapping to YAML",
            "put each item that holds `{{` in quotes",
            quote=True,
        )
    if value[0] in "`@%*&!":
        return Trap(
            number,
            f"a plain value cannot begin with `{value[0]}`"
            if value[0] != "`"
            else "a plain value cannot begin with a backtick",
            remedy,
            quote=True,
        )
    if value[0] in "'\"" and _CLOSED_QUOTE.match(value):
        return Trap(
            number,
            "the text goes on after its closing quote",
            f"put the whole in quotes: {shortened(_single_quoted(value))}",
            quote=True,
        )
    return None


def _colon(line: str, number: int, column: int) -> Trap:
    """``: `` within plain text, or a key that is indented too deep."""
    start = _VALUE.match(line)
    before = line[:column].lstrip(" -")
    if start is None or (_KEY_ONLY.match(line) and ":" not in before):
        return Trap(
            number,
            "this key is indented deeper than the value above allows",
            "align it with its siblings, or put the text above in quotes",
        )
    value = line[start.end() :].rstrip()
    return Trap(
        number,
        "`: ` within a plain text begins a mapping to YAML",
        f"put the text in quotes: {shortened(quoted(value))}",
        quote=True,
    )
