# attack: trace the zygote, or write its memory
# verdict: any
# side: tests
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
target = os.getppid() or 1
found = [
    name
    for name, number, arguments in (
        ("attach", 101, (16, target, 0, 0)),
        ("seize", 101, (0x4206, target, 0, 0)),
        ("me", 101, (0, 0, 0, 0)),
        ("readv", 310, (target, 0, 0, 0, 0, 0)),
        ("writev", 311, (target, 0, 0, 0, 0, 0)),
    )
    if libc.syscall(number, *map(ctypes.c_long, arguments)) >= 0
]
print("ESCAPED" if found else "BLOCKED", found)


def test_ok():
    assert True
