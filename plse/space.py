"""A space: index ⇄ cell, and its exact size.

A cell gives every axis (parameter) one of its options. Axes that constraints
tie together form a *block*, whose allowed rows are tabulated once; an axis
that no constraint mentions is a block of its own and needs no table. A space
is the plain product of its blocks, so every index below `Space.size` is a
valid cell, both ways, and 10**12 cells need no more memory than ten.

Nothing here knows of templates: a constraint is a predicate over the options
of the axes that it names.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod

from plse.errors import SpaceError

__all__ = ["Axis", "Block", "Constraint", "Space"]

#: The most rows that a block may have while its table is being built.
ROWS = 100_000


@dataclass(frozen=True, slots=True)
class Axis:
    """A parameter: its name and its options, all different.

    :param options: a sequence; a ``range`` is never expanded.
    """

    name: str
    options: Sequence[object]


@dataclass(frozen=True, slots=True)
class Constraint:
    """What a cell must satisfy.

    :param names: the axes that the predicate reads.
    :param holds: called with those names and their options; what it raises
        passes through.
    :param text: how messages name the constraint, such as
        ``retry.yaml:12: item not in function``.
    """

    names: tuple[str, ...]
    holds: Callable[[Mapping[str, object]], object]
    text: str


class Block:
    """Axes that are tied together, and the rows of options they may take.

    A row is known by its number, its options by their numbers on each axis.
    Rows are in lexicographic order, so that both directions are fast.

    :param members: positions of the axes in the space, ascending.
    """

    def __init__(
        self,
        members: Sequence[int],
        axes: Sequence[Axis],
        constraints: Sequence[Constraint] = (),
    ) -> None:
        self.members = tuple(members)
        self.radices = tuple(_count(axis) for axis in axes)
        self._axes = tuple(axes)
        self._constraints = tuple(constraints)

    def __repr__(self) -> str:
        return f"Block({', '.join(axis.name for axis in self._axes)})"

    @cached_property
    def size(self) -> int:
        """How many rows are allowed."""
        return len(self._rows)

    def options(self, row: int) -> tuple[int, ...]:
        """The number of each axis's option in a row."""
        if len(self.radices) == 1 and not self._constraints:
            return (row,)
        code = self._rows[row]
        digits = []
        for radix in reversed(self.radices):
            code, digit = divmod(code, radix)
            digits.append(digit)
        return tuple(reversed(digits))

    def row(self, options: Iterable[int]) -> int | None:
        """The row that holds these option numbers; None if forbidden."""
        code = 0
        for option, radix in zip(options, self.radices, strict=True):
            code = code * radix + option
        rows = self._rows
        if isinstance(rows, range):
            return code if code < len(rows) else None
        found = bisect_left(rows, code)
        return found if found < len(rows) and rows[found] == code else None

    @cached_property
    def _rows(self) -> Sequence[int]:
        """Allowed rows, each packed into one number of mixed radix."""
        total = prod(self.radices)
        if not self._constraints:
            return range(total)
        codes = self._tabulate()
        if len(codes) == total:
            return range(total)
        return array("Q", codes) if total < 1 << 64 else tuple(codes)

    def _tabulate(self) -> list[int]:
        """Extend rows axis by axis; drop each as soon as it is forbidden."""
        known: set[str] = set()
        waiting = list(self._constraints)
        guilty: list[Constraint] = []
        rows: list[tuple[int, ...]] = [()]
        for depth in range(len(self._axes) + 1):
            due = [each for each in waiting if known.issuperset(each.names)]
            waiting = [each for each in waiting if each not in due]
            for constraint in due:
                kept = self._filter(rows, constraint)
                if len(kept) < len(rows):
                    guilty.append(constraint)
                rows = kept
            if not rows:
                raise SpaceError(self._nothing_left(guilty))
            if depth < len(self._axes):
                radix = self.radices[depth]
                if len(rows) * radix > ROWS:
                    raise SpaceError(self._too_many())
                digits = range(radix)
                rows = [(*row, digit) for row in rows for digit in digits]
                known.add(self._axes[depth].name)
        codes = []
        for row in rows:
            code = 0
            for digit, radix in zip(row, self.radices, strict=True):
                code = code * radix + digit
            codes.append(code)
        return codes

    def _filter(
        self, rows: list[tuple[int, ...]], constraint: Constraint
    ) -> list[tuple[int, ...]]:
        # A predicate runs a template, so each combination is asked once.
        used = [
            (number, axis)
            for number, axis in enumerate(self._axes)
            if axis.name in constraint.names
        ]
        answers: dict[tuple[int, ...], bool] = {}
        kept = []
        for row in rows:
            key = tuple([row[number] for number, _ in used])
            if key not in answers:
                answers[key] = bool(
                    constraint.holds(
                        {
                            axis.name: axis.options[digit]
                            for (_, axis), digit in zip(used, key, strict=True)
                        }
                    )
                )
            if answers[key]:
                kept.append(row)
        return kept

    def _nothing_left(self, guilty: Sequence[Constraint]) -> str:
        names = ", ".join(axis.name for axis in self._axes)
        texts = " and ".join(each.text for each in guilty)
        if not names:
            return f"{texts}: false whatever the parameters; remove it"
        return (
            f"{texts}: no combination of {names} is left; relax a "
            "constraint or add options"
        )

    def _too_many(self) -> str:
        names = ", ".join(axis.name for axis in self._axes)
        texts = ", ".join(each.text for each in self._constraints)
        return (
            f"{texts}: {names} are tied together by constraints and have "
            f"more than {ROWS:,} combinations; give them fewer options, or "
            "make bundles of values that belong together"
        )


