"""Pattern file → test module: one test of the pattern, and its chunks.

A pattern file is a :class:`PatternModule`: its functions are those of
``generation``, parametrized as any test function is. How many samples a
pattern is to make depends on what else is selected, which is not known while
it is collected; so the chunks come from a collector that ``selection`` opens
once everything has been collected. Chunks that the user names (a pasted node
id, or --lf) are collected at once, just as they are named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType

import pytest

from plse.pytest_plugin.libraries import LIBRARIES, Lesson, named_path

__all__ = [
    "Generation",
    "PatternModule",
    "chunk_name",
    "positions_of",
    "pytest_collect_file",
]

_CHUNK = re.compile(r"::test_generate\[(\d+)(?:-(\d+))?\]$")


def chunk_name(positions: range) -> str:
    """What stands in the brackets of a chunk's node id: 7, or 10-19."""
    if len(positions) == 1:
        return str(positions.start)
    return f"{positions.start}-{positions.stop - 1}"


def positions_of(nodeid: str) -> range | None:
    """The draw positions that a node id names, if it is that of a chunk."""
    match = _CHUNK.search(nodeid)
    if match is None:
        return None
    first = int(match[1])
    positions = range(first, int(match[2] or first) + 1)
    return positions or None


def pytest_collect_file(
    file_path: Path, parent: pytest.Collector
) -> pytest.Collector | None:
    if file_path.suffix.lower() not in (".yaml", ".yml", ".jinja"):
        return None
    libraries = parent.config.stash[LIBRARIES]
    lesson = libraries.lesson(file_path)
    if lesson is None:
        return None
    libraries.measure(lesson)
    return PatternModule.from_parent(parent, path=file_path, lesson=lesson)


class PatternModule(pytest.Module):
    """The tests of one pattern file.

    A broken file is one test that fails, never an error of collection, which
    would keep pytest from running the others.
    """

    def __init__(self, *, lesson: Lesson, **arguments: object) -> None:
        super().__init__(**arguments)
        self.lesson = lesson
        self.positions: Sequence[range] = ()
        self._describe()

    def _getobj(self) -> ModuleType:
        from plse.pytest_plugin import generation

        return generation

    def _describe(self) -> None:
        """Marks and keywords, so that -m and -k find the pattern."""
        pattern = self.lesson.pattern
        if pattern is None:
            return
        words = (
            pattern.kind,
            pattern.topic,
            pattern.difficulty,
            *pattern.tags,
        )
        for word in dict.fromkeys(words):
            self.config.addinivalue_line(
                "markers", f"{word}: patterns of this kind, topic or tag"
            )
            self.add_marker(word)
        self.extra_keyword_matches.update({pattern.id, pattern.name})
        if self.lesson.skip_reason:
            self.add_marker(pytest.mark.skip(reason=self.lesson.skip_reason))

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        named = self._named_chunks()
        self.positions = named or [range(1)]
        for item in super().collect():
            if _is_generation(item):
                if not named:
                    continue
            yield _placed(item)
        if self.lesson.pattern is not None and not self.lesson.skip_reason:
            yield Generation.from_parent(self, name="test_generate")

    def chunks(self, positions: Sequence[range]) -> list[pytest.Item]:
        """A test for each range of draw positions."""
        self.positions = positions
        return [
            _placed(item)
            for item in super().collect()
            if _is_generation(item) and positions
        ]

    def _named_chunks(self) -> list[range]:
        """The chunks of this file that the user asks for by node id."""
        config = self.config
        nodeids = [
            str(arg)
            for arg in config.args
            if named_path(config.invocation_params.dir, arg) == self.path
        ]
        cache = getattr(config, "cache", None)
        if cache is not None and config.getoption("lf", False):
            nodeids += [
                nodeid
                for nodeid in cache.get("cache/lastfailed", {})
                if nodeid.startswith(f"{self.nodeid}::")
            ]
        ranges = {positions_of(nodeid) for nodeid in nodeids} - {None}
        return sorted(ranges, key=lambda each: (each.start, each.stop))


class Generation(pytest.Collector):
    """Stands for the chunks of a pattern until their number is known."""

    parent: PatternModule

    def collect(self) -> Iterable[pytest.Item]:
        from plse.pytest_plugin.selection import SELECTION

        self.config.stash[SELECTION].reached(self)
        return []


def _is_generation(item: pytest.Item | pytest.Collector) -> bool:
    return getattr(item, "originalname", None) == "test_generate"


def _placed(item: pytest.Item) -> pytest.Item:
    """The item, reported as lying in the pattern file, under its name."""
    path, title = item.path, f"{item.path.stem}: {item.name}"
    item.reportinfo = lambda: (path, 0, title)  # type: ignore
    return item
