"""Options of an axis, kept apart where the structure tells them apart."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Iterable, Sequence

__all__ = ["LONG", "Partition"]

#: An axis with more options than this is probed at points, not one by one.
LONG = 64
#: The most classes that a long axis is cut into.
PIECES = 32


class Partition:
    """The classes of an axis's options; starts as one class.

    A short axis may have classes of any shape. A long one (a wide range)
    consists of pieces that lie side by side, whose borders are found by
    bisection, so that ``n > 1000`` in a template costs 20 observations and
    not a million.

    :param size: how many options the axis has.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.is_long = size > LONG
        #: Of a short axis the class of each option; of a long one the first
        #: option of each piece.
        self.marks: list[int] = [0] if self.is_long else [0] * size

    @property
    def count(self) -> int:
        """How many classes there are."""
        return len(self.marks) if self.is_long else max(self.marks) + 1

    def class_of(self, option: int) -> int:
        """The class of an option, below `count`."""
        if self.is_long:
            return bisect_right(self.marks, option) - 1
        return self.marks[option]

    def members(self) -> list[Sequence[int]]:
        """The options of each class, ascending."""
        if self.is_long:
            ends = [*self.marks[1:], self.size]
            return [
                range(start, end)
                for start, end in zip(self.marks, ends, strict=True)
            ]
        found: list[list[int]] = [[] for _ in range(self.count)]
        for option, mark in enumerate(self.marks):
            found[mark].append(option)
        return [tuple(options) for options in found]

    def refine(
        self,
        observe: Callable[[int], Hashable],
        points: Iterable[int] = (),
    ) -> bool:
        """Split classes whose options are observed to differ.

        :param points: options of a long axis to look at besides the ends of
            its pieces.
        :returns: whether any class was split.
        """
        before = self.count
        if self.is_long:
            self._cut(observe, points)
        else:
            numbers: dict[tuple[int, Hashable], int] = {}
            self.marks = [
                numbers.setdefault((mark, observe(option)), len(numbers))
                for option, mark in enumerate(self.marks)
            ]
        return self.count > before

    def _cut(
        self, observe: Callable[[int], Hashable], points: Iterable[int]
    ) -> None:
        seen: dict[int, Hashable] = {}

        def look(option: int) -> Hashable:
            if option not in seen:
                seen[option] = observe(option)
            return seen[option]

        # The first options are looked at one by one: templates treat 0, 1
        # and 2 apart more often than any other number.
        looked = sorted(
            {0, 1, 2, self.size - 1, *points}
            | set(self.marks)
            | {mark - 1 for mark in self.marks[1:]}
        )
        for left, right in zip(looked, looked[1:]):
            while look(left) != look(right) and len(self.marks) < PIECES:
                low, high = left, right
                while high - low > 1:
                    middle = (low + high) // 2
                    if look(middle) == look(left):
                        low = middle
                    else:
                        high = middle
                place = bisect_left(self.marks, high)
                if self.marks[place : place + 1] != [high]:
                    self.marks.insert(place, high)
                left = high
