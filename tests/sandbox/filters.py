"""A small interpreter of classic BPF, so that filters for other machines can
be tried here."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from plse.sandbox.inside.seccomp import Filter
from plse.sandbox.inside.syscalls import Machine

__all__ = ["ALLOW", "EPERM", "ENOSYS", "KILL", "decide", "decide_all"]

ALLOW, KILL = 0x7FFF0000, 0x80000000
EPERM, ENOSYS = 0x00050001, 0x00050026
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06


def decide(
    one: Filter, audit: int, number: int, arguments: Sequence[int]
) -> int:
    """What the kernel would do with this system call under one filter."""
    given = [*arguments, *(0,) * (6 - len(arguments))]
    data = struct.pack("<iIQ6Q", number, audit, 0, *given)
    lines = list(one._lines)
    place = loaded = 0
    while True:
        line = lines[place]
        place += 1
        if line.code == _LOAD:
            (loaded,) = struct.unpack_from("<I", data, line.value)
        elif line.code == _RETURN:
            return line.value
        else:
            holds = {
                _EQUAL: loaded == line.value,
                _AT_LEAST: loaded >= line.value,
                _ANY_BIT: bool(loaded & line.value),
            }[line.code]
            place += line.when_true if holds else line.when_false


def decide_all(
    filters: Sequence[Filter], machine: Machine, name: str, *arguments: int
) -> int:
    """The strictest answer of several filters to a call by name."""
    answers = [
        decide(one, machine.audit, machine.numbers[name], arguments)
        for one in filters
    ]
    return min(answers, key=[KILL, EPERM, ENOSYS, ALLOW].index)
