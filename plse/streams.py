"""The cells of a structure in a seeded order, each reached by its rank."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from itertools import accumulate
from math import prod

from plse.randomness import Permutation, keyed
from plse.structures import position_in

__all__ = ["Staircase", "Stream"]


class Staircase:
    """Positions in columns of different heights, counted row by row.

    Each row holds the columns that are high enough to reach it, so what has
    few places is exhausted early and the rest goes on: rounds in which each
    structure is drawn once are such rows. Both directions take O(log n).

    :param heights: the rows that each column reaches.
    :param widths: the places that each column has in a row.
    """

    def __init__(self, heights: Sequence[int], widths: Sequence[int]) -> None:
        self._order = sorted(
            range(len(heights)), key=lambda column: -heights[column]
        )
        self._heights = [-heights[column] for column in self._order]
        #: Places in a row that the first columns take together.
        self._edges = [0, *accumulate(widths[each] for each in self._order)]
        self._places = {each: n for n, each in enumerate(self._order)}
        self._steps = sorted({0, *heights})
        self._starts = [0]
        for low, high in zip(self._steps, self._steps[1:]):
            area = (high - low) * self.width(low)
            self._starts.append(self._starts[-1] + area)
        self.size = self._starts[-1]

    def width(self, row: int) -> int:
        """The places of a row."""
        return self._edges[bisect_left(self._heights, -row)]

    def at(self, position: int) -> tuple[int, int]:
        """The row of a position, and the place in that row."""
        step = bisect_right(self._starts, position) - 1
        low = self._steps[step]
        row, place = divmod(position - self._starts[step], self.width(low))
        return low + row, place

    def position(self, row: int, place: int) -> int:
        """The position of a place in a row."""
        step = bisect_right(self._steps, row) - 1
        low = self._steps[step]
        return self._starts[step] + (row - low) * self.width(low) + place

    def column(self, place: int) -> tuple[int, int]:
        """The column of a place in any row, and the place within it."""
        number = bisect_right(self._edges, place) - 1
        return self._order[number], place - self._edges[number]

    def place(self, column: int, within: int) -> int:
        """The place of a column, the same in every row that it reaches."""
        return self._edges[self._places[column]] + within


class Stream:
    """The cells of some groups: every code once before any code twice.

    Blocks that change the code are *loud*, others *silent*. Row after row of
    a staircase every combination of loud rows of the blocks comes once, in an
    order of its own, each time with other silent rows.

    :param groups: per group, the rows that each block may take.
    :param silent: per group, whether each block is silent.
    :param key: decides the order.
    """

    def __init__(
        self,
        groups: Sequence[Sequence[Sequence[int]]],
        silent: Sequence[Sequence[bool]],
        key: bytes,
    ) -> None:
        self._groups = [
            _Group(members, quiet, keyed(key, "silent", number))
            for number, (members, quiet) in enumerate(
                zip(groups, silent, strict=True)
            )
        ]
        self._key = key
        self._stairs = Staircase(
            [group.repeats for group in self._groups],
            [group.codes for group in self._groups],
        )
        self._order: tuple[int, Permutation] | None = None
        self._taken: list[int] = []
        self._told: set[tuple[int, int]] = set()
        self.size = self._stairs.size
        #: How many codes there are, if the groups are what they seem.
        self.codes = self._stairs.width(0)

    def at(self, rank: int) -> tuple[int, list[int]]:
        """The group and the rows of the cell with a rank."""
        row, place = self._stairs.at(rank)
        number, code = self._stairs.column(self._ordered(row)[place])
        return number, self._groups[number].rows(code, row)

    def rank(self, number: int, rows: Sequence[int]) -> int:
        """The rank of a cell of a group."""
        code, row = self._groups[number].split(rows)
        place = self._stairs.place(number, code)
        return self._stairs.position(row, self._ordered(row).index(place))

    def take(self, number: int, rows: Sequence[int]) -> None:
        """Leave a cell out of what `left` counts, and remember its code."""
        insort(self._taken, self.rank(number, rows))
        self._told.add((number, self._groups[number].split(rows)[0]))

    def is_fresh(self, number: int, rows: Sequence[int]) -> bool:
        """Whether a cell is not taken, nor its code while others are left."""
        if len(self._told) < self.codes:
            code = self._groups[number].split(rows)[0]
            return (number, code) not in self._told
        rank = self.rank(number, rows)
        place = bisect_left(self._taken, rank)
        return self._taken[place : place + 1] != [rank]

    @property
    def remaining(self) -> int:
        """How many cells are not taken."""
        return self.size - len(self._taken)

    def left(self, count: int) -> tuple[int, list[int]]:
        """The cell that comes after `count` others that are not taken."""
        rank = count
        while True:
            reached = count + bisect_right(self._taken, rank)
            if reached == rank:
                return self.at(rank)
            rank = reached

    def _ordered(self, row: int) -> Permutation:
        if self._order is None or self._order[0] != row:
            width = self._stairs.width(row)
            self._order = row, Permutation(width, keyed(self._key, row))
        return self._order[1]


class _Group:
    """A product of rows of blocks, split into its loud and silent part."""

    def __init__(
        self,
        members: Sequence[Sequence[int]],
        silent: Sequence[bool],
        key: bytes,
    ) -> None:
        self._members = members
        blocks = range(len(members))
        self._loud = [block for block in blocks if not silent[block]]
        self._silent = [block for block in blocks if silent[block]]
        self.codes = prod(len(members[block]) for block in self._loud)
        self.repeats = prod(len(members[block]) for block in self._silent)
        self._turns = Permutation(self.repeats, key)

    def rows(self, code: int, repeat: int) -> list[int]:
        """The cell with a code, when that code comes again and again."""
        turn = (self._turns[repeat] + self._shift(code)) % self.repeats
        rows = [0] * len(self._members)
        for blocks, number in ((self._loud, code), (self._silent, turn)):
            for block in reversed(blocks):
                members = self._members[block]
                number, place = divmod(number, len(members))
                rows[block] = members[place]
        return rows

    def split(self, rows: Sequence[int]) -> tuple[int, int]:
        """The inverse of `rows`: the code, and which repeat of it."""
        code = self._number(self._loud, rows)
        turn = self._number(self._silent, rows) - self._shift(code)
        return code, self._turns.index(turn % self.repeats)

    def _number(self, blocks: Sequence[int], rows: Sequence[int]) -> int:
        number = 0
        for block in blocks:
            members = self._members[block]
            place = position_in(members, rows[block])
            if place is None:
                raise ValueError(f"row {rows[block]} is not in the group")
            number = number * len(members) + place
        return number

    def _shift(self, code: int) -> int:
        # Neighbouring codes start with silent rows far apart.
        return code * 0x9E3779B97F4A7C15 >> 7
