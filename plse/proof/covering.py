"""A few cells that hold every option, and every pair of options, together.

Most faults of a template show as soon as some two options meet. A set in
which all pairs of options meet is as large as the product of the two longest
axes, not of all of them. An axis with very many options, such as a vocabulary,
counts by eighths: each of its options is in a cell, and each eighth of them
meets every option of the other axes. A numeric range stands for a few of its
numbers.

Greedy construction after Cohen, Dalal, Fredman and Patton, "The AETG system",
IEEE Transactions on Software Engineering 23(7), 1997, over blocks of tied axes
instead of single ones, so that constraints hold by construction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from plse.drawing.randomness import Numbers
from plse.space import Space

__all__ = ["Covering", "cover_pairs"]

RANGE_OPTIONS = 5
"""A numeric range stands for its ends and a few numbers between."""

WIDE = 16
"""With more options than this, an axis counts by eighths."""

PARTS = 8

BLOCK_ROWS = 300
"""Rows of tied axes that are considered; of more, so many at random."""

Level = tuple[int, int]  # position of an axis, number of an option or part
Pair = tuple[Level, Level]


@dataclass(frozen=True)
class Covering:
    """Cells, and how much they cover.

    :param cells: cell indices of a space, the first of them 0.
    :param covered: pairs that meet in one of the cells.
    :param pairs: pairs that can meet in any cell.
    """

    cells: tuple[int, ...]
    covered: int
    pairs: int


@dataclass(frozen=True)
class _Row:
    """What a row of a block shows."""

    options: tuple[Level, ...]
    levels: tuple[Level, ...]


def cover_pairs(space: Space, limit: int, key: bytes) -> Covering:
    """Cells in which all pairs meet, or as many as fit.

    :param limit: the most cells; every option comes before the pairs do.
    :param key: decides among equally good cells.
    """
    numbers = Numbers(key)
    blocks = [
        {row: _row(space, at, row) for row in _rows(space, at, numbers)}
        for at in range(len(space.blocks))
    ]
    missing = dict.fromkeys(_pairs(blocks))
    alone = dict.fromkeys(
        option
        for rows in blocks
        for row in rows.values()
        for option in row.options
    )
    total = len(missing)
    cells: dict[int, None] = {}
    while len(cells) < limit and (missing or alone or not cells):
        rows = (
            _cell(blocks, missing, alone, numbers)
            if cells
            else space.rows(0)
        )
        cells[space.join(rows)] = None
        shown = [blocks[at][row] for at, row in enumerate(rows)]
        for row in shown:
            for option in row.options:
                alone.pop(option, None)
        levels = sorted(level for row in shown for level in row.levels)
        for pair in combinations(levels, 2):
            missing.pop(pair, None)
    return Covering(tuple(cells), total - len(missing), total)


def _rows(space: Space, at: int, numbers: Numbers) -> Sequence[int]:
    """The rows of a block that stand for it; the first is among them."""
    block = space.blocks[at]
    if len(block.members) == 1 and isinstance(
        space.axes[block.members[0]].options, range
    ):
        last = block.size - 1
        count = min(block.size, RANGE_OPTIONS)
        return sorted({last * n // max(count - 1, 1) for n in range(count)})
    if block.size <= BLOCK_ROWS:
        return range(block.size)
    return sorted(
        {0, block.size - 1}
        | {numbers.below(block.size) for _ in range(BLOCK_ROWS - 2)}
    )


def _row(space: Space, at: int, row: int) -> _Row:
    block = space.blocks[at]
    options = tuple(zip(block.members, block.options(row)))
    return _Row(
        options,
        tuple(
            (
                axis,
                option
                if radix <= WIDE
                or isinstance(space.axes[axis].options, range)
                else option * PARTS // radix,
            )
            for (axis, option), radix in zip(options, block.radices)
        ),
    )


def _pairs(blocks: Sequence[dict[int, _Row]]) -> Iterator[Pair]:
    """All pairs that can meet: within a row, and across blocks."""
    for rows in blocks:
        for row in rows.values():
            yield from combinations(row.levels, 2)
    distinct = [
        dict.fromkeys(level for row in rows.values() for level in row.levels)
        for rows in blocks
    ]
    for first, second in combinations(distinct, 2):
        for one in first:
            for other in second:
                yield _pair(one, other)


def _pair(one: Level, other: Level) -> Pair:
    return (one, other) if one < other else (other, one)


def _cell(
    blocks: Sequence[dict[int, _Row]],
    missing: dict[Pair, None],
    alone: dict[Level, None],
    numbers: Numbers,
) -> list[int]:
    """A cell with an option or pair not seen yet, and much else not seen."""
    option = next(iter(alone), None)
    wanted = () if option else next(iter(missing))

    def holds(row: _Row, axes: set[int]) -> bool:
        if option is not None:
            return option[0] not in axes or option in row.options
        return all(
            level[0] not in axes or level in row.levels for level in wanted
        )

    axes = [
        {axis for axis, _ in next(iter(rows.values())).options}
        for rows in blocks
    ]
    first = {option[0]} if option else {level[0] for level in wanted}
    order = sorted(
        range(len(blocks)),
        key=lambda at: (not axes[at] & first, numbers.bits()),
    )
    chosen: dict[int, int] = {}
    met: list[Level] = []
    for at in order:
        best, best_gain = -1, -1.0
        for number, row in blocks[at].items():
            if not holds(row, axes[at]):
                continue
            gain = sum(
                _pair(one, new) in missing
                for new in row.levels
                for one in met
            )
            gain += sum(
                pair in missing for pair in combinations(row.levels, 2)
            )
            gain += 2 * sum(each in alone for each in row.options)
            # Between equals a random one, or late axes see few options.
            score = gain + numbers.bits() / 2**65
            if score > best_gain:
                best, best_gain = number, score
        chosen[at] = best
        met += blocks[at][best].levels
    return [chosen[at] for at in range(len(blocks))]
