"""Seeded numbers that are the same on every machine and Python version.

A stream is keyed by a hash of what it is for, such as (seed, pattern id,
index), never by ``seed + index``: neighbouring seeds share nothing.
"""

from __future__ import annotations

from collections.abc import MutableSequence
from hashlib import blake2b
from math import isqrt

__all__ = ["Numbers", "Permutation", "keyed"]

MASK = (1 << 64) - 1
#: Below this size a permutation is a shuffled tuple: too few numbers for a
#: Feistel network to look random.
SMALL = 64


def keyed(*parts: str | int | bytes) -> bytes:
    """16 bytes that depend on every part, on its type and on their order."""
    digest = blake2b(digest_size=16)
    for part in parts:
        raw = part if isinstance(part, bytes) else str(part).encode()
        digest.update(f"{type(part).__name__}:{len(raw)}:".encode())
        digest.update(raw)
    return digest.digest()


class Numbers:
    """A stream of pseudo-random numbers: splitmix64.

    Source: Steele, Lea and Flood, "Fast splittable pseudorandom number
    generators", OOPSLA 2014.

    :param key: bytes of any length, as from `keyed`.
    """

    __slots__ = ("_state",)

    def __init__(self, key: bytes) -> None:
        start = blake2b(key, digest_size=8).digest()
        self._state = int.from_bytes(start, "big")

    def bits(self) -> int:
        """The next 64 bits."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & MASK
        mixed = self._state
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9 & MASK
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB & MASK
        return mixed ^ (mixed >> 31)

    def below(self, limit: int) -> int:
        """A number in range(limit).

        Scaled from enough bits that the bias stays below 2**-32.
        """
        bits, width = self.bits(), 64
        while limit >> (width - 32):
            bits, width = bits << 64 | self.bits(), width + 64
        return bits * limit >> width

    def shuffle(self, items: MutableSequence[object]) -> None:
        """Shuffle in place (Fisher and Yates)."""
        for last in range(len(items) - 1, 0, -1):
            other = self.below(last + 1)
            items[last], items[other] = items[other], items[last]


class Permutation:
    """The numbers below `size` in a seeded order, in constant memory.

    A Feistel network over a rectangle of sides near the square root of the
    size, which therefore has few cells to spare; a result that falls outside
    the size is sent through the network again (cycle walking). Source: Black
    and Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002, method
    3. Not meant to withstand an adversary.
    """

    __slots__ = ("_height", "_keys", "_table", "_width", "size")

    def __init__(self, size: int, key: bytes) -> None:
        self.size = size
        numbers = Numbers(key)
        self._table: tuple[int, ...] | None = None
        if size <= SMALL:
            shuffled = list(range(size))
            numbers.shuffle(shuffled)
            self._table = tuple(shuffled)
            return
        self._height = isqrt(size - 1) + 1
        self._width = -(-size // self._height)
        self._keys = tuple(numbers.bits() for _ in range(4))

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, position: int) -> int:
        """The number at a position; IndexError outside range(size)."""
        if not 0 <= position < self.size:
            raise IndexError(position)
        if self._table is not None:
            return self._table[position]
        height, width, size = self._height, self._width, self.size
        first, second, third, fourth = self._keys
        while True:
            row, column = divmod(position, width)
            row = (row + _mix(column, first)) % height
            column = (column + _mix(row, second)) % width
            row = (row + _mix(column, third)) % height
            column = (column + _mix(row, fourth)) % width
            position = row * width + column
            if position < size:
                return position

    def index(self, number: int) -> int:
        """The position of a number; ValueError outside range(size)."""
        if not 0 <= number < self.size:
            raise ValueError(number)
        if self._table is not None:
            return self._table.index(number)
        height, width, size = self._height, self._width, self.size
        first, second, third, fourth = self._keys
        while True:
            row, column = divmod(number, width)
            column = (column - _mix(row, fourth)) % width
            row = (row - _mix(column, third)) % height
            column = (column - _mix(row, second)) % width
            row = (row - _mix(column, first)) % height
            number = row * width + column
            if number < size:
                return number


def _mix(number: int, key: int) -> int:
    """A round of the network: 32 bits of a product are enough to mix."""
    mixed = (number + key) * 0x9E3779B97F4A7C15 & MASK
    return (mixed ^ mixed >> 29) * 0xBF58476D1CE4E5B9 >> 32 & MASK
