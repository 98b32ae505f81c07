"""Chunks → dataset: in one order, whoever made them and whenever.

The rows stand by draw position and, within a position, by pattern id. So
topics are interleaved, the first rows of a long dataset are those of a short
one, and the order knows nothing of chunks, workers or time.
"""

from __future__ import annotations

import hashlib
import heapq
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from plse.dataset.plan import Chunk, Plan
from plse.dataset.spool import BLOCK, Line, Spool

__all__ = ["Merged", "Written", "merge"]


@dataclass(frozen=True, slots=True)
class Written:
    """A file that a merge has written.

    :param size: in bytes.
    :param sha256: of the whole file, in hex.
    """

    rows: int
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Merged:
    """The two files of a merge."""

    dataset: Written
    rejected: Written


def merge(
    spool: Spool,
    plan: Plan,
    dataset: Path,
    rejected: Path,
    lost: Collection[Chunk] = (),
) -> Merged:
    """Write the rows of a run, and its rejected samples, to two new files.

    Both are on the disk when this returns. Memory: a block of some 64 KB a
    pattern, whatever the number of rows.

    :param lost: chunks of the plan to go without.
    :raises OSError: if a chunk is absent, or the disk refuses.
    :raises SpoolError: if a chunk is damaged.
    """
    present = Plan(
        plan.settings,
        tuple(chunk for chunk in plan.chunks if chunk not in lost),
    )
    with open(dataset, "wb", BLOCK) as rows, open(
        rejected, "wb", BLOCK
    ) as rejects:
        outputs = _Output(rows), _Output(rejects)
        last = None
        for place, line in heapq.merge(
            *(
                _in_order(spool, pattern, chunks)
                for (pattern, _), chunks in present.by_pattern().items()
            ),
            key=lambda placed: placed[0],
        ):
            if place != last:
                outputs[bool(line.stage)].write(line.text)
            last = place
        return Merged(*(output.close() for output in outputs))


def _in_order(
    spool: Spool, pattern: str, chunks: list[Chunk]
) -> Iterator[tuple[tuple[int, str], Line]]:
    for chunk in chunks:
        for line in spool.lines(chunk):
            yield (line.position, pattern), line


class _Output:
    """A file that counts and digests what is written to it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self._rows = self._size = 0

    def write(self, text: bytes) -> None:
        text += b"\n"
        self._file.write(text)
        self._digest.update(text)
        self._rows += 1
        self._size += len(text)

    def close(self) -> Written:
        self._file.flush()
        os.fsync(self._file.fileno())
        return Written(self._rows, self._size, self._digest.hexdigest())
