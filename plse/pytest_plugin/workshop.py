"""The work of the tests, in each process: prove a pattern, make a chunk."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from plse.dataset.plan import Chunk, RunSettings
from plse.dataset.spool import Line, Receipt, Spool, encoded, json_line
from plse.pytest_plugin.collection import chunk_name
from plse.pytest_plugin.libraries import Lesson
from plse.pytest_plugin.options import OPTIONS, Options, setting_words

if TYPE_CHECKING:
    from plse.chunks import ChunkResult
    from plse.validation import Tools

__all__ = ["Made", "WORKSHOP", "Workshop", "chunk_of", "run_settings"]


def run_settings(options: Options) -> RunSettings:
    return RunSettings(
        seed=options.seed,
        samples=options.samples,
        tasks=options.tasks,
        format=options.format,
    )


def chunk_of(lesson: Lesson, positions: range) -> Chunk:
    """The chunk that a test makes; the lesson has a pattern."""
    pattern = lesson.pattern
    return Chunk(pattern.id, pattern.digest, positions.start, positions.stop)


@dataclass(frozen=True)
class Made:
    """What became of a chunk.

    :param receipt: of the chunk's file; None if there is none.
    :param complaint: why the test fails; "" if it does not.
    :param disk: what the disk said when it refused the chunk's file.
    """

    receipt: Receipt | None
    complaint: str = ""
    disk: str = ""


class Workshop:
    """Opens the sandbox when it is first needed, and keeps it open.

    :param folder: where finished chunks go; it exists when the first is
        made.
    """

    def __init__(self, config: pytest.Config, folder: Path) -> None:
        self._config = config
        self._options = config.stash[OPTIONS]
        self._folder = folder
        self._tools: Tools | None = None
        self._opened = ExitStack()
        self._spool: Spool | None = None
        self._found: frozenset[str] = frozenset()

    def examine(self, lesson: Lesson) -> str:
        """What is wrong with a pattern file; "" if nothing is."""
        from plse.errors import LibraryError, PlseError
        from plse.proof import ProofCache, examine

        if lesson.errors:
            return str(LibraryError(lesson.errors))
        try:
            examination = examine(
                lesson.pattern, self._open(), ProofCache.default()
            )
        except PlseError as error:
            return f"{lesson.path}: {error}"
        except BaseException:
            self.close()
            raise
        return "" if examination.passed else examination.failure()

    def make(self, lesson: Lesson, positions: range) -> Made:
        """Make a chunk, or find it finished.

        A finished chunk is taken as it is if all its samples had passed. One
        with rejected samples is made again: whoever comes back to it has
        changed something, or wants to see the failure.
        """
        from plse.chunks import run_chunk
        from plse.errors import LibraryError, PlseError

        if lesson.errors:
            return Made(None, str(LibraryError(lesson.errors)))
        if lesson.explorer is None:
            tasks = ", ".join(self._options.tasks)
            return Made(None, f"{lesson.pattern.id} has no sample for {tasks}")
        if self._spool is None:
            self._spool = Spool(self._folder, run_settings(self._options))
            self._found = self._spool.names()
        chunk = chunk_of(lesson, positions)
        if self._spool.path(chunk).name in self._found:
            receipt = self._spool.receipt(chunk)
            if receipt is not None and receipt.is_clean:
                return Made(receipt)
        try:
            result = run_chunk(lesson.explorer, positions, self._open())
        except PlseError as error:
            return Made(None, f"{chunk} could not be made: {error}")
        except BaseException:
            # A timeout, say: nobody knows in which state the sandbox is.
            self.close()
            raise
        try:
            receipt = self._spool.write(
                chunk, _lines(result, positions, lesson)
            )
        except OSError as error:
            return Made(
                None,
                f"{chunk} could not be kept: {self._folder}: "
                f"{error.strerror}; free some space, then run the same "
                "command again: what is finished is not made again",
                f"{self._folder}: {error.strerror}",
            )
        if not result.rejected and not result.missing:
            return Made(receipt)
        return Made(receipt, self._complaint(lesson, positions, result))

    def _complaint(
        self, lesson: Lesson, positions: range, result: ChunkResult
    ) -> str:
        from plse.reporting import explain_chunk

        path = os.path.relpath(lesson.path, self._config.invocation_params.dir)
        repeat = [
            "pytest",
            f"'{path}::test_generate[{chunk_name(positions)}]'",
            *setting_words(self._options, self._config),
        ]
        return explain_chunk(
            result, lesson.explorer.generator, positions, " ".join(repeat)
        )

    def _open(self) -> Tools:
        from plse.sandbox import Sandbox, SandboxSettings
        from plse.validation import Tools

        if self._tools is None:
            settings = SandboxSettings(
                allow_unsafe=self._options.unsafe,
                ceiling=replace(
                    SandboxSettings().ceiling,
                    cpu_seconds=float(self._options.cpu_limit),
                    memory_mb=self._options.memory_limit,
                ),
            )
            sandbox = self._opened.enter_context(Sandbox(settings))
            self._tools = Tools(sandbox)
        return self._tools

    def close(self) -> None:
        """Close the sandbox; the next chunk opens another."""
        self._tools = None
        self._opened.close()


def _lines(
    result: ChunkResult, positions: range, lesson: Lesson
) -> list[Line]:
    """The rows of a chunk by draw position, and the rejected ones."""
    rejected = {each.position: each for each in result.rejected}
    drawn = positions[: len(positions) - result.missing]
    passed = [position for position in drawn if position not in rejected]
    return [
        Line(position, encoded(text))
        for position, text in zip(passed, result.lines, strict=True)
    ] + [
        Line(
            position,
            json_line(each.row(lesson.pattern)),
            each.findings[0].stage,
        )
        for position, each in rejected.items()
    ]


WORKSHOP = pytest.StashKey[Workshop]()
