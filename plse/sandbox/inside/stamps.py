"""Telling whether tables of names were written to, without looking inside.

To look at a value is to count a reference to it, which after a fork copies
the page that it lies in: for all that a zygote has loaded, some ten
milliseconds. CPython up to 3.13 stamps a dictionary anew with each change
(PEP 509), and reading the stamps copies nothing.
"""

from __future__ import annotations

import ctypes
import sys
from array import array
from collections.abc import Iterator, Mapping, Sequence
from ctypes import string_at
from types import MappingProxyType

__all__ = ["Stamps"]

_BYTES = 8
# Behind the count of references, the type, and the number of entries.
_STAMP = 24
# Behind the count of references and the type.
_MAPPING = 16


class Stamps:
    """The stamps of tables, as they are when this is made.

    :param tables: dictionaries or read-only views of them; must be kept.
    """

    def __init__(self, tables: Sequence[Mapping[str, object]]) -> None:
        self._count = len(tables)
        self._places = (
            array("Q", map(_place, tables)) if _are_there() else None
        )
        self._before = self._read()

    def suspects(self) -> Iterator[int]:
        """Positions of the tables that may have been written to since.

        All of them where this interpreter keeps no stamps.
        """
        if self._places is None:
            yield from range(self._count)
            return
        now = self._read()
        if now == self._before:
            return
        for at in range(self._count):
            own = slice(at * _BYTES, at * _BYTES + _BYTES)
            if now[own] != self._before[own]:
                yield at

    def _read(self) -> bytes:
        places = self._places or ()
        return b"".join([string_at(place, _BYTES) for place in places])


def _place(table: Mapping[str, object]) -> int:
    address = id(table)
    if type(table) is MappingProxyType:
        address = ctypes.c_uint64.from_address(address + _MAPPING).value
    return address + _STAMP


def _are_there() -> bool:
    """Whether this interpreter has stamps where they are looked for."""
    if (
        sys.implementation.name != "cpython"
        or sys.version_info >= (3, 14)
        or ctypes.sizeof(ctypes.c_void_p) != _BYTES
        # Objects begin otherwise where they are debugged or have no lock.
        or hasattr(sys, "gettotalrefcount")
        or "t" in sys.abiflags
    ):
        return False
    kind = type("Kind", (), {"one": 1})
    for table, write in (
        (vars(kind), lambda name, value: setattr(kind, name, value)),
        (plain := {"one": 1}, plain.__setitem__),
    ):
        place, seen = _place(table), set()
        for name, value in (("one", 2), ("two", 2), ("two", 3)):
            seen.add(string_at(place, _BYTES))
            if string_at(place, _BYTES) not in seen:
                return False
            write(name, value)
        seen.add(string_at(place, _BYTES))
        if len(seen) != 4:
            return False
    return True