class Space:
    """The valid cells of some axes under some constraints.

    Tables are built at the first use of a size or of an index, not before.
    Raises SpaceError for what cannot span a space: no options, an option
    twice, a constraint on an unknown axis, a block without a row or with too
    many.
    """

    def __init__(
        self, axes: Sequence[Axis], constraints: Sequence[Constraint] = ()
    ) -> None:
        self.axes = tuple(axes)
        self.blocks = _blocks(self.axes, tuple(constraints))

    @cached_property
    def size(self) -> int:
        """How many cells are valid; exact."""
        return prod(block.size for block in self.blocks)

    def cell(self, index: int) -> dict[str, object]:
        """The options of a cell, by name, in the order of the axes."""
        return self.options(self.rows(index))

    def index(self, cell: Mapping[str, object]) -> int:
        """The number of a cell; SpaceError for one that is not valid."""
        digits = []
        for axis, numbers in zip(self.axes, self._numbers, strict=True):
            if axis.name not in cell:
                raise SpaceError(f"the cell says nothing of {axis.name}")
            digits.append(_number(axis, numbers, cell[axis.name]))
        rows = []
        for block in self.blocks:
            row = block.row(digits[member] for member in block.members)
            if row is None:
                names = ", ".join(
                    f"{self.axes[member].name}="
                    f"{self.axes[member].options[digits[member]]!r}"
                    for member in block.members
                )
                raise SpaceError(f"the constraints forbid {names}")
            rows.append(row)
        return self.join(rows)

    def rows(self, index: int) -> list[int]:
        """The row that each block takes in a cell."""
        if not 0 <= index < self.size:
            raise SpaceError(
                f"there is no cell {index}: the space has {self.size:,} "
                "cells, numbered from 0"
            )
        rows = []
        for block in reversed(self.blocks):
            index, row = divmod(index, block.size)
            rows.append(row)
        rows.reverse()
        return rows

    def join(self, rows: Sequence[int]) -> int:
        """The index of the cell that takes these rows of the blocks."""
        index = 0
        for block, row in zip(self.blocks, rows, strict=True):
            index = index * block.size + row
        return index

    def options(self, rows: Sequence[int]) -> dict[str, object]:
        """The cell that takes these rows of the blocks."""
        digits = [0] * len(self.axes)
        for block, row in zip(self.blocks, rows, strict=True):
            for member, digit in zip(block.members, block.options(row)):
                digits[member] = digit
        return {
            axis.name: axis.options[digit]
            for axis, digit in zip(self.axes, digits, strict=True)
        }

    @cached_property
    def _numbers(self) -> list[dict[tuple[str, object], int] | None]:
        """Per axis, its options' numbers; None for a range, which knows."""
        return [
            (
                None
                if isinstance(axis.options, range)
                else {_key(option): n for n, option in enumerate(axis.options)}
            )
            for axis in self.axes
        ]


def _blocks(
    axes: tuple[Axis, ...], constraints: tuple[Constraint, ...]
) -> tuple[Block, ...]:
    """Connected axes together, in the order of their first member."""
    places: dict[str, int] = {}
    for number, axis in enumerate(axes):
        if axis.name in places:
            raise SpaceError(f"two parameters are called {axis.name}")
        places[axis.name] = number
    leader = list(range(len(axes)))

    def find(number: int) -> int:
        while leader[number] != number:
            number = leader[number]
        return number

    for constraint in constraints:
        for name in constraint.names:
            if name not in places:
                raise SpaceError(
                    f"{constraint.text}: there is no parameter {name}"
                )
        ends = sorted({find(places[name]) for name in constraint.names})
        for end in ends[1:]:
            leader[end] = ends[0]

    grouped: dict[int, list[int]] = {}
    for number in range(len(axes)):
        grouped.setdefault(find(number), []).append(number)
    blocks = []
    # A constraint that reads no parameter is a block without axes: it allows
    # its one row, or nothing at all.
    constant = [each for each in constraints if not each.names]
    if constant:
        blocks.append(Block((), (), constant))
    for first, members in sorted(grouped.items()):
        tied = [
            each
            for each in constraints
            if each.names and find(places[each.names[0]]) == first
        ]
        blocks.append(Block(members, [axes[m] for m in members], tied))
    return tuple(blocks)


def _key(option: object) -> tuple[str, object]:
    """Tells 1, 1.0 and True apart, which are equal."""
    return type(option).__name__, option


def _count(axis: Axis) -> int:
    """How many options an axis has; SpaceError for none, or one twice."""
    try:
        count = len(axis.options)
    except OverflowError:
        raise SpaceError(
            f"the range of {axis.name} is too wide; narrow it"
        ) from None
    if not count:
        raise SpaceError(f"{axis.name} has no options; give it at least one")
    if not isinstance(axis.options, range):
        seen = set()
        for option in axis.options:
            key = _key(option)
            if key in seen:
                raise SpaceError(
                    f"{axis.name} has the option {option!r} twice; "
                    "remove one"
                )
            seen.add(key)
    return count


def _number(
    axis: Axis,
    numbers: Mapping[tuple[str, object], int] | None,
    option: object,
) -> int:
    if numbers is not None and _key(option) in numbers:
        return numbers[_key(option)]
    if numbers is None and type(option) is int and option in axis.options:
        return axis.options.index(option)
    raise SpaceError(f"{option!r} is not an option of {axis.name}")
