"""Examinations as text: a table of many, a page of one, JSON for machines."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from plse.drawing.randomness import Numbers, keyed
from plse.errors import PlseError
from plse.generator import Generator
from plse.proof.examination import Examination, PointResult
from plse.proof.points import POINTS

__all__ = ["as_json", "page", "table"]

SIGNS = {"passed": "ok", "failed": "FAIL", "skipped": "-", "unproven": "?"}
WIDTH = 79
SAMPLES = 5


def as_json(examinations: Sequence[Examination]) -> str:
    """All that is known, as a JSON object."""
    return json.dumps(
        {
            "passed": all(each.passed for each in examinations),
            "patterns": [
                {"path": each.path, **each.plain()} for each in examinations
            ],
        },
        indent=2,
        ensure_ascii=False,
    )


def table(examinations: Sequence[Examination]) -> str:
    """A line for each pattern, a column for each point, what is wrong below,
    and a sum."""
    names = [point.name for point in POINTS]
    width = max(
        (len(each.pattern_id) for each in examinations), default=len("pattern")
    )
    lines = [
        "  ".join(["pattern".ljust(width), *names]),
        "  ".join(["-" * width, *("-" * len(name) for name in names)]),
    ]
    for each in examinations:
        cells = [
            _cell(point).ljust(len(name))
            for name, point in zip(names, _in_order(each, names))
        ]
        line = "  ".join([each.pattern_id.ljust(width), *cells])
        lines.append(line.rstrip())
    lines.append("")
    for each in examinations:
        if not each.passed:
            lines += [each.failure(), ""]
    lines += [
        f"NOT proven here: {each.pattern_id} {unmet}"
        for each in examinations
        if (unmet := _unmet(each))
    ]
    lines += [*_missing_tools(examinations)]
    standing = sum(
        each.passed and not _unmet(each) for each in examinations
    )
    spent = sum(each.cpu_seconds for each in examinations)
    lines.append(
        f"{standing} of {len(examinations)} patterns stand "
        f"({spent:.1f} s of processor time when they were proven)"
    )
    return "\n".join(lines)


def _unmet(examination: Examination) -> str:
    """Why no point could be proven on this machine, or ""."""
    scores = {point.score for point in examination.points}
    skipped = all(point.status == "skipped" for point in examination.points)
    return scores.pop() if skipped and len(scores) == 1 else ""


def _in_order(
    examination: Examination, names: Sequence[str]
) -> Iterator[PointResult | None]:
    points = {point.name: point for point in examination.points}
    for name in names:
        yield points.get(name)


def _cell(point: PointResult | None) -> str:
    if point is None:
        return "?"
    if point.status != "passed":
        return SIGNS[point.status]
    facts: Mapping[str, Any] = point.facts
    if point.name == "space":
        return str(facts["structures"])
    if point.name == "contrast":
        return str(facts["cells"])
    if point.name == "teeth" and facts["mutants"]:
        return f"{facts['kill_rate']:.0%}"
    return SIGNS["passed"]


def _missing_tools(examinations: Sequence[Examination]) -> Iterator[str]:
    missing = {
        name
        for each in examinations
        for point in each.points
        if point.name == "artefacts"
        for name in point.facts.get("missing", ())
    }
    if missing:
        names = ", ".join(sorted(missing))
        yield (
            f"NOT consulted, since not installed: {names} "
            "(pip install 'plse[artefacts]')"
        )


def page(examination: Examination, generator: Generator) -> str:
    """Everything about one pattern, with five rendered samples to read."""
    title = f"{examination.pattern_id}  ({examination.path})"
    lines = [title, "=" * len(title), ""]
    asks = {point.name: point.asks for point in POINTS}
    for point in examination.points:
        sign = SIGNS[point.status]
        lines.append(f"{sign:>4}  {point.name:<12} {point.score}")
        lines += textwrap.wrap(
            asks.get(point.name, ""),
            WIDTH,
            initial_indent=" " * 19,
            subsequent_indent=" " * 19,
        )
    lines += ["", *_details(examination)]
    for flaw in examination.flaws:
        lines += [flaw.text(examination.path), ""]
    lines += _samples(generator)
    return "\n".join(lines).rstrip()


def _details(examination: Examination) -> Iterator[str]:
    """What the points found beside what is wrong."""
    facts = {point.name: point.facts for point in examination.points}
    space = facts.get("space", {})
    if space:
        yield (
            f"{space['rendered']} cells rendered: {space['skeletons']} "
            f"structures, {space['structures']} that are not near-identical, "
            f"{space['instructions']} instructions; {space['branches']} ways "
            f"through the templates, {len(space['unreached'])} never taken"
        )
    contrast = facts.get("contrast", {})
    if contrast:
        yield (
            f"{contrast['pairs_covered']} of {contrast['pairs']} pairs of "
            f"options meet in {contrast['cells']} cells"
        )
        for name, count in contrast["observed"].items():
            yield f"  the mistake shows {name} in {count}"
    teeth = facts.get("teeth", {})
    if teeth:
        yield (
            f"{teeth['killed']} of {teeth['mutants']} mutants noticed; "
            f"{teeth['equivalent']} equivalent, {teeth['not_run']} not run"
        )
        yield from _survivors(examination, teeth["survivors"])
    hermetic = facts.get("hermetic", {})
    if hermetic.get("read"):
        yield "the code reads: " + "; ".join(hermetic["read"])
    for claim in facts.get("claims", {}).get("claims", ()):
        yield (
            f"claim, line {claim['line']}: at least {claim['smallest_ratio']} "
            f"times ({claim['by']:g} claimed). {claim['text']}"
        )
    left_out = facts.get("artefacts", {}).get("left_out", ())
    if left_out:
        yield "commands that cannot run here: " + "; ".join(left_out)
    yield ""


def _survivors(
    examination: Examination, survivors: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    passed = examination.point("teeth").status == "passed"
    # Where there are too many, they stand among what is wrong.
    for each in survivors if passed else ():
        yield f"  survivor at {examination.path}:{each['line']}"
        yield f"    {each['message']}; sample {each['index']}"
        yield from textwrap.indent(each["diff"], "    ").split("\n")


def _samples(generator: Generator) -> Iterator[str]:
    """Samples spread over the space, each as a reader would meet it."""
    pattern = generator.pattern
    numbers = Numbers(keyed("page", pattern.digest))
    size = generator.size
    chosen = sorted({numbers.below(size) for _ in range(SAMPLES)})
    for index in chosen:
        try:
            sample = generator.sample(index)
        except PlseError as error:
            yield f"--- sample {index} does not render: {error}"
            continue
        yield f"--- {sample.id} ({sample.ask.task}) " + "-" * 20
        yield sample.instruction
        if sample.ask.task != "write" and (sample.mistake or sample.solution):
            yield "\n[given]\n" + (sample.mistake or sample.solution).rstrip()
        if sample.ask.task == "explain":
            yield "\n[why]\n" + sample.why
        elif sample.solution:
            yield "\n[answer]\n" + sample.solution.rstrip()
        else:
            for file in sample.files:
                yield f"\n[{file.path}]\n{file.content.rstrip()}"
        yield ""
