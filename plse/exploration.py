"""The order in which a space is drawn from: structures first, pairs early.

Draws are numbered from 0 and go in rounds, each of which takes one cell of
every structure that has cells left. The first rounds, the *head*, are worked
out one by one, so as to show new pairs of options and new code; what follows
is computed for any position by itself, so a worker that is handed a range in
the middle pays only for the head. No cell is drawn twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from math import prod

from plse.drawing.pairs import Pairs
from plse.drawing.randomness import Numbers, Permutation, keyed
from plse.drawing.streams import Staircase, Stream
from plse.drawing.structures import Structures
from plse.errors import SpaceError
from plse.space import Space

__all__ = ["Exploration"]

#: Positions whose cells are chosen one by one: so many, or the first round
#: if that is longer.
HEAD = 512
#: Groups that compete for the next place in the first round.
WINDOW = 4
#: Cells that compete for a place of the head in later rounds.
CHOICES = 2
#: Draws whose structure is looked at. Beyond, unless groups are coarse, it is
#: taken to be that of the group: a worker that starts far behind need not
#: render what others drew.
VERIFIED = 128
#: Cells tried until one has the structure of its group.
TRIES = 3
#: Structures whose stream is kept; more are made again when needed.
STREAMS = 512


class Exploration:
    """The draws of one pattern.

    The same arguments give the same order on every machine, Python version
    and hash seed; `known` only saves time.

    :param code_of: renders the code of a cell, by which structures are told
        apart.
    :param key: names the pattern and its version.
    :param phrasings: numbers of the phrasings to draw from.
    :param all_phrasings: how many phrasings the pattern has.
    :param known: what `to_json` returned for the same pattern and key, with
        whatever seed.
    """

    def __init__(
        self,
        code_of: Callable[[Mapping[str, object]], str],
        space: Space,
        key: str,
        seed: int,
        phrasings: Sequence[int],
        all_phrasings: int,
        known: Mapping[str, object] | None = None,
    ) -> None:
        self.space = space
        self._phrasings = tuple(phrasings)
        self._all_phrasings = all_phrasings
        self._key = keyed(key, seed)
        self._table = Structures(space, code_of, key, known)
        self._pairs = Pairs(space)
        self._head: list[int] = []
        # The first round: groups walked so far, by structure; cells that
        # wait for their turn; structures that a draw has been seen to show.
        self._walked = 0
        self._groups: dict[str, list[int]] = {}
        self._waiting: dict[str, list[int]] = {}
        self._shown: set[str] = set()
        # Per structure, the cells that the head drew.
        self._draws: dict[str, list[list[int]]] = {}
        self._streams: dict[str, Stream] = {}
        self._order: tuple[int, Permutation] | None = None

    @property
    def capacity(self) -> int:
        """How many draws there are: one for each cell."""
        return self.space.size if self._phrasings else 0

    @property
    def structures(self) -> int:
        """How many structures there are; looks at all of them."""
        return self._table.count

    @property
    def learned(self) -> int:
        """How much is known of the structures; grows with what is drawn."""
        return self._table.learned

    def to_json(self) -> dict[str, object]:
        """What is known of the structures, to be kept for another time."""
        return self._table.to_json()

    def address(self, position: int) -> int:
        """The address of a draw: cell index × all phrasings + phrasing.

        :raises SpaceError: if the position is not below `capacity`.
        """
        if not 0 <= position < self.capacity:
            raise SpaceError(
                f"there is no draw {position}: the space is exhausted after "
                f"{self.capacity:,} draws; draw less or widen its parameters"
            )
        cell = self._cell(position)
        return cell * self._all_phrasings + self._phrasing(position)

    def _phrasing(self, position: int) -> int:
        # Each block of draws has an order of its own, lest a structure meet
        # the same phrasing in every round.
        block, place = divmod(position, len(self._phrasings))
        order = Permutation(
            len(self._phrasings), keyed(self._key, "phrasing", block)
        )
        return self._phrasings[order[place]]

    def _cell(self, position: int) -> int:
        while len(self._head) <= position:
            rows = self._opening()
            if rows is None and len(self._head) < min(HEAD, self.space.size):
                rows = self._early(len(self._head))
            if rows is None:
                return self.space.join(self._far(position))
            self._pairs.show(rows)
            self._head.append(self.space.join(rows))
        return self._head[position]

    def _opening(self) -> list[int] | None:
        """The next cell of the first round; None when it is over.

        Groups are walked in a seeded order. One that looks like an earlier
        one joins it; of the others, the one with most new pairs is next.
        """
        while len(self._waiting) < WINDOW and self._walked < len(self._walk):
            group = self._walk[self._walked]
            self._walked += 1
            structure = self._table.structure(group)
            if structure in self._groups:
                self._groups[structure].append(group)
            else:
                self._groups[structure] = [group]
                numbers = Numbers(keyed(self._key, "opening", group))
                self._waiting[structure] = self._pairs.compose(
                    self._table.members(group), numbers
                )
        if not self._waiting:
            return None
        # Of equals, the one that has waited longest.
        structure = max(
            self._waiting,
            key=lambda each: self._pairs.new(self._waiting[each]),
        )
        rows = self._waiting.pop(structure)
        if len(self._head) < VERIFIED or self._table.is_coarse:
            rows = self._true_to(structure, rows)
        self._draws[structure] = [rows]
        return rows

    def _true_to(self, structure: str, rows: list[int]) -> list[int]:
        """A cell of a structure that was not drawn before: this or another.

        :param rows: a cell that is expected to show it.
        """
        group = self._groups[structure][0]
        numbers = Numbers(keyed(self._key, "true", group))
        for _ in range(TRIES):
            seen = self._table.look(rows)
            if seen not in self._shown and (
                seen == structure or self._table.is_coarse
            ):
                break
            rows = self._pairs.compose(self._table.members(group), numbers)
        else:
            rows, seen = self._table.representative(group), structure
        self._shown.add(seen)
        return rows

    def _early(self, position: int) -> list[int]:
        """The next cell of the head, once the first round is over."""
        structure, _ = self._turn(position)
        stream = self._stream(structure)
        rows = self._paired(stream, position)
        attempt = 0
        while not stream.is_fresh(rows):
            rows = stream.left(attempt)[1]
            attempt += 1
        self._draws[structure].append(rows)
        stream.take(rows)
        return rows

    def _paired(self, stream: Stream, position: int) -> list[int]:
        """A cell with new pairs; perhaps one that was drawn before.

        Where the stream would go next decides the part, so that large ones
        come as often as they should.
        """
        numbers = Numbers(keyed(self._key, "early", position))
        most, best = -1, []
        for attempt in range(min(CHOICES, stream.remaining)):
            part = stream.left(attempt)[0]
            rows = self._pairs.compose(part.members, numbers)
            new = self._pairs.new(rows)
            if new > most:
                most, best = new, rows
        return best

    def _far(self, position: int) -> list[int]:
        """The cell of a position behind the head."""
        structure, before = self._turn(position)
        taken = len(self._draws[structure])
        return self._stream(structure).left(before - taken)[1]

    def _turn(self, position: int) -> tuple[str, int]:
        """The structure whose turn it is, and how often it has been."""
        number, place = self._rounds.at(position)
        if self._order is None or self._order[0] != number:
            self._order = number, Permutation(
                self._rounds.width(number),
                keyed(self._key, "round", number),
            )
        column, _ = self._rounds.column(self._order[1][place])
        return self._found[column], number

    def _stream(self, structure: str) -> Stream:
        """All cells of a structure, the head's draws taken out."""
        if structure not in self._streams:
            if len(self._streams) >= STREAMS:
                self._streams.clear()
            stream = Stream(
                self._table.parts(structure, self._groups[structure]),
                keyed(self._key, "stream", structure),
            )
            for rows in self._draws[structure]:
                stream.take(rows)
            self._streams[structure] = stream
        return self._streams[structure]

    @cached_property
    def _walk(self) -> Permutation:
        return Permutation(self._table.groups, keyed(self._key, "walk"))

    @cached_property
    def _found(self) -> list[str]:
        """All structures; known when the first round is over."""
        return list(self._groups)

    @cached_property
    def _rounds(self) -> Staircase:
        sizes = [
            sum(
                prod(map(len, self._table.members(group))) for group in groups
            )
            for groups in self._groups.values()
        ]
        return Staircase(sizes, [1] * len(sizes))
