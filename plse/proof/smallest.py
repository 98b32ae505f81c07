"""The smallest cell that fails, and the options that are to blame.

A cell is smaller when more of its parameters have their first options.
Hypothesis searches the space around a cell that is known to fail and shrinks
what it finds; then each option that is left is put back to the first one, to
see whether the failure depends on it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import HealthCheck, Phase, find
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from plse.space import Space

__all__ = ["Blame", "Rows", "smallest_failing"]

Rows = tuple[int, ...]
"""A cell, as the row that each block of a space takes."""


@dataclass(frozen=True)
class Blame:
    """Where a failure is smallest.

    :param rows: the smallest failing cell that was found.
    :param guilty: names of the parameters whose option matters: with the
        first option of any of them instead, the cell passes. Empty if the
        failure does not depend on the cell.
    :param tried: how many cells were judged.
    """

    rows: Rows
    guilty: tuple[str, ...]
    tried: int


def smallest_failing(
    space: Space,
    known: Rows,
    fails: Callable[[Rows], bool],
    search: int,
) -> Blame:
    """Shrink a failing cell.

    :param known: a cell that fails.
    :param fails: whether a cell fails in the same way; asked once a cell.
    :param search: how many cells Hypothesis may try before it gives up and
        the known cell is what is left.
    """
    answers: dict[Rows, bool] = {known: True}

    def judged(rows: Rows) -> bool:
        if rows not in answers:
            answers[rows] = fails(rows)
        return answers[rows]

    # Each block takes its first row, the row known to fail, or any other:
    # in this order, so that what is shrunk moves to the first.
    strategy = st.tuples(
        *(
            st.one_of(
                st.sampled_from(list(dict.fromkeys((0, row)))),
                st.integers(0, block.size - 1),
            )
            for row, block in zip(known, space.blocks, strict=True)
        )
    )
    try:
        rows = find(
            strategy,
            judged,
            settings=hypothesis_settings(
                max_examples=search,
                database=None,
                deadline=None,
                derandomize=True,
                phases=(Phase.generate, Phase.shrink),
                suppress_health_check=list(HealthCheck),
            ),
        )
    except NoSuchExample:
        rows = known
    rows = _put_back(rows, judged)
    return Blame(rows, _guilty(space, rows, judged), len(answers))


def _put_back(rows: Rows, fails: Callable[[Rows], bool]) -> Rows:
    """Give every block its first row where the failure stays."""
    for at in range(len(rows)):
        simpler = (*rows[:at], 0, *rows[at + 1 :])
        if simpler != rows and fails(simpler):
            rows = simpler
    return rows


def _guilty(
    space: Space, rows: Rows, fails: Callable[[Rows], bool]
) -> tuple[str, ...]:
    """Parameters that are not at their first option, and must not be."""
    guilty = []
    for at, block in enumerate(space.blocks):
        options = block.options(rows[at])
        for position, member in enumerate(block.members):
            if not options[position]:
                continue
            changed = block.row(
                0 if other == position else option
                for other, option in enumerate(options)
            )
            if changed is None or not fails(
                (*rows[:at], changed, *rows[at + 1 :])
            ):
                guilty.append(space.axes[member].name)
    if guilty:
        return tuple(guilty)
    return _alternatives_pass(space, rows, fails)


def _alternatives_pass(
    space: Space, rows: Rows, fails: Callable[[Rows], bool]
) -> tuple[str, ...]:
    """For the very first cell: parameters whose other options all pass."""
    guilty = []
    for at, block in enumerate(space.blocks):
        others = [row for row in range(min(block.size, 4)) if row != rows[at]]
        if others and not any(
            fails((*rows[:at], row, *rows[at + 1 :])) for row in others
        ):
            guilty += [space.axes[member].name for member in block.members]
    return tuple(guilty)
