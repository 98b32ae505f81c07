"""Which cells of a space share a structure: found by rendering.

No author says which parameters change the shape of the code. Instead options
are exchanged one at a time in some cells; options that never made a
difference are of one class. A *group* is a choice of one class for every
block, and its cells are taken to have one structure: that of the cell that
represents it.

That is a guess, checked on random pairs of cells and refined where they
disagree. Whoever relies on it gets a better order when it is right, and no
wrong result when it is not.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from hashlib import blake2b
from math import prod

from plse.errors import PlseError
from plse.partition import Partition
from plse.randomness import Numbers, keyed
from plse.skeleton import skeleton
from plse.space import Block, Space

__all__ = ["Structures", "position_in"]

#: The most groups; beyond it classes are merged until there are fewer.
GROUPS = 4096
#: Cells in which every option is tried.
CONTEXTS = 3
#: Pairs of cells of one group that must agree, one after the other.
AGREEING = 48
#: How often pairs may disagree before the classes are taken as they are.
DISAGREEING = 32
#: Rows looked at when constraints forbid to exchange one option alone.
NEIGHBOURS = 64

Rows = Sequence[int]


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
        self._marks: list[list[int]] | None = None
        self._structures: dict[int, str] = {}
        self._silent: dict[int, int] = {}
        if known is not None:
            self._marks = [list(marks) for marks in known["classes"]]
            self._structures = {
                int(group): found
                for group, found in known["structures"].items()
            }
            self._silent = {
                int(group): mask for group, mask in known["silent"].items()
            }

    def to_json(self) -> dict[str, object]:
        """What is known so far, as values that JSON can hold."""
        return {
            "classes": [list(each.marks) for each in self._partitions],
            "structures": {
                str(group): self._structures[group]
                for group in sorted(self._structures)
            },
            "silent": {
                str(group): self._silent[group]
                for group in sorted(self._silent)
            },
        }

    @property
    def groups(self) -> int:
        """How many groups there are, at most `GROUPS`."""
        return self._classes[0]

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
        chosen = []
        for classes in reversed(self._classes[2]):
            group, number = divmod(group, len(classes))
            chosen.append(classes[number])
        chosen.reverse()
        return chosen

    def representative(self, group: int) -> list[int]:
        """The cell that stands for a group, as rows."""
        numbers = Numbers(keyed(self._key, "representative", group))
        return _any(self.members(group), numbers)

    def structure(self, group: int) -> str:
        """The structure of a group, as its representative shows it."""
        if group not in self._structures:
            found = self.look(self.representative(group))
            self._structures[group] = found
        return self._structures[group]

    def silent(self, group: int) -> list[bool]:
        """Which blocks leave the code of a group as it is.

        They change only tests or the instruction, there at least.
        """
        members = self.members(group)
        if group not in self._silent:
            rows = self.representative(group)
            numbers = Numbers(keyed(self._key, "silent", group))
            code = self._render(rows)
            mask = 0
            for block, choices in enumerate(members):
                if len(choices) > 1:
                    others = _others(choices, rows[block], numbers)
                    same = all(
                        self._render(_with(rows, block, row)) == code
                        for row in others
                    )
                    mask |= same << block
            self._silent[group] = mask
        mask = self._silent[group]
        return [bool(mask >> block & 1) for block in range(len(members))]

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

    # Classes

    @cached_property
    def _partitions(self) -> list[Partition]:
        """The classes of each axis's options."""
        sizes = {
            member: radix
            for block in self.space.blocks
            for member, radix in zip(block.members, block.radices, strict=True)
        }
        partitions = [Partition(sizes[axis]) for axis in sorted(sizes)]
        if self._marks is not None:
            for partition, marks in zip(partitions, self._marks, strict=True):
                partition.marks = marks
            return partitions
        numbers = Numbers(keyed(self._key, "classes"))
        everything = [range(block.size) for block in self.space.blocks]
        for _ in range(CONTEXTS):
            context = _any(everything, numbers)
            for block in range(len(everything)):
                self._probe(partitions, context, block, numbers)
        self._check(partitions, everything, numbers)
        return partitions

    def _probe(
        self,
        partitions: list[Partition],
        context: Rows,
        block: int,
        numbers: Numbers,
        also: Rows = (),
    ) -> bool:
        """Try the options of a block's axes in a cell; True if any split.

        :param also: rows of the block whose options must be tried.
        """
        tied = self.space.blocks[block]
        split = False
        for place, axis in enumerate(tied.members):
            partition = partitions[axis]
            if partition.size == 1:
                continue
            points = [tied.options(row)[place] for row in also]
            if partition.is_long:
                points.append(tied.options(context[block])[place])
                points += [numbers.below(partition.size) for _ in range(4)]

            def observe(option: int, place: int = place) -> str:
                return self._observe(context, block, place, option)

            split |= partition.refine(observe, points)
        return split

    def _observe(
        self, context: Rows, block: int, place: int, option: int
    ) -> str:
        """The structure of a cell with one option exchanged."""
        tied = self.space.blocks[block]
        options = list(tied.options(context[block]))
        options[place] = option
        row = tied.row(options)
        if row is not None:
            return self.look(_with(context, block, row))
        # Constraints forbid it. Other options must change with it, and what
        # they do is not to be laid at this one's door: if any such cell looks
        # as before, this option makes no difference.
        base = self.look(context)
        found = [
            self.look(_with(context, block, row))
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
            row = numbers.below(tied.size)
            # One option at a time towards what was asked for.
            current = list(tied.options(row))
            if current[place] != options[place]:
                current[place] = options[place]
                if tied.row(current) is None:
                    continue
            for other, option in enumerate(options):
                kept, current[other] = current[other], option
                if tied.row(current) is None:
                    current[other] = kept
            changes = sum(a != b for a, b in zip(current, options))
            found.add((changes, tied.row(current)))
        return [row for _, row in sorted(found)[:3]]

    def _check(
        self,
        partitions: list[Partition],
        everything: list[Sequence[int]],
        numbers: Numbers,
    ) -> None:
        """Compare cells that should agree; learn from those that do not."""
        agreeing = disagreeing = 0
        classes = self._block_classes(partitions)
        while agreeing < AGREEING and disagreeing < DISAGREEING:
            first = _any(everything, numbers)
            second = [
                _pick(_class_with(choices, row), numbers)
                for choices, row in zip(classes, first, strict=True)
            ]
            if self.look(first) == self.look(second):
                agreeing += 1
                continue
            agreeing, disagreeing = 0, disagreeing + 1
            block, context = self._culprit(first, second)
            also = (first[block], second[block])
            if self._probe(partitions, context, block, numbers, also):
                classes = self._block_classes(partitions)

    def _culprit(self, first: Rows, second: Rows) -> tuple[int, list[int]]:
        """The block that first changes the structure on the way, and where."""
        here = list(first)
        for block, row in enumerate(second):
            there = _with(here, block, row)
            if self.look(there) != self.look(here):
                return block, here
            here = there
        raise AssertionError("two cells differ, but no step between them")

    def _block_classes(
        self, partitions: list[Partition]
    ) -> list[list[Sequence[int]]]:
        """The rows of each block by the classes of their options."""
        classes: list[list[Sequence[int]]] = []
        for block in self.space.blocks:
            chosen = [partitions[member] for member in block.members]
            if len(chosen) == 1 and block.size == chosen[0].size:
                classes.append(chosen[0].members())
                continue
            found: dict[tuple[int, ...], array[int]] = {}
            for row in range(block.size):
                key = tuple(
                    [
                        partition.class_of(option)
                        for partition, option in zip(
                            chosen, block.options(row), strict=True
                        )
                    ]
                )
                found.setdefault(key, array("L")).append(row)
            classes.append(list(found.values()))
        return classes

    @cached_property
    def _classes(self) -> tuple[int, bool, list[list[Sequence[int]]]]:
        """How many groups, whether coarse, and the classes of the blocks."""
        classes = self._block_classes(self._partitions)
        coarse = False
        while prod(map(len, classes)) > GROUPS:
            coarse = True
            widest = max(classes, key=len)
            widest[:] = [
                _joined(widest[start : start + 2])
                for start in range(0, len(widest), 2)
            ]
        return prod(map(len, classes)), coarse, classes


def position_in(members: Sequence[int], row: int) -> int | None:
    """Where a row stands among ascending ones; None if it does not."""
    if isinstance(members, range):
        return row - members.start if row in members else None
    place = bisect_left(members, row)
    found = place < len(members) and members[place] == row
    return place if found else None


def _structure_of(code: str) -> str:
    try:
        shape = skeleton(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "does not parse"
    return blake2b(shape.encode(), digest_size=8).hexdigest()


def _pick(choices: Sequence[int], numbers: Numbers) -> int:
    return choices[numbers.below(len(choices))]


def _any(choices: Sequence[Sequence[int]], numbers: Numbers) -> list[int]:
    return [_pick(each, numbers) for each in choices]


def _others(
    choices: Sequence[int], row: int, numbers: Numbers
) -> tuple[int, int]:
    """Two rows besides a given one; the same twice if there is only one."""
    place = position_in(choices, row)
    first = (place + 1 + numbers.below(len(choices) - 1)) % len(choices)
    second = (place + 1 + numbers.below(len(choices) - 1)) % len(choices)
    return choices[first], choices[second]


def _with(rows: Rows, block: int, row: int) -> list[int]:
    changed = list(rows)
    changed[block] = row
    return changed


def _class_with(
    classes: Sequence[Sequence[int]], row: int
) -> Sequence[int]:
    for members in classes:
        if position_in(members, row) is not None:
            return members
    raise AssertionError(f"row {row} is in no class")


def _joined(classes: Sequence[Sequence[int]]) -> Sequence[int]:
    """Two classes as one, ascending; neighbouring ranges stay a range."""
    if len(classes) == 1:
        return classes[0]
    first, second = classes
    if isinstance(first, range) and isinstance(second, range):
        return range(first.start, second.stop)
    return array("L", sorted([*first, *second]))
