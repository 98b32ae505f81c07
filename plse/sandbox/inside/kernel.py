"""Calls of the C library that Python does not offer."""

from __future__ import annotations

import ctypes
import os

__all__ = [
    "CLONE_NEWIPC",
    "CLONE_NEWNET",
    "CLONE_NEWNS",
    "CLONE_NEWPID",
    "CLONE_NEWUSER",
    "CLONE_NEWUTS",
    "call",
    "drop_capabilities",
    "prctl",
    "syscall",
    "unshare",
]

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)
_NONE = ctypes.c_long(0)
# For capset: version 3 of the interface, this process; no capability at all.
_HEADER = (ctypes.c_uint32 * 2)(0x20080522, 0)
_NO_CAPABILITIES = (ctypes.c_uint32 * 6)()


def call(name: str, *arguments: object) -> int:
    """Call a C function that returns -1 on failure.

    :raises OSError: with errno and the function's name, also when this
        platform has no such function.
    """
    try:
        function = getattr(_libc, name)
    except AttributeError:
        raise OSError(38, "not offered by this platform", name) from None
    function.restype = ctypes.c_long
    result = function(*arguments)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), name)
    return int(result)


def syscall(number: int, *arguments: object) -> int:
    """Make a system call by number; integers are passed as longs."""
    return call(
        "syscall",
        ctypes.c_long(number),
        *(
            ctypes.c_long(argument) if isinstance(argument, int) else argument
            for argument in arguments
        ),
    )


def prctl(option: int, argument: object = 0, pointer: object = None) -> int:
    """The process-control call, with at most two arguments."""
    if isinstance(argument, int):
        argument = ctypes.c_ulong(argument)
    return call("prctl", option, argument, pointer, _NONE, _NONE)


def unshare(flags: int) -> None:
    """Leave the given namespaces for new ones."""
    call("unshare", flags)


def drop_capabilities(number: int) -> None:
    """Give up every capability; ``number`` is that of ``capset``."""
    syscall(number, _HEADER, _NO_CAPABILITIES)
