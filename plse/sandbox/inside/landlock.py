"""Landlock: which files a process may reach, whatever else it can do.

The kernel's documentation is the source: ``userspace-api/landlock.rst``.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Sequence

from .kernel import syscall

__all__ = ["abi", "restrict", "ruleset"]

# The same numbers on every machine.
_CREATE, _ADD, _RESTRICT = 444, 445, 446

_EXECUTE, _WRITE, _READ, _READ_DIRECTORY = 1, 2, 4, 8
_TRUNCATE = 1 << 14
_FOR_FILES = _EXECUTE | _WRITE | _READ | _TRUNCATE
# How many file-system rights each version of the interface knows.
_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_NEWEST_RIGHTS = 16


def abi() -> int:
    """The version of the interface that the kernel offers; 0 for none."""
    try:
        return max(0, syscall(_CREATE, None, 0, 1))
    except OSError:
        return 0


def ruleset(
    readable: Sequence[str],
    writable: Sequence[str],
    executable: Sequence[str] = (),
    loopback: bool = False,
) -> int:
    """Make a set of rules and return its descriptor.

    Everything that is not named is denied, TCP included unless ``loopback``
    (then the network namespace is what keeps the world out). Paths that do
    not exist are left out.

    :raises OSError: when the kernel refuses.
    """
    version = abi()
    every = (1 << _RIGHTS.get(version, _NEWEST_RIGHTS)) - 1
    network = 3 if version >= 4 and not loopback else 0
    scope = 3 if version >= 6 else 0
    size = 8 if version < 4 else 16 if version < 6 else 24
    attributes = struct.pack("QQQ", every, network, scope)[:size]
    rules = syscall(_CREATE, attributes, size, 0)
    read = _READ | _READ_DIRECTORY
    grants = [
        (readable, read),
        (executable, read | _EXECUTE),
        (("/dev/null",), _READ | _WRITE),
        (writable, every if executable else every & ~_EXECUTE),
    ]
    for paths, rights in grants:
        for path in paths:
            _grant(rules, path, rights & every)
    return rules


def _grant(rules: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not os.path.isdir(path):
            rights &= _FOR_FILES
        rule = struct.pack("=Qi", rights, place)
        syscall(_ADD, rules, 1, ctypes.c_char_p(rule), 0)
    finally:
        os.close(place)


def restrict(rules: int) -> None:
    """Bind this process, and all that it starts, to the rules."""
    syscall(_RESTRICT, rules, 0)
