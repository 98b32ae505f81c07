"""Rejected samples, explained: where, what, why, and how to see it again.

The texts are for people: pytest prints them for a failing test and ``plse``
for a sample that it was asked to show. What a sample's own code has said is
hostile, so nothing here lets a control character through.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from plse.chunks import ChunkResult, Rejected
from plse.findings import Finding
from plse.generator import Generator
from plse.patterns import Pattern, Template
from plse.samples import TEST_PATH, Sample
from plse.validation import Verdict

__all__ = [
    "explain_chunk",
    "explain_rejected",
    "explain_rejection",
    "pattern_line",
]

CONTEXT = 3
MOST_FINDINGS = 5
MOST_SAMPLES = 5
_MOST_CHARACTERS = 1_000
_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\ud800-\udfff]"
)
_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}")


def explain_chunk(
    result: ChunkResult,
    generator: Generator,
    positions: range,
    repeat: str = "",
) -> str:
    """Why a chunk's test fails; "" if every draw gave a row.

    :param repeat: the command that makes the same chunk again.
    """
    parts = []
    if result.rejected:
        shown = result.rejected[:MOST_SAMPLES]
        if len(positions) > 1:
            parts.append(
                f"{len(result.rejected)} of {len(positions)} samples were "
                "rejected"
                + (
                    f"; here are the first {len(shown)}, and all of them in "
                    "rejected.jsonl"
                    if len(shown) < len(result.rejected)
                    else ""
                )
            )
        parts += [explain_rejected(each, generator) for each in shown]
    if result.missing:
        pattern = generator.pattern
        parts.append(
            f"{_path(pattern.path)}: the space is exhausted: draws "
            f"{positions.start} to {positions.stop - 1} were asked for, "
            f"{result.missing} of them are beyond its end; ask for fewer, or "
            "add options"
        )
    if parts and repeat:
        parts.append(f"repeat:  {repeat}")
    return "\n\n".join(parts)


def explain_rejected(rejected: Rejected, generator: Generator) -> str:
    """Why one draw gave no row."""
    if rejected.verdict is not None:
        return explain_rejection(rejected.verdict, generator)
    return _explanation(
        generator.pattern,
        rejected.index,
        rejected.cell,
        rejected.findings,
        None,
    )


def explain_rejection(verdict: Verdict, generator: Generator) -> str:
    """Why a sample was rejected."""
    sample = verdict.sample
    return _explanation(
        generator.pattern,
        sample.index,
        sample.plain_cell,
        verdict.findings,
        sample,
    )


def _explanation(
    pattern: Pattern,
    index: int,
    cell: Mapping[str, object],
    findings: Sequence[Finding],
    sample: Sample | None,
) -> str:
    lines = []
    shown = set()
    for finding in findings[:MOST_FINDINGS]:
        text, template = _origin(finding, pattern, sample)
        line = pattern_line(template, text, finding.line) if template else 0
        place = f"{_path(pattern.path)}:{line}" if line else str(
            _path(pattern.path)
        )
        lines.append(f"{place}: {_clean(str(finding))}")
        if text and (finding.side, finding.line) not in shown:
            shown.add((finding.side, finding.line))
            lines += ["", *_excerpt(text, finding.line), ""]
    if len(findings) > MOST_FINDINGS:
        lines.append(f"and {len(findings) - MOST_FINDINGS} more findings")
    options = ", ".join(f"{name}={value}" for name, value in cell.items())
    if lines[-1]:
        lines.append("")
    return "\n".join(
        [
            *lines,
            f"sample:  {pattern.id}#{index}",
            f"cell:    {_clean(options)}",
            f"stage:   {findings[0].stage}",
            f"see it:  plse show {pattern.id} --index {index}",
        ]
    )


def _origin(
    finding: Finding, pattern: Pattern, sample: Sample | None
) -> tuple[str, Template | None]:
    """The rendered text that a finding is about, and the template of it."""
    if sample is None:
        return "", _template(pattern, finding.side)
    side = finding.side
    if side == "instruction":
        return sample.instruction, sample.ask.text
    if side == "why":
        return sample.why, pattern.why
    if side in ("tests", TEST_PATH) and pattern.tests is not None:
        return sample.tests, pattern.tests
    if side in ("solution", "solution.py") and sample.solution:
        return sample.solution, _solution_template(pattern, sample)
    if side == "mistake" and pattern.mistake is not None:
        return sample.mistake, pattern.mistake.code
    if side in sample.others:
        for alternative in pattern.alternatives:
            if alternative.name == side:
                return sample.others[side], alternative.code
    for number, file in enumerate(sample.files):
        if file.path == side:
            in_order = len(pattern.files) == len(sample.files)
            return file.content, (
                pattern.files[number].content if in_order else None
            )
    return "", None


def _solution_template(pattern: Pattern, sample: Sample) -> Template | None:
    if pattern.solution is not None:
        return pattern.solution
    for alternative in pattern.alternatives:
        if alternative.name not in sample.others:
            return alternative.code
    return None


def _template(pattern: Pattern, key: str) -> Template | None:
    """The template at a key of the pattern file, such as ``solution.code``."""
    waiting: list[object] = [
        getattr(pattern, name) for name in pattern.__dataclass_fields__
    ]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Template):
            if value.key == key:
                return value
        elif isinstance(value, tuple):
            waiting += value
        elif hasattr(value, "__dataclass_fields__"):
            waiting += [
                getattr(value, name) for name in value.__dataclass_fields__
            ]
    return None


def pattern_line(template: Template, text: str, line: int) -> int:
    """The line of the pattern file that a line of a rendered text came from.

    It is the template's line that can have become the rendered one; among
    several, the one at the nearest depth of the text. Where none can (the
    line came from a fragment, say), it is the template's first.

    :param line: 1-based line of the text; 0 for none.
    """
    rendered = text.splitlines()
    if not 0 < line <= len(rendered):
        return template.line
    sources = template.text.splitlines()
    wanted = rendered[line - 1].strip()
    depth = (line - 0.5) / len(rendered)
    candidates = [
        (abs((number + 0.5) / len(sources) - depth), number)
        for number, source in enumerate(sources)
        if wanted and _can_become(source.strip(), wanted)
    ]
    return template.line + min(candidates, default=(0, 0))[1]


def _can_become(source: str, rendered: str) -> bool:
    """Whether a template's line, not all of it Jinja, can render to a line."""
    literals = _JINJA.split(source)
    if not "".join(literals).strip():
        return False
    expression = ".*".join(map(re.escape, literals))
    return re.fullmatch(expression, rendered) is not None


def _excerpt(text: str, line: int) -> Iterator[str]:
    """Numbered lines around a line, which is marked; all of a short text."""
    lines = text.splitlines()
    if line:
        first = max(0, line - 1 - CONTEXT)
        last = min(len(lines), line + CONTEXT)
    else:
        first, last = 0, min(len(lines), 4 * CONTEXT)
    width = len(str(last))
    for number, content in enumerate(lines[first:last], first + 1):
        mark = ">" if number == line else " "
        yield f"  {mark} {number:>{width}} | {_clean(content)}".rstrip()


def _clean(text: str) -> str:
    """Text without control characters, and not longer than a person reads."""
    text = _CONTROL.sub(lambda match: ascii(match[0])[1:-1], text)
    if len(text) > _MOST_CHARACTERS:
        text = f"{text[:_MOST_CHARACTERS]} … ({len(text)} characters)"
    return text


def _path(path: Path) -> Path:
    """A path as a person in this folder would write it."""
    relative = os.path.relpath(path)
    return path if relative.startswith(os.pardir) else Path(relative)
