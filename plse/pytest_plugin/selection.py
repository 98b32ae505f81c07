"""How many samples each selected pattern makes, and in which chunks.

The samples of a run are shared among the patterns that the command line
leaves after -k, -m and --deselect: ``-k retry`` makes all of them of retry.
So chunks are made twice: once for what was collected, so that there is
something to deselect, and again for the patterns that stay, if others went.
Where single chunks were deselected, or the last failed ones alone are run,
the user is speaking of chunks, and they stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Generator as Yields

import pytest

from plse.pytest_plugin.collection import Generation, PatternModule
from plse.pytest_plugin.options import OPTIONS

__all__ = ["SELECTION", "Selection", "cut", "is_whole", "shares"]


def shares(samples: int, capacities: Mapping[str, int]) -> dict[str, int]:
    """How many samples each pattern makes, as evenly as its space allows.

    What a small space cannot give is shared among the others; the first
    patterns in order of id make one more where the division leaves a rest.

    :param capacities: how many samples there are of each pattern.
    :returns: for each pattern; they add up to ``samples``, or to all that
        there is.
    """
    given: dict[str, int] = {}
    left = samples
    waiting = sorted(capacities, key=lambda name: (capacities[name], name))
    while waiting and capacities[waiting[0]] <= left // len(waiting):
        name = waiting.pop(0)
        given[name] = capacities[name]
        left -= capacities[name]
    for place, name in enumerate(sorted(waiting)):
        given[name] = left // len(waiting) + (place < left % len(waiting))
    return given


def cut(count: int, size: int) -> list[range]:
    """Draw positions 0 to ``count`` in chunks."""
    return [
        range(first, min(first + size, count))
        for first in range(0, count, size)
    ]


def is_whole(
    samples: int,
    capacities: Callable[[], Mapping[str, int]],
    selected: Mapping[str, Sequence[range]],
) -> bool:
    """Whether chunks are all that their patterns make when run alone.

    It is asked of node ids, since that is all that the process that writes
    the dataset sees of a selection that was made elsewhere.

    :param capacities: of the selected patterns; only asked for if not every
        sample is there, for it takes long to find out.
    """
    made: dict[str, int] = {}
    for name, ranges in selected.items():
        made[name] = 0
        for positions in sorted(ranges, key=lambda each: each.start):
            if positions.start != made[name]:
                return False
            made[name] = positions.stop
    endless = dict.fromkeys(selected, samples)
    return made == shares(samples, endless) or made == shares(
        samples, capacities()
    )


class Selection:
    """Opens the chunks of the patterns that pytest has collected."""

    def __init__(self, config: pytest.Config) -> None:
        self._options = config.stash[OPTIONS]
        self._reached: list[Generation] = []

    def reached(self, generation: Generation) -> None:
        """Note that collection came to a pattern as a whole."""
        self._reached.append(generation)

    # The innermost wrapper: it sees what every other hook leaves, but for
    # the wrapper of --lf, which names its chunks.
    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, items: list[pytest.Item]
    ) -> Yields[None, object, object]:
        modules = list(dict.fromkeys(each.parent for each in self._reached))
        # One chunk at least, so that a pattern can be selected by it even
        # where there are more patterns than samples.
        ranges = {
            module: cuts or [range(min(1, module.lesson.capacity))]
            for module, cuts in self._cuts(modules).items()
        }
        opened = {
            module: module.chunks([each for each in ranges[module] if each])
            for module in modules
        }
        known = {item.nodeid for item in items}
        for chunks in opened.values():
            chunks[:] = [each for each in chunks if each.nodeid not in known]
        _insert(items, opened)
        _announce([item for chunks in opened.values() for item in chunks])
        result = yield
        remaining = set(items)
        staying = {
            module: [item for item in chunks if item in remaining]
            for module, chunks in opened.items()
        }
        selected = [module for module in modules if staying[module]]
        if not _is_by_chunk(session.config) and all(
            len(staying[module]) == len(opened[module]) for module in selected
        ):
            self._share_again(items, selected, opened, ranges)
        return result

    def _share_again(
        self,
        items: list[pytest.Item],
        selected: Sequence[PatternModule],
        opened: Mapping[PatternModule, Sequence[pytest.Item]],
        ranges: Mapping[PatternModule, Sequence[range]],
    ) -> None:
        """Cut the samples anew for the patterns that stay."""
        cuts = self._cuts(selected)
        changed = [each for each in selected if cuts[each] != ranges[each]]
        known = {item.nodeid for item in items}
        for module in changed:
            known -= {item.nodeid for item in opened[module]}
        fresh = {
            module: [
                item
                for item in module.chunks(cuts[module])
                if item.nodeid not in known
            ]
            for module in changed
        }
        for module, chunks in fresh.items():
            old = opened[module]
            place = items.index(old[0])
            gone = set(old)
            items[:] = [
                *items[:place],
                *chunks,
                *(item for item in items[place:] if item not in gone),
            ]
            # pytest counts what is collected and what is deselected, and
            # takes the difference for what it runs.
            _announce(chunks[len(old) :])
            if surplus := list(old[len(chunks) :]):
                old[0].ihook.pytest_deselected(items=surplus)

    def _cuts(
        self, modules: Sequence[PatternModule]
    ) -> dict[PatternModule, list[range]]:
        given = shares(
            self._options.samples,
            {each.lesson.pattern.id: each.lesson.capacity for each in modules},
        )
        return {
            module: cut(given[module.lesson.pattern.id], self._options.chunk)
            for module in modules
        }


def _insert(
    items: list[pytest.Item],
    opened: Mapping[PatternModule, Sequence[pytest.Item]],
) -> None:
    """Put each pattern's chunks behind its other items, or at the end."""
    waiting = dict(opened)
    last = {}
    for place, item in enumerate(items):
        last[item.getparent(PatternModule)] = place
    placed: list[pytest.Item] = []
    for place, item in enumerate(items):
        placed.append(item)
        module = item.getparent(PatternModule)
        if last[module] == place and module in waiting:
            placed += waiting.pop(module)
    for chunks in waiting.values():
        placed += chunks
    items[:] = placed


def _announce(items: Sequence[pytest.Item]) -> None:
    """Tell pytest and its plugins of items as collection would have."""
    if not items:
        return
    for item in items:
        item.ihook.pytest_itemcollected(item=item)
    report = pytest.CollectReport(
        items[0].parent.nodeid, "passed", None, list(items)
    )
    items[0].ihook.pytest_collectreport(report=report)


def _is_by_chunk(config: pytest.Config) -> bool:
    """Whether an option of pytest picks single tests of an earlier run."""
    return bool(
        config.getoption("stepwise", False)
        or config.getoption("stepwise_skip", False)
    )


SELECTION = pytest.StashKey[Selection]()
