"""Which cells of a space share a structure, and which share their code.

No author says which parameters change the shape of the code; it is found by
rendering (`plse.drawing.classes`). A *group* is a choice of one class for
every block of the space, and its cells are taken to have one structure: that
of the cell that represents it.

All of it is a well-founded guess. Whoever relies on it gets a better order
when it is right, and no wrong result when it is not.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from math import prod

from plse.drawing.classes import (
    block_classes,
    choose,
    exchanged,
    partitions,
    place_of,
)
from plse.drawing.partition import Partition
from plse.drawing.randomness import Numbers, keyed
from plse.errors import PlseError
from plse.skeleton import skeleton
from plse.space import Space

__all__ = ["Part", "Structures"]

#: The most groups; beyond it classes are merged until there are fewer.
GROUPS = 4096

Rows = Sequence[int]


@dataclass(frozen=True, slots=True)
class Part:
    """Cells of a structure: a product of rows of the blocks.

    :param members: the rows that each block may take, ascending.
    :param silent: whether each block leaves the code as it is, so that it
        changes only tests or the instruction.
    """

    members: tuple[Sequence[int], ...]
    silent: tuple[bool, ...]

    @property
    def size(self) -> int:
        """How many cells it has."""
        return prod(map(len, self.members))


class Structures:
    """The groups of a space, and the structure of each, as far as known.

    Everything is found when it is first asked for, depends on the space, the
    code and the key only, and can be kept: `to_json`.

    :param code_of: renders the code of a cell. Cells that fail to render, or
        whose code does not parse, count as a structure of their own.
    :param key: names the pattern and its version.
    :param known: what an earlier `to_json` of the same pattern returned.
    """

    def __init__(
        self,
        space: Space,
        code_of: Callable[[Mapping[str, object]], str],
        key: str,
        known: Mapping[str, object] | None = None,
    ) -> None:
        self.space = space
        self._code_of = code_of
        self._key = keyed("structures", key)
        self._looks: dict[bytes, str] = {}
        self._known = known or {}
        self._structures: dict[int, str] = {
            int(group): structure
            for group, structure in self._known.get("structures", {}).items()
        }
        #: Per structure, its parts: the groups in each, and its silent
        #: blocks as bits.
        self._parts: dict[str, list[tuple[list[int], int]]] = {
            structure: [(list(groups), silent) for groups, silent in parts]
            for structure, parts in self._known.get("parts", {}).items()
        }

    def to_json(self) -> dict[str, object]:
        """What is known so far, as values that JSON can hold."""
        return {
            "classes": [list(each.marks) for each in self._partitions],
            "structures": {
                str(group): self._structures[group]
                for group in sorted(self._structures)
            },
            "parts": {
                structure: [list(part) for part in self._parts[structure]]
                for structure in sorted(self._parts)
            },
        }

    @property
    def learned(self) -> int:
        """How many groups and structures have been looked at."""
        return len(self._structures) + len(self._parts)

    @property
    def groups(self) -> int:
        """How many groups there are, at most `GROUPS`."""
        return prod(map(len, self._classes[0]))

    @property
    def is_coarse(self) -> bool:
        """Whether classes were merged, so that a group has many shapes."""
        return self._classes[1]

    @cached_property
    def count(self) -> int:
        """How many structures there are; a lower bound if coarse.

        Looks at every group.
        """
        return len({self.structure(group) for group in range(self.groups)})

    def members(self, group: int) -> list[Sequence[int]]:
        """The rows that each block takes in a group, ascending."""
        chosen = [
            classes[number]
            for classes, number in zip(
                self._classes[0], self._digits(group), strict=True
            )
        ]
        return chosen

    def representative(self, group: int) -> list[int]:
        """The cell that stands for a group, as rows."""
        numbers = Numbers(keyed(self._key, "representative", group))
        return choose(self.members(group), numbers)

    def structure(self, group: int) -> str:
        """The structure of a group, as its representative shows it."""
        if group not in self._structures:
            found = self.look(self.representative(group))
            self._structures[group] = found
        return self._structures[group]

    def look(self, rows: Rows) -> str:
        """The structure of a cell, as 16 hex digits."""
        code = self._render(rows)
        if code is None:
            return "does not render"
        key = blake2b(code.encode(), digest_size=16).digest()
        if key not in self._looks:
            self._looks[key] = _structure_of(code)
        return self._looks[key]

    def _render(self, rows: Rows) -> str | None:
        try:
            return self._code_of(self.space.options(rows))
        except PlseError:
            return None

    # Parts

    def parts(self, structure: str, groups: Sequence[int]) -> list[Part]:
        """The cells of a structure, as products that share no code.

        Groups that differ in blocks which make no difference to their code
        (an option that matters only for another structure) are one part.

        :param groups: all the groups that have the structure.
        """
        if structure not in self._parts:
            self._parts[structure] = self._joined(sorted(groups))
        return [
            Part(
                tuple(self._united(held)),
                tuple(
                    bool(silent >> block & 1)
                    for block in range(len(self.space.blocks))
                ),
            )
            for held, silent in self._parts[structure]
        ]

    def _joined(self, groups: Sequence[int]) -> list[tuple[list[int], int]]:
        parts = [([group], self._silent(group)) for group in groups]
        for block in range(len(self.space.blocks)):
            # Parts that are alike but for this block may differ in name only.
            alike: dict[object, list[tuple[list[int], int]]] = {}
            for held, silent in parts:
                others = frozenset(
                    (*digits[:block], *digits[block + 1 :])
                    for digits in map(self._digits, held)
                )
                alike.setdefault(others, []).append((held, silent))
            parts = []
            for candidates in alike.values():
                while candidates:
                    part, candidates = self._join(block, candidates)
                    parts.append(part)
        return sorted(parts)

    def _join(
        self, block: int, candidates: list[tuple[list[int], int]]
    ) -> tuple[tuple[list[int], int], list[tuple[list[int], int]]]:
        """The first part with those of its code, and the parts left over."""
        (held, silent), *rest = candidates
        held, left = list(held), []
        rows = self.representative(held[0])
        code = self._render(rows) if rest else None
        last = self._digits(held[0])[block]
        for other, others_silent in rest:
            digit = self._digits(other[0])[block]
            row = self.representative(other[0])[block]
            # Pieces of a wide range are joined only side by side, so that
            # they are a range again.
            apart = isinstance(self.members(other[0])[block], range)
            if (
                apart and digit != last + 1
            ) or self._render(exchanged(rows, block, row)) != code:
                left.append((other, others_silent))
            else:
                held, last = held + other, digit
                silent |= 1 << block
        return (sorted(held), silent), left

    def _silent(self, group: int) -> int:
        """The blocks that leave the code of a group as it is, as bits."""
        rows = self.representative(group)
        numbers = Numbers(keyed(self._key, "silent", group))
        code = self._render(rows)
        silent = 0
        for block, choices in enumerate(self.members(group)):
            if len(choices) > 1:
                same = all(
                    self._render(exchanged(rows, block, row)) == code
                    for row in _others(choices, rows[block], numbers)
                )
                silent |= same << block
        return silent

    def _united(self, groups: Sequence[int]) -> list[Sequence[int]]:
        """The rows of each block that any of some groups takes."""
        united = []
        for classes, *numbers in zip(
            self._classes[0], *map(self._digits, groups), strict=True
        ):
            united.append(_merged([classes[n] for n in sorted(set(numbers))]))
        return united

    def _digits(self, group: int) -> tuple[int, ...]:
        """The class that each block has in a group."""
        digits = []
        for classes in reversed(self._classes[0]):
            group, digit = divmod(group, len(classes))
            digits.append(digit)
        return tuple(reversed(digits))

    # Classes

    @cached_property
    def _partitions(self) -> list[Partition]:
        """The classes of each axis's options."""
        if "classes" not in self._known:
            return partitions(self.space, self.look, self._key)
        known = []
        for axis, marks in zip(
            self.space.axes, self._known["classes"], strict=True
        ):
            partition = Partition(len(axis.options))
            partition.marks = list(marks)
            known.append(partition)
        return known

    @cached_property
    def _classes(self) -> tuple[list[list[Sequence[int]]], bool]:
        """The classes of each block's rows, and whether they were merged."""
        classes = block_classes(self.space, self._partitions)
        coarse = False
        while prod(map(len, classes)) > GROUPS:
            coarse = True
            widest = max(classes, key=len)
            widest[:] = [
                _merged(widest[start : start + 2])
                for start in range(0, len(widest), 2)
            ]
        return classes, coarse


def _structure_of(code: str) -> str:
    try:
        shape = skeleton(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "does not parse"
    return blake2b(shape.encode(), digest_size=8).hexdigest()


def _others(
    choices: Sequence[int], row: int, numbers: Numbers
) -> tuple[int, int]:
    """Two rows besides a given one; the same twice if there is only one."""
    place = place_of(choices, row)
    first = (place + 1 + numbers.below(len(choices) - 1)) % len(choices)
    second = (place + 1 + numbers.below(len(choices) - 1)) % len(choices)
    return choices[first], choices[second]


def _merged(classes: Sequence[Sequence[int]]) -> Sequence[int]:
    """Classes as one, ascending; ranges must lie side by side."""
    if len(classes) == 1:
        return classes[0]
    if isinstance(classes[0], range):
        return range(classes[0].start, classes[-1].stop)
    return array("L", sorted(row for each in classes for row in each))
