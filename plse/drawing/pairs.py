"""Which pairs of options have been drawn together, and which to draw next.

Source of the greedy choice: Cohen, Dalal, Fredman and Patton, "The AETG
system", IEEE TSE 23(7), 1997.
"""

from __future__ import annotations

from collections.abc import Sequence

from plse.drawing.randomness import Numbers
from plse.space import Space

__all__ = ["Pairs"]

#: An axis with more options than this is divided into so many equal parts.
LEVELS = 32
PARTS = 8
#: The most rows of a block that one choice considers.
CANDIDATES = 16
#: The most rows of a block whose levels are remembered.
KNOWN = 1024


class Pairs:
    """The pairs of options, of different axes, that no cell has shown yet.

    An axis has a level for each option; a wide one for each eighth of them.
    Levels are numbered through all axes, so that a set of them is an integer
    and a question about many pairs one operation.
    """

    def __init__(self, space: Space) -> None:
        self._blocks = space.blocks
        self._starts: dict[int, int] = {}
        own: list[int] = []
        self._known: list[dict[int, tuple[int, ...]]] = [
            {} for _ in space.blocks
        ]
        radices = {
            member: radix
            for block in space.blocks
            for member, radix in zip(block.members, block.radices, strict=True)
        }
        for axis, radix in sorted(radices.items()):
            start, count = len(own), radix if radix <= LEVELS else PARTS
            self._starts[axis] = start
            own += [((1 << count) - 1) << start] * count
        everything = (1 << len(own)) - 1
        #: Per level, the levels that it has not been seen with.
        self._open = [everything & ~mask for mask in own]

    def levels(self, block: int, row: int) -> tuple[int, ...]:
        """The levels that a row of a block shows, one for each axis."""
        known = self._known[block]
        levels = known.get(row)
        if levels is None:
            tied = self._blocks[block]
            levels = tuple(
                [
                    self._starts[axis]
                    + (option if radix <= LEVELS else option * PARTS // radix)
                    for axis, radix, option in zip(
                        tied.members,
                        tied.radices,
                        tied.options(row),
                        strict=True,
                    )
                ]
            )
            if len(known) < KNOWN:
                known[row] = levels
        return levels

    def new(self, rows: Sequence[int]) -> int:
        """How many pairs a cell would show for the first time."""
        levels, mask = self._shown(rows)
        both = sum((self._open[each] & mask).bit_count() for each in levels)
        return both // 2

    def show(self, rows: Sequence[int]) -> None:
        """Count the pairs of a cell as seen."""
        levels, mask = self._shown(rows)
        for level in levels:
            self._open[level] &= ~mask

    def compose(
        self, choices: Sequence[Sequence[int]], numbers: Numbers
    ) -> list[int]:
        """A cell that shows many new pairs, from the rows allowed.

        Block by block takes the row that has the most new pairs with what is
        chosen so far, or the most left to show; the numbers decide the order
        of the blocks and between equals.
        """
        rows = [members[0] for members in choices]
        chosen, free = 0, []
        for block, members in enumerate(choices):
            if len(members) > 1:
                free.append(block)
            else:
                chosen |= self._mask(block, members[0])
        numbers.shuffle(free)
        for block in free:
            best = (-1, -1)
            for row in _candidates(choices[block], numbers):
                new = left = 0
                for level in self.levels(block, row):
                    still = self._open[level]
                    new += (still & chosen).bit_count()
                    left += still.bit_count()
                if (new, left) > best:
                    best, rows[block] = (new, left), row
            chosen |= self._mask(block, rows[block])
        return rows

    def _mask(self, block: int, row: int) -> int:
        mask = 0
        for level in self.levels(block, row):
            mask |= 1 << level
        return mask

    def _shown(self, rows: Sequence[int]) -> tuple[list[int], int]:
        levels: list[int] = []
        for block, row in enumerate(rows):
            levels += self.levels(block, row)
        mask = 0
        for level in levels:
            mask |= 1 << level
        return levels, mask


def _candidates(members: Sequence[int], numbers: Numbers) -> list[int]:
    """Rows to consider, in a seeded order: all, or evenly spread ones."""
    count = len(members)
    start = numbers.below(count)
    if count <= CANDIDATES:
        return [*members[start:], *members[:start]]
    return [
        members[(start + part * count // CANDIDATES) % count]
        for part in range(CANDIDATES)
    ]
