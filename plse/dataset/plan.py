"""What a run makes: its settings, and the chunks that it consists of."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib import metadata
from itertools import groupby

import plse
from plse.dataset.records import canonical_json
from plse.store import engine_digest

__all__ = ["Chunk", "Plan", "RunSettings", "engine_fingerprint"]

_TOOLS = ("flake8", "flake8-bugbear", "hypothesis", "jinja2", "pycodestyle")


@dataclass(frozen=True, slots=True)
class RunSettings:
    """The options of a run on which its bytes depend.

    :param samples: how many samples were asked for in all.
    """

    seed: int
    samples: int
    tasks: tuple[str, ...]
    format: str


@dataclass(frozen=True, slots=True, order=True)
class Chunk:
    """A range of draw positions of one pattern: ``first`` up to ``end``.

    :param pattern: id of the pattern.
    :param digest: digest of the pattern, since an edited pattern gives other
        samples.
    """

    pattern: str
    digest: str
    first: int
    end: int

    def __len__(self) -> int:
        return self.end - self.first

    def __str__(self) -> str:
        if len(self) == 1:
            return f"{self.pattern}[{self.first}]"
        return f"{self.pattern}[{self.first}-{self.end - 1}]"


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a run is to make; it names the output completely.

    :param chunks: sorted. Where some overlap, each position counts once.
    """

    settings: RunSettings
    chunks: tuple[Chunk, ...]

    @classmethod
    def of(cls, settings: RunSettings, chunks: Iterable[Chunk]) -> Plan:
        return cls(settings, tuple(sorted(set(chunks))))

    @property
    def run(self) -> str:
        """The run's id: 16 hex digits, the same however it is cut up."""
        return _hex(
            {
                "engine": plse.__version__,
                "settings": asdict(self.settings),
                "patterns": [
                    [name, digest, _ranges(chunks)]
                    for (name, digest), chunks in self.by_pattern().items()
                ],
            }
        )[:16]

    @property
    def library(self) -> str:
        """Hex SHA-256 of the ids and digests of the patterns in the plan."""
        return _hex([list(pattern) for pattern in self.by_pattern()])

    def by_pattern(self) -> Mapping[tuple[str, str], list[Chunk]]:
        """The chunks of each (id, digest), in order."""
        return {
            pattern: list(chunks)
            for pattern, chunks in groupby(
                self.chunks, key=lambda chunk: (chunk.pattern, chunk.digest)
            )
        }

    def as_json(self) -> dict[str, object]:
        return {
            "run": self.run,
            "settings": asdict(self.settings),
            "chunks": [
                [chunk.pattern, chunk.digest, chunk.first, chunk.end]
                for chunk in self.chunks
            ],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, object]) -> Plan:
        """The plan that ``as_json`` wrote.

        :raises KeyError, TypeError, ValueError: if it is something else.
        """
        settings = dict(value["settings"])  # type: ignore[call-overload]
        settings["tasks"] = tuple(settings["tasks"])
        return cls.of(
            RunSettings(**settings),
            [Chunk(*chunk) for chunk in value["chunks"]],  # type: ignore
        )


def _hex(value: object) -> str:
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def _ranges(chunks: Iterable[Chunk]) -> list[list[int]]:
    """The positions of sorted chunks, joined where they touch."""
    ranges: list[list[int]] = []
    for chunk in chunks:
        if ranges and ranges[-1][1] >= chunk.first:
            ranges[-1][1] = max(ranges[-1][1], chunk.end)
        else:
            ranges.append([chunk.first, chunk.end])
    return ranges


@cache
def engine_fingerprint() -> str:
    """A hex digest of this engine: its sources, its tools and its Python.

    A chunk that lies in a spool is picked up only by the very engine that
    made it. It is no part of a run's id: the bytes of a dataset do not depend
    on the version of Python.
    """
    digest = hashlib.sha256(repr(sys.version_info[:2]).encode())
    for tool in _TOOLS:
        try:
            version = metadata.version(tool)
        except metadata.PackageNotFoundError:
            version = "none"
        digest.update(f"{tool}={version}\n".encode())
    digest.update(engine_digest().encode())
    return digest.hexdigest()[:16]
