"""From chunks to files: what a session is to make, has made, and writes.

A session stands in one of three relations to the dataset.

*Whole*: it makes all that its patterns make when they run alone. That is a
run of its own, and its end replaces the dataset.

*Part*: it was asked for single chunks (a pasted node id, --lf) of a run that
lies unfinished in the spool. It fills them in; once the run is complete, that
run's dataset is written.

*Loose*: it was asked for single chunks of no such run. If there is no dataset
yet, they make one; if there is, they are tests and no more.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest

from plse.dataset.manifest import manifest, manifest_text
from plse.dataset.merge import Merged, merge
from plse.dataset.outputs import Lock, OutputError, Outputs
from plse.dataset.plan import Chunk, Plan
from plse.dataset.spool import Receipt, Spool, SpoolError
from plse.pytest_plugin.libraries import Lesson
from plse.pytest_plugin.options import Options
from plse.pytest_plugin.selection import is_whole
from plse.pytest_plugin.workshop import run_settings

__all__ = ["Ending", "Production", "Result"]

Ending = Literal[
    "written",  # the dataset is there
    "stopped",  # by the user, or at the first failure
    "incomplete",  # some chunks could not be made
    "filled",  # single chunks of a run that lacks others yet
    "tests",  # single chunks, and a dataset that is not theirs
    "unwritten",  # the files could not be written
]


@dataclass(frozen=True)
class Result:
    """How a session ended.

    :param chunks: those that it was to make.
    :param receipts: of those that it made, or found made.
    :param lost: those whose worker died, and died again.
    :param asked: how many samples were to be made.
    :param plan: the run that the dataset is, or will be, of.
    :param absent: how many of its chunks are still to be made.
    :param aside: where the dataset of another run went.
    :param cause: what kept the files from being written.
    :param kept: how many finished chunks wait in the spool.
    """

    ending: Ending
    outputs: Outputs
    chunks: tuple[Chunk, ...]
    receipts: Mapping[Chunk, Receipt]
    lost: frozenset[Chunk]
    asked: int
    plan: Plan
    merged: Merged | None = None
    absent: int = 0
    aside: Path | None = None
    cause: str = ""
    kept: int = 0

    @property
    def passed(self) -> int:
        """How many samples passed every stage."""
        return sum(receipt.passed for receipt in self.receipts.values())

    @property
    def is_short(self) -> bool:
        """Whether the session did less than it was asked to."""
        return (
            self.ending in ("incomplete", "unwritten")
            or bool(self.lost)
            or self.passed < self.asked
        )


@dataclass
class _Work:
    """What a session is doing, once it has begun."""

    chunks: tuple[Chunk, ...]
    asked: int
    plan: Plan
    relation: Literal["whole", "part", "loose"]
    receipts: dict[Chunk, Receipt] = field(default_factory=dict)
    lost: set[Chunk] = field(default_factory=set)


class Production:
    """The chunks and files of one session."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._settings = run_settings(options)
        self.outputs = Outputs(options.output)
        self._lock = Lock(self.outputs.spool)
        self._spool = Spool(self.outputs.spool, self._settings)
        self._work: _Work | None = None

    def begin(
        self,
        selected: Mapping[Lesson, Sequence[range]],
        chunks: Iterable[Chunk],
        measure: Callable[[Lesson], None],
    ) -> None:
        """Take the output, and find out which run the chunks belong to.

        :param measure: finds out how much a lesson's space holds.
        :raises pytest.UsageError: if the output cannot be used.
        """
        own = Plan.of(self._settings, chunks)
        try:
            self.outputs.check()
            self._lock.take()
            self._work = self._related(own, selected, measure)
            if self._work.relation == "whole":
                self._spool.keep_plan(own)
                self._spool.sweep(own)
        except OutputError as error:
            raise pytest.UsageError(f"--plse-output: {error}") from None
        except OSError as error:
            self._lock.release()
            raise pytest.UsageError(
                f"--plse-output: {self.outputs.spool} cannot be written to: "
                f"{error.strerror}; free some space, or name another output"
            ) from None

    def _related(
        self,
        own: Plan,
        selected: Mapping[Lesson, Sequence[range]],
        measure: Callable[[Lesson], None],
    ) -> _Work:
        asked = sum(map(len, own.chunks))
        by_id = {
            lesson.pattern.id: ranges for lesson, ranges in selected.items()
        }

        def capacities() -> dict[str, int]:
            for lesson in selected:
                measure(lesson)
            return {
                lesson.pattern.id: lesson.capacity
                for lesson in selected
                if lesson.pattern is not None
            }

        if is_whole(self._options.samples, capacities, by_id):
            asked = self._options.samples
            return _Work(own.chunks, asked, own, "whole")
        unfinished = self._spool.plan()
        if (
            unfinished is not None
            and unfinished.settings == self._settings
            and set(own.chunks) <= set(unfinished.chunks)
        ):
            return _Work(own.chunks, asked, unfinished, "part")
        if self.outputs.dataset.exists():
            return _Work(own.chunks, asked, unfinished or own, "loose")
        return _Work(own.chunks, asked, own, "whole")

    def deliver(self, chunk: Chunk, receipt: str) -> None:
        """Note that a chunk lies finished in the spool."""
        if self._work is not None:
            self._work.receipts[chunk] = Receipt.from_text(receipt)
            self._work.lost.discard(chunk)

    def lose(self, chunk: Chunk) -> None:
        """Note that nobody will make a chunk in this session."""
        if self._work is not None and chunk not in self._work.receipts:
            self._work.lost.add(chunk)

    def finish(self, stopped: bool) -> Result | None:
        """Write the files, if the session made what it set out to make.

        :param stopped: the session did not come to its end.
        """
        work = self._work
        if work is None:
            return None
        try:
            return self._ended(work, stopped)
        finally:
            self.close()

    def close(self) -> None:
        """Let another session have the output."""
        self._work = None
        self._lock.release()

    def _ended(self, work: _Work, stopped: bool) -> Result:
        if stopped:
            return self._result(work, "stopped")
        if len(work.receipts) + len(work.lost) < len(work.chunks):
            return self._result(work, "incomplete")
        if work.relation == "loose":
            if self._spool.plan() is None:
                self._spool.discard(Plan.of(self._settings, work.chunks))
            return self._result(work, "tests")
        receipts = {
            chunk: work.receipts.get(chunk) or self._spool.receipt(chunk)
            for chunk in work.plan.chunks
            if chunk not in work.lost
        }
        absent = sum(receipt is None for receipt in receipts.values())
        if absent:
            return self._result(work, "filled", absent=absent)
        try:
            return self._written(work, receipts)
        except (OSError, SpoolError) as error:
            cause = str(error)
            if isinstance(error, OSError):
                place = error.filename or self.outputs.dataset.parent
                cause = f"{place}: {error.strerror}"
            return self._result(work, "unwritten", cause=cause)

    def _written(
        self, work: _Work, receipts: Mapping[Chunk, Receipt]
    ) -> Result:
        plan, lost = work.plan, frozenset(work.lost)
        with _new_files(self.outputs) as new:
            merged = merge(
                self._spool, plan, new.dataset, new.rejected, lost
            )
            text = manifest_text(
                manifest(
                    plan,
                    merged,
                    receipts,
                    lost,
                    self.outputs.dataset.name,
                    self.outputs.rejected.name,
                )
            )
            with open(new.manifest, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            aside = self.outputs.publish(plan.run, new)
        if not lost and all(each.is_clean for each in receipts.values()):
            self._spool.discard(plan)
        return self._result(work, "written", merged=merged, aside=aside)

    def _result(self, work: _Work, ending: Ending, **more: object) -> Result:
        return Result(
            ending,
            self.outputs,
            work.chunks,
            dict(work.receipts),
            frozenset(work.lost),
            work.asked,
            work.plan,
            kept=self._spool.leftovers(),
            **more,  # type: ignore[arg-type]
        )


@contextmanager
def _new_files(outputs: Outputs) -> Iterator[Outputs]:
    """Names for files to be, on the same disk; what is left of them goes."""
    new = Outputs(outputs.spool / "new.jsonl")
    try:
        yield new
    finally:
        for path in (new.dataset, new.rejected, new.manifest):
            with suppress(OSError):
                path.unlink()
