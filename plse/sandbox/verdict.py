"""The parent decides: from what a child left to an outcome.

A child's report is written by code that shares an interpreter with the code
it judges, so it is read as a stranger's letter: this parser never raises,
and anything but exactly the report that is expected is not a pass.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .outcomes import Outcome, TestResult

__all__ = [
    "Judged",
    "between",
    "clean_text",
    "cpu_of",
    "failure_of",
    "judge",
    "records",
]

REPORT_LIMIT = 4 << 20
_MESSAGE_LIMIT = 2048
_OUTCOMES = ("passed", "failed", "error", "skipped")
# What the codec `unicode_escape` writes; it reads more, and warns of some.
_FIELD = re.compile(
    r"(?:[ -\[\]-~]|\\[\\tnr]|\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|\\U[0-9a-f]{8})*"
)
# Control characters, those that reorder text, and halves of pairs.
_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f"
    r"\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


@dataclass(frozen=True)
class Judged:
    """A child's programs, as far as its report goes.

    :param outcomes: one for each program of the request; None for those of
        which the report says nothing that could be believed.
    :param whole: the child ran to its end and left its interpreter as it
        found it, so that its outcomes hold for programs of a batch.
    :param culprit: the program during which the child ended; -1 when it did
        not end early.
    """

    outcomes: tuple[Outcome | None, ...]
    whole: bool
    culprit: int


def clean_text(text: object, limit: int = _MESSAGE_LIMIT) -> str:
    """Text from a child, without what could harm a terminal or a log."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", str(text)[:limit])


def records(report: str, nonce: str) -> list[list[str]] | None:
    """The fields of each record; None for anything the harness never wrote."""
    if len(report) > REPORT_LIMIT:
        return None
    lines = report.split("\n")
    if lines.pop():
        return None
    found = []
    for line in lines:
        given, *fields = line.split("\t")
        if given != nonce or not fields:
            return None
        if not all(map(_FIELD.fullmatch, fields)):
            return None
        try:
            found.append(
                [
                    field.encode("ascii").decode("unicode_escape")
                    for field in fields
                ]
            )
        except ValueError:
            return None
    return found


def judge(
    reply: Mapping[str, object],
    nonce: str,
    expected: Sequence[Sequence[str]],
) -> Judged:
    """Decide on every program of a request.

    :param reply: what the zygote says of the child.
    :param expected: for each program, the names of its tests in the order
        in which they had to run.
    """
    cpu = cpu_of(reply)
    printed = str(reply.get("output", ""))
    found = records(str(reply.get("report", "")), nonce)
    if found is None:
        return _all(expected, Outcome("forged", detail="a foreign report"))
    outcomes: list[Outcome | None] = []
    rest = found
    for number, names in enumerate(expected):
        size = len(names) + 2
        outcome = _program(rest[:size], number, names, printed, cpu)
        if outcome is None:
            break
        outcomes.append(outcome)
        rest = rest[size:]
    ran = len(outcomes)
    failure = failure_of(reply)
    stopped = rest[:1] and rest[0][0] == "stop" and ran > 0
    end = rest[1:] if stopped else rest
    complete = len(end) == 1 and end[0][0] == "done" and len(end[0]) == 2
    ended_well = failure is None
    if ended_well and complete and (ran == len(expected) or stopped):
        outcomes += [None] * (len(expected) - ran)
        return Judged(tuple(outcomes), end[0][1] == "", -1)
    if failure is None:
        begun = rest and rest[0][0] == "begin"
        failure = Outcome(
            "incomplete" if not rest or begun else "forged",
            detail=(
                "it ended before its tests did"
                if not rest or begun
                else "the report names other tests than those expected"
            ),
        )
    culprit = min(ran, len(expected) - 1)
    outcomes[culprit:] = [None] * (len(expected) - culprit)
    outcomes[culprit] = Outcome(
        failure.status, (), failure.detail, clean_text(printed, 1 << 20), cpu
    )
    return Judged(tuple(outcomes), False, culprit)


def _all(expected: Sequence[object], outcome: Outcome) -> Judged:
    return Judged((outcome,) * len(expected), False, 0)


def cpu_of(reply: Mapping[str, object]) -> float:
    """The processor time that a child took, in seconds."""
    value = reply.get("cpu_seconds")
    return float(value) if isinstance(value, (int, float)) else 0.0


def failure_of(reply: Mapping[str, object]) -> Outcome | None:
    """What the zygote itself saw go wrong, whatever a report may say."""
    overran = reply.get("overran")
    if overran == "cpu":
        return Outcome("timeout", detail="it used up its processor time")
    if overran:
        return Outcome("timeout", detail="it sat idle for too long")
    status = reply.get("status")
    if not isinstance(status, int):
        return Outcome("incomplete", detail="its end was not seen")
    if status < 0:
        try:
            name = signal.Signals(-status).name
        except ValueError:
            name = f"signal {-status}"
        return Outcome("crashed", detail=f"{name} ended it")
    if status:
        said = clean_text(str(reply.get("output", ""))[-300:])
        return Outcome(
            "incomplete", detail=f"it exited with status {status}: {said}"
        )
    return None


def _program(
    found: Sequence[Sequence[str]],
    number: int,
    names: Sequence[str],
    printed: str,
    cpu: float,
) -> Outcome | None:
    """The outcome of one program; None unless its records are all there."""
    if len(found) != len(names) + 2:
        return None
    begin, *tests, end = found
    if begin[:2] != ["begin", str(number)] or len(begin) != 3:
        return None
    if end[:2] != ["end", str(number)] or len(end) != 3:
        return None
    results = []
    for name, record in zip(names, tests):
        if record[:3] == ["test", name, "forged"]:
            return Outcome(
                "forged", detail=f"{name} is not the test that was written"
            )
        result = _test(name, record)
        if result is None:
            return None
        results.append(result)
    return Outcome(
        *_status(results),
        output=clean_text(between(printed, begin[2], end[2]), 1 << 20),
        cpu_seconds=cpu,
    )


def _test(name: str, record: Sequence[str]) -> TestResult | None:
    if len(record) != 7 or record[:2] != ["test", name]:
        return None
    outcome, exception, message, path, line = record[2:]
    if outcome not in _OUTCOMES or not (line.isascii() and line.isdigit()):
        return None
    return TestResult(
        name,
        outcome,  # type: ignore[arg-type]
        clean_text(exception, 100),
        clean_text(message),
        clean_text(path, 200),
        int(line[:9]),
    )


def _status(
    results: Sequence[TestResult],
) -> tuple[str, tuple[TestResult, ...], str]:
    for outcome in ("error", "failed"):
        for result in results:
            if result.outcome == outcome:
                return "failed", tuple(results), _sentence(result)
    skipped = [result for result in results if result.outcome == "skipped"]
    if skipped:
        return (
            "skipped",
            tuple(results),
            f"{skipped[0].name} was skipped: {skipped[0].message}",
        )
    if not results:
        return "no_tests", (), "there is no test to run"
    return "passed", tuple(results), ""


def _sentence(result: TestResult) -> str:
    place = f"{result.path}:{result.line}: " if result.path else ""
    said = result.message.partition("\n")[0]
    cause = ": ".join(part for part in (result.exception, said) if part)
    return f"{place}{result.name}: {cause}"


def between(printed: str, begin: str, end: str) -> str:
    """The part of the output between two byte offsets, as reported."""
    if not (begin.isdigit() and end.isdigit()):
        return ""
    data = printed.encode("utf-8", "replace")
    return data[int(begin[:12]) : int(end[:12])].decode("utf-8", "replace")
