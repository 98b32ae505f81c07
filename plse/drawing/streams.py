"""The cells of a structure in a seeded order, each reached by its rank."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from itertools import accumulate
from math import prod

from plse.drawing.classes import place_of
from plse.drawing.randomness import Permutation, keyed
from plse.drawing.structures import Part

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
    """The cells of some parts: every code once before any code twice.

    Blocks that change the code are *loud*, others *silent*. Row after row of
    a staircase every combination of loud rows of the blocks comes once, in an
    order of its own, each time with other silent rows.

    :param parts: what the cells belong to.
    :param key: decides the order.
    """

    def __init__(self, parts: Sequence[Part], key: bytes) -> None:
        self.parts = tuple(parts)
        self._codings = [
            _Coding(part, keyed(key, "silent", number))
            for number, part in enumerate(parts)
        ]
        self._key = key
        self._stairs = Staircase(
            [coding.repeats for coding in self._codings],
            [coding.codes for coding in self._codings],
        )
        self._order: tuple[int, Permutation] | None = None
        self._taken: list[int] = []
        #: Per code taken, the repeat that changed places with its first.
        self._told: dict[tuple[int, int], int] = {}
        self.size = self._stairs.size
        #: How many codes there are, if the groups are what they seem.
        self.codes = self._stairs.width(0)

    def at(self, rank: int) -> tuple[Part, list[int]]:
        """The part and the rows of the cell with a rank."""
        row, place = self._stairs.at(rank)
        number, code = self._stairs.column(self._ordered(row)[place])
        repeat = self._swapped(number, code, row)
        return self.parts[number], self._codings[number].rows(code, repeat)

    def rank(self, rows: Sequence[int]) -> int:
        """The rank of a cell."""
        number, code, row = self._find(rows)
        place = self._stairs.place(number, code)
        return self._stairs.position(row, self._ordered(row).index(place))

    def take(self, rows: Sequence[int]) -> None:
        """Leave a cell out of what `left` counts.

        The first cell taken of a code becomes its first repeat, so that the
        stream has the code no sooner than all others.
        """
        number, code, repeat = self._find(rows)
        self._told.setdefault((number, code), repeat)
        insort(self._taken, self.rank(rows))

    def is_fresh(self, rows: Sequence[int]) -> bool:
        """Whether a cell is not taken, nor its code while others are left."""
        if len(self._told) < self.codes:
            return self._find(rows)[:2] not in self._told
        rank = self.rank(rows)
        place = bisect_left(self._taken, rank)
        return self._taken[place : place + 1] != [rank]

    @property
    def remaining(self) -> int:
        """How many cells are not taken."""
        return self.size - len(self._taken)

    def left(self, count: int) -> tuple[Part, list[int]]:
        """The cell that comes after `count` others that are not taken."""
        rank = count
        while True:
            reached = count + bisect_right(self._taken, rank)
            if reached == rank:
                return self.at(rank)
            rank = reached

    def _find(self, rows: Sequence[int]) -> tuple[int, int, int]:
        """The part that a cell belongs to, its code, and which repeat."""
        for number, coding in enumerate(self._codings):
            found = coding.split(rows)
            if found is not None:
                code, repeat = found
                return number, code, self._swapped(number, code, repeat)
        raise ValueError("the cell is of another structure")

    def _swapped(self, number: int, code: int, repeat: int) -> int:
        first = self._told.get((number, code), 0)
        return {first: 0, 0: first}.get(repeat, repeat)

    def _ordered(self, row: int) -> Permutation:
        if self._order is None or self._order[0] != row:
            width = self._stairs.width(row)
            self._order = row, Permutation(width, keyed(self._key, row))
        return self._order[1]


class _Coding:
    """The cells of a part by two numbers: the code, and the repeat of it."""

    def __init__(self, part: Part, key: bytes) -> None:
        self._members = part.members
        blocks = range(len(part.members))
        self._loud = [each for each in blocks if not part.silent[each]]
        self._silent = [each for each in blocks if part.silent[each]]
        self.codes = prod(len(part.members[each]) for each in self._loud)
        self.repeats = prod(len(part.members[each]) for each in self._silent)
        self._turns = Permutation(self.repeats, key)

    def rows(self, code: int, repeat: int) -> list[int]:
        """The cell with a code, when that code comes again and again."""
        turn = (self._turns[repeat] + _shift(code)) % self.repeats
        rows = [0] * len(self._members)
        for blocks, number in ((self._loud, code), (self._silent, turn)):
            for block in reversed(blocks):
                members = self._members[block]
                number, place = divmod(number, len(members))
                rows[block] = members[place]
        return rows

    def split(self, rows: Sequence[int]) -> tuple[int, int] | None:
        """The inverse of `rows`; None for a cell of another part."""
        numbers = []
        for blocks in (self._loud, self._silent):
            number = 0
            for block in blocks:
                members = self._members[block]
                place = place_of(members, rows[block])
                if place is None:
                    return None
                number = number * len(members) + place
            numbers.append(number)
        code, turn = numbers
        repeat = self._turns.index((turn - _shift(code)) % self.repeats)
        return code, repeat


def _shift(code: int) -> int:
    """How far a code's silent rows are turned: neighbours far apart."""
    return code * 0x9E3779B97F4A7C15 >> 7
