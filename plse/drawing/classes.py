"""Which options leave the structure of the code as it is: found by trying.

Options are exchanged one at a time in a few cells; those that never made a
difference are of one class. That misses an option that matters only where
another has a certain value. So cells that should agree are compared, chosen to
show pairs of options that were not seen together before, and where they do not
agree, the option that is to blame is tried there.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Sequence

from plse.drawing.pairs import Pairs
from plse.drawing.partition import Partition
from plse.drawing.randomness import Numbers, keyed
from plse.space import Block, Space

__all__ = ["block_classes", "choose", "exchanged", "partitions", "place_of"]

#: Cells in which every option is tried.
CONTEXTS = 3
#: Cells that must agree, one after the other, before classes are believed.
AGREEING = 64
#: Cells of one group that are compared before another group is looked at.
CHAIN = 4
#: How often cells may disagree before the classes are taken as they are.
DISAGREEING = 32
#: Rows looked at when constraints forbid to exchange one option alone.
NEIGHBOURS = 64

Rows = Sequence[int]


def partitions(
    space: Space, look: Callable[[Rows], str], key: bytes
) -> list[Partition]:
    """The classes of the options of each axis.

    :param look: the structure of the cell that takes these rows.
    :param key: decides the cells that are looked at.
    """
    trial = _Trial(space, look, key)
    for _ in range(CONTEXTS):
        context = choose(trial.everything, trial.numbers)
        for block in range(len(space.blocks)):
            trial.probe(context, block)
    trial.check()
    return trial.partitions


def block_classes(
    space: Space, partitions: Sequence[Partition]
) -> list[list[Sequence[int]]]:
    """The rows of each block, ascending, by the classes of their options."""
    classes: list[list[Sequence[int]]] = []
    for block in space.blocks:
        chosen = [partitions[member] for member in block.members]
        if len(chosen) == 1 and block.size == chosen[0].size:
            classes.append(chosen[0].members())
            continue
        found: dict[tuple[int, ...], array[int]] = {}
        for row in range(block.size):
            options = zip(chosen, block.options(row), strict=True)
            key = tuple([each.class_of(option) for each, option in options])
            found.setdefault(key, array("L")).append(row)
        classes.append(list(found.values()))
    return classes


def place_of(members: Sequence[int], row: int) -> int | None:
    """Where a row stands among ascending ones; None if it does not."""
    if isinstance(members, range):
        return row - members.start if row in members else None
    place = bisect_left(members, row)
    found = place < len(members) and members[place] == row
    return place if found else None


def choose(choices: Sequence[Sequence[int]], numbers: Numbers) -> list[int]:
    """One row of each block, at random."""
    return [each[numbers.below(len(each))] for each in choices]


def exchanged(rows: Rows, block: int, row: int) -> list[int]:
    """A cell with another row of one block."""
    changed = list(rows)
    changed[block] = row
    return changed


class _Trial:
    """Partitions of the axes while they are being refined."""

    def __init__(
        self, space: Space, look: Callable[[Rows], str], key: bytes
    ) -> None:
        self._space, self._look, self._key = space, look, key
        self._pairs = Pairs(space)
        self.numbers = Numbers(keyed(key, "classes"))
        self.everything = [range(block.size) for block in space.blocks]
        sizes = {
            member: radix
            for block in space.blocks
            for member, radix in zip(block.members, block.radices, strict=True)
        }
        self.partitions = [Partition(sizes[axis]) for axis in sorted(sizes)]

    def probe(self, context: Rows, block: int, also: Rows = ()) -> bool:
        """Try the options of a block's axes in a cell; True if any split.

        :param also: rows of the block whose options must be tried.
        """
        tied = self._space.blocks[block]
        split = False
        for place, axis in enumerate(tied.members):
            partition = self.partitions[axis]
            if partition.size == 1:
                continue
            points = [tied.options(row)[place] for row in also]
            if partition.is_long:
                points.append(tied.options(context[block])[place])
                points += [
                    self.numbers.below(partition.size) for _ in range(4)
                ]

            def observe(option: int, place: int = place) -> str:
                return self._observe(context, block, place, option)

            split |= partition.refine(observe, points)
        return split

    def check(self) -> None:
        """Compare cells that should agree; learn from those that do not."""
        agreeing = disagreeing = 0
        classes = block_classes(self._space, self.partitions)
        here: Rows = ()
        while agreeing < AGREEING and disagreeing < DISAGREEING:
            if agreeing % CHAIN == 0:
                here = self._telling(self.everything)
            there = self._telling(
                [
                    _class_with(choices, row)
                    for choices, row in zip(classes, here, strict=True)
                ]
            )
            if self._look(here) == self._look(there):
                agreeing, here = agreeing + 1, there
                continue
            agreeing, disagreeing = 0, disagreeing + 1
            if self._learn(here, there):
                classes = block_classes(self._space, self.partitions)

    def _telling(self, choices: Sequence[Sequence[int]]) -> Rows:
        """A cell with options that have not been seen together before."""
        rows = self._pairs.compose(choices, self.numbers)
        self._pairs.show(rows)
        return rows

    def _learn(self, here: Rows, there: Rows) -> bool:
        """Split classes by two cells that should agree; True if any split."""
        for block, row in enumerate(there):
            after = exchanged(here, block, row)
            if self._look(after) != self._look(here):
                split = self.probe(here, block, (here[block], row))
                # What made this exchange matter may be another's option.
                for other in range(len(there)):
                    if other != block:
                        split |= self.probe(after, other)
                return split
            here = after
        raise AssertionError("two cells differ, but no step between them")

    def _observe(
        self, context: Rows, block: int, place: int, option: int
    ) -> str:
        """The structure of a cell with one option exchanged."""
        tied = self._space.blocks[block]
        options = list(tied.options(context[block]))
        options[place] = option
        row = tied.row(options)
        if row is not None:
            return self._look(exchanged(context, block, row))
        # Constraints forbid it. Other options must change with it, and what
        # they do is not to be laid at this one's door: if any such cell looks
        # as before, this option makes no difference.
        base = self._look(context)
        found = [
            self._look(exchanged(context, block, row))
            for row in self._nearest(tied, options, place)
        ]
        return base if base in found or not found else found[0]

    def _nearest(
        self, tied: Block, options: Sequence[int], place: int
    ) -> list[int]:
        """Up to three allowed rows with an option and few other changes."""
        numbers = Numbers(keyed(self._key, "nearest", repr(options), place))
        found = set()
        for _ in range(NEIGHBOURS):
            current = list(tied.options(numbers.below(tied.size)))
            current[place] = options[place]
            if tied.row(current) is None:
                continue
            # One option after the other towards what was asked for.
            for other, option in enumerate(options):
                kept, current[other] = current[other], option
                if tied.row(current) is None:
                    current[other] = kept
            changes = sum(a != b for a, b in zip(current, options))
            found.add((changes, tied.row(current)))
        return [row for _, row in sorted(found)[:3]]


def _class_with(
    classes: Sequence[Sequence[int]], row: int
) -> Sequence[int]:
    for members in classes:
        if place_of(members, row) is not None:
            return members
    raise AssertionError(f"row {row} is in no class")
