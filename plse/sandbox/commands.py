"""Commands: which may share a child, and what a child says of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from .inside.commands import read_python
from .outcomes import Command, CommandOutcome, Limits
from .verdict import between, clean_text, cpu_of, failure_of, records

__all__ = ["batches", "outcome_of", "outcomes_of"]

_TEXT_LIMIT = 1 << 20
# Whatever mentions one of these may start processes, which a batch does not
# let it do.
_STARTS = re.compile(
    r"\b(?:exec[lv]\w*|fork|forkpty|multiprocessing|popen|posix_spawn\w*|"
    r"ProcessPoolExecutor|pty|spawn\w*|subprocess|system)\b"
)


def batches(
    commands: Sequence[Command], size: int
) -> Iterator[tuple[Limits, list[int]]]:
    """Places of commands that may share a child, and the child's limits.

    They are commands of Python that take no input. In a batch they cannot
    start processes, so that none can be left for the next.
    """
    alike: dict[Limits, list[int]] = {}
    for place, command in enumerate(commands):
        if _may_share(command):
            limits = replace(command.limits, processes=0)
            alike.setdefault(limits, []).append(place)
    for limits, places in alike.items():
        for start in range(0, len(places), size):
            yield limits, places[start : start + size]


def _may_share(command: Command) -> bool:
    texts = [
        *command.argv,
        *(
            file.content
            for file in command.files
            if file.path.endswith(".py")
        ),
    ]
    return (
        not command.stdin
        and read_python(command.argv) is not None
        and not any(map(_STARTS.search, texts))
    )


def outcome_of(reply: Mapping[str, object]) -> CommandOutcome:
    """What became of a command that had a child of its own."""
    status = reply.get("status")
    exit_status = status if isinstance(status, int) else -9
    failed = failure_of({**reply, "status": min(exit_status, 0)})
    written = reply.get("written")
    return CommandOutcome(
        "exited" if failed is None else failed.status,
        exit_status,
        clean_text(reply.get("output", ""), _TEXT_LIMIT),
        clean_text(reply.get("errors", ""), _TEXT_LIMIT),
        tuple(
            clean_text(path, 1000)
            for path in (written if isinstance(written, list) else ())
        ),
        "" if failed is None else failed.detail,
        cpu_of(reply),
    )


def outcomes_of(
    reply: Mapping[str, object], nonce: str, count: int
) -> list[CommandOutcome]:
    """What became of the first commands of a batch, as many as ended well.

    None of them is known when the child did not end as it should, or left
    its interpreter other than it was.
    """
    found = records(str(reply.get("report", "")), nonce)
    if failure_of(reply) or not found or found.pop() != ["done", ""]:
        return []
    if found and found[-1] == ["stop"]:
        found.pop()
    if len(found) % 2 or not len(found) <= 2 * count:
        return []
    outcomes = []
    for number in range(len(found) // 2):
        outcome = _one(found[2 * number : 2 * number + 2], number, reply)
        if outcome is None:
            return []
        outcomes.append(outcome)
    return outcomes


def _one(
    found: Sequence[Sequence[str]],
    number: int,
    reply: Mapping[str, object],
) -> CommandOutcome | None:
    begin, end = found
    if begin[:2] != ["begin", str(number)] or len(begin) != 4:
        return None
    if end[:2] != ["end", str(number)] or len(end) < 5:
        return None
    status, printed, complained, *written = end[2:]
    if not re.fullmatch(r"[0-9]{1,3}", status, re.ASCII):
        return None
    output, errors = str(reply.get("output")), str(reply.get("errors"))
    return CommandOutcome(
        "exited",
        int(status),
        clean_text(between(output, begin[2], printed), _TEXT_LIMIT),
        clean_text(between(errors, begin[3], complained), _TEXT_LIMIT),
        tuple(clean_text(path, 1000) for path in written),
        "",
        cpu_of(reply),
    )
