"""Finished chunks on disk: whole or absent, and able to prove themselves.

A chunk file holds, in the order of positions, a line a sample::

    +17 {"id": ...}          a row of the dataset, and its draw position
    -18 {"id": ...}          a rejected sample
    ={"passed": 1, ...}      the receipt: counts, and SHA-256 of what precedes

It is written under another name and renamed when it is whole, so a killed
process leaves nothing that looks finished. It is not synced: what a process
has written outlives the process, and after a power cut the receipt's digest
tells a torn file from a whole one, which is then simply made again.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import re
import time
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from plse.dataset.plan import Chunk, Plan, RunSettings, engine_fingerprint

__all__ = [
    "Line",
    "Receipt",
    "Spool",
    "SpoolError",
    "encoded",
    "json_line",
]

BLOCK = 1 << 16
SHELF_LIFE = 7 * 24 * 3600.0
_PLAN = "plan.json"
_SUFFIX = ".chunk"
_NEW = "new."
_SURROGATE = re.compile("[\ud800-\udfff]")


class SpoolError(Exception):
    """A chunk file is not what its receipt says."""


@dataclass(frozen=True, slots=True)
class Line:
    """A sample of a chunk: its draw position, and its row as JSON text.

    :param stage: the stage that rejected it; "" for a row of the dataset.
    """

    position: int
    text: bytes
    stage: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a chunk file holds.

    :param rejected: number of rejected samples by stage.
    :param sha256: of the lines before the receipt, in hex.
    """

    passed: int
    rejected: Mapping[str, int]
    sha256: str

    @property
    def is_clean(self) -> bool:
        return not self.rejected

    @property
    def count(self) -> int:
        return self.passed + sum(self.rejected.values())

    def as_text(self) -> str:
        """JSON of some 100 bytes, to travel in a test report."""
        value = asdict(self) | {"sha256": self.sha256[:16]}
        return json.dumps(value, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> Receipt:
        return cls(**json.loads(text))


def json_line(row: Mapping[str, object]) -> bytes:
    """A row as one line of JSON in UTF-8, without the newline."""
    return encoded(
        json.dumps(row, ensure_ascii=False, separators=(",", ":"))
    )


def encoded(line: str) -> bytes:
    """A line of JSON in UTF-8; lone surrogates, which it lacks, escaped."""
    return _SURROGATE.sub(
        lambda match: f"\\u{ord(match[0]):04x}", line
    ).encode()


class Spool:
    """The folder in which the chunks of the runs of one output wait.

    Chunks have names that depend on everything that their bytes depend on:
    pattern, digest, options, engine and range. So a chunk is never mistaken
    for that of another run, and any run that needs it finds it.
    """

    _parts = itertools.count()

    def __init__(self, folder: Path, settings: RunSettings) -> None:
        self.folder = folder
        self._options = _short(
            [settings.seed, sorted(settings.tasks), settings.format]
        )

    def path(self, chunk: Chunk) -> Path:
        made = _short([chunk.pattern, chunk.digest, engine_fingerprint()])
        return self.folder / (
            f"{chunk.pattern[:120]}.{made}.{self._options}"
            f".{chunk.first}-{chunk.end}{_SUFFIX}"
        )

    def write(self, chunk: Chunk, lines: Iterable[Line]) -> Receipt:
        """Write a chunk and rename it into place; lines in any order.

        :raises OSError: if the disk refuses; nothing is left behind.
        """
        path = self.path(chunk)
        part = path.with_name(
            f"{path.name}.{os.getpid()}-{next(self._parts)}.part"
        )
        digest = hashlib.sha256()
        passed, rejected = 0, dict[str, int]()
        try:
            with open(part, "wb", buffering=BLOCK) as file:
                for line in sorted(lines, key=lambda line: line.position):
                    sign = b"-" if line.stage else b"+"
                    text = b"%s%d %s\n" % (sign, line.position, line.text)
                    digest.update(text)
                    file.write(text)
                    if line.stage:
                        rejected[line.stage] = rejected.get(line.stage, 0) + 1
                    else:
                        passed += 1
                receipt = Receipt(
                    passed, dict(sorted(rejected.items())), digest.hexdigest()
                )
                file.write(b"=" + json_line(asdict(receipt)) + b"\n")
            os.replace(part, path)
        except BaseException:
            with suppress(OSError):
                part.unlink()
            raise
        return receipt

    def receipt(self, chunk: Chunk) -> Receipt | None:
        """The receipt of a whole chunk; None if it is absent or torn."""
        lines = self.lines(chunk)
        try:
            while True:
                next(lines)
        except StopIteration as end:
            return end.value
        except (FileNotFoundError, SpoolError):
            return None

    def lines(self, chunk: Chunk) -> Generator[Line, None, Receipt]:
        """The lines of a chunk, checked as they are read, then its receipt.

        The stage of a rejected one is only known to be not empty. No file
        stays open between two lines, so any number may be read side by side.

        :raises SpoolError: at the end, if they are not those that the receipt
            was written for.
        """
        path = self.path(chunk)
        digest = hashlib.sha256()
        count = 0
        for text in _file_lines(path):
            if text.startswith(b"="):
                receipt = _receipt(text)
                if (receipt.sha256, receipt.count) != (
                    digest.hexdigest(),
                    count,
                ):
                    break
                return receipt
            digest.update(text)
            head, _, row = text.partition(b" ")
            if not head[1:].isdigit():
                break
            count += 1
            yield Line(
                int(head[1:]),
                row.rstrip(b"\n"),
                "rejected" if head.startswith(b"-") else "",
            )
        raise SpoolError(f"{path} is not what was written to it")

    def names(self) -> frozenset[str]:
        """The names of all files in the spool."""
        try:
            return frozenset(os.listdir(self.folder))
        except FileNotFoundError:
            return frozenset()

    def keep_plan(self, plan: Plan) -> None:
        """Note which run the spool is for."""
        part = self.folder / f"{_PLAN}.part"
        part.write_text(json.dumps(plan.as_json()), "utf-8")
        os.replace(part, self.folder / _PLAN)

    def plan(self) -> Plan | None:
        """The run that was last begun and has not ended well, if any."""
        try:
            text = (self.folder / _PLAN).read_text("utf-8")
            return Plan.from_json(json.loads(text))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def sweep(self, plan: Plan) -> None:
        """Remove what cannot be, or has not been, of use any more.

        That is: parts of files whose writer is gone; chunks of the plan's
        patterns as they were before an edit, or made by another engine; and
        chunks of other runs that nobody has come back for in a week. The
        caller holds the spool's lock.
        """
        current = {self.path(chunk).name for chunk in plan.chunks}
        made = dict(name.rsplit(".", 4)[:2] for name in current)
        oldest = time.time() - SHELF_LIFE
        for path in self.folder.iterdir():
            if path.suffix == ".part" or path.name.startswith(_NEW):
                stale = True
            elif path.suffix == _SUFFIX and path.name not in current:
                pattern, made_by, *_ = path.name.rsplit(".", 4)
                stale = (
                    made.get(pattern, made_by) != made_by
                    or path.stat().st_mtime < oldest
                )
            else:
                continue
            if stale:
                with suppress(OSError):
                    path.unlink()

    def discard(self, plan: Plan) -> None:
        """Remove the chunks of a run that has ended, and the note of it."""
        for path in (*map(self.path, plan.chunks), self.folder / _PLAN):
            with suppress(OSError):
                path.unlink()

    def leftovers(self) -> int:
        """How many chunks lie in the spool."""
        return sum(name.endswith(_SUFFIX) for name in self.names())


def _short(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:12]


def _receipt(line: bytes) -> Receipt:
    """The receipt in the last line of a chunk; one of nothing if torn."""
    try:
        return Receipt(**json.loads(line[1:]))
    except (ValueError, TypeError):
        return Receipt(0, {}, "")


def _file_lines(path: Path) -> Iterator[bytes]:
    """The lines of a file, read in blocks between which it is closed."""
    offset, rest = 0, b""
    while True:
        with open(path, "rb") as file:
            file.seek(offset)
            block = file.read(BLOCK)
        offset += len(block)
        *lines, rest = (rest + block).split(b"\n")
        for line in lines:
            yield line + b"\n"
        if len(block) < BLOCK:
            break
    if rest:
        yield rest
