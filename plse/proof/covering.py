"""A few cells that hold every option, and every pair of options, together.

Most faults of a template show as soon as some two options meet. A set in
which all pairs of options meet is as large as the product of the two longest
axes, not of all of them.

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

BLOCK_ROWS = 300
"""Rows of tied axes that are considered; more are drawn from at random."""

Value = tuple[int, int]  # position of an axis, number of an option
Pair = tuple[Value, Value]


@dataclass(frozen=True)
class Covering:
    """Cells, and how much they cover.

    :param cells: cell indices of a space, the first of them 0.
    :param covered: pairs of options that meet in one of the cells.
    :param pairs: pairs of options that meet in any cell (ranges count by
        their representatives).
    """

    cells: tuple[int, ...]
    covered: int
    pairs: int


def cover_pairs(space: Space, limit: int, key: bytes) -> Covering:
    """Cells in which all pairs of options meet, or as many as fit.

    :param limit: the most cells; every option comes before the pairs do.
    :param key: decides among equally good cells.
    """
    numbers = Numbers(key)
    blocks = [_rows(space, at, numbers) for at in range(len(space.blocks))]
    options = [
        {row: _values(space, at, row) for row in rows}
        for at, rows in enumerate(blocks)
    ]
    missing = dict.fromkeys(_pairs(options))
    alone = dict.fromkeys(
        value
        for rows in options
        for values in rows.values()
        for value in values
    )
    total = len(missing)
    cells: list[int] = []
    while len(cells) < limit and (missing or alone or not cells):
        if cells:
            wanted = _wanted(missing, alone)
            rows = _cell(options, wanted, missing, alone, numbers)
        else:
            rows = space.rows(0)
        cells.append(space.join(rows))
        met = sorted(
            value for at, row in enumerate(rows) for value in options[at][row]
        )
        for value in met:
            alone.pop(value, None)
        for pair in combinations(met, 2):
            missing.pop(pair, None)
    return Covering(tuple(dict.fromkeys(cells)), total - len(missing), total)


def _rows(space: Space, at: int, numbers: Numbers) -> Sequence[int]:
    """The rows of a block that stand for it."""
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


def _values(space: Space, at: int, row: int) -> tuple[Value, ...]:
    block = space.blocks[at]
    return tuple(zip(block.members, block.options(row)))


def _pairs(
    options: Sequence[dict[int, tuple[Value, ...]]],
) -> Iterator[Pair]:
    """All pairs that can meet: within a row, and across blocks."""
    for rows in options:
        for values in rows.values():
            yield from combinations(values, 2)
    distinct = [
        dict.fromkeys(value for values in rows.values() for value in values)
        for rows in options
    ]
    for first, second in combinations(distinct, 2):
        for one in first:
            for other in second:
                yield (one, other) if one < other else (other, one)


def _wanted(
    missing: dict[Pair, None], alone: dict[Value, None]
) -> tuple[Value, ...]:
    """What the next cell must hold: an option not seen yet, else a pair."""
    if alone:
        return (next(iter(alone)),)
    return next(iter(missing))


def _cell(
    options: Sequence[dict[int, tuple[Value, ...]]],
    wanted: tuple[Value, ...],
    missing: dict[Pair, None],
    alone: dict[Value, None],
    numbers: Numbers,
) -> list[int]:
    """The rows of a cell that holds some values and much else that is new."""
    needs: dict[int, list[Value]] = {}
    for value in wanted:
        for at, rows in enumerate(options):
            members = next(iter(rows.values()), ())
            if any(value[0] == axis for axis, _ in members):
                needs.setdefault(at, []).append(value)
    order = sorted(
        range(len(options)),
        key=lambda at: (at not in needs, numbers.bits()),
    )
    chosen: dict[int, int] = {}
    met: list[Value] = []
    for at in order:
        best, best_gain = -1, -1.0
        for row, values in options[at].items():
            if not all(value in values for value in needs.get(at, ())):
                continue
            gain = sum(
                ((one, new) if one < new else (new, one)) in missing
                for new in values
                for one in met
            ) + sum(pair in missing for pair in combinations(values, 2))
            gain += sum(value in alone for value in values)
            # Between equals a random one, or late axes see few options.
            score = gain + numbers.bits() / 2**65
            if score > best_gain:
                best, best_gain = row, score
        chosen[at] = best
        met += options[at][best]
    return [chosen[at] for at in range(len(options))]
