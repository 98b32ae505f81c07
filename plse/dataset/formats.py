"""The shapes in which a dataset can be written, all from the same record."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from plse.dataset.records import Record
from plse.patterns import TASKS, Pattern, Task

__all__ = ["FORMATS", "Row", "row_in", "tasks_in"]

Row = Mapping[str, object]


def _record(record: Record) -> Row:
    return record.row()


def _messages(record: Record) -> Row:
    return {"messages": record.row()["messages"]}


def _prompt_completion(record: Record) -> Row:
    prompt, answer = record.messages
    return {"prompt": prompt.content, "completion": answer.content}


def _alpaca(record: Record) -> Row:
    return {
        "instruction": record.instruction,
        "input": record.input,
        "output": record.output,
    }


def _preference(record: Record) -> Row | None:
    if not record.rejected:
        return None
    prompt, answer = record.messages
    return {
        "prompt": prompt.content,
        "chosen": answer.content,
        "rejected": answer.content.replace(record.chosen, record.rejected),
    }


FORMATS: Mapping[str, Callable[[Record], Row | None]] = {
    "record": _record,
    "messages": _messages,
    "prompt_completion": _prompt_completion,
    "alpaca": _alpaca,
    "preference": _preference,
}


def row_in(format_name: str, record: Record) -> Row | None:
    """The record in a format; None if it has no row in it.

    :raises KeyError: if there is no such format.
    """
    return FORMATS[format_name](record)


def tasks_in(
    format_name: str, pattern: Pattern, tasks: tuple[Task, ...] = TASKS
) -> tuple[Task, ...]:
    """Which of the tasks a pattern can give rows for in a format.

    Preferences need pairs: the write and fix tasks of patterns with a
    mistake or with alternatives.
    """
    offered = tuple(task for task in pattern.tasks if task in tasks)
    if format_name != "preference":
        return offered
    if pattern.mistake is None and not pattern.alternatives:
        return ()
    return tuple(task for task in offered if task != "explain")
