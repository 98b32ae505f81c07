# attack: become root in namespaces of its own
# verdict: any
# side: tests
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
found = []
for flags in (0x10000000, 0x00020000, 0x40000000, 0x20000000):
    if libc.unshare(flags) == 0:
        found.append(hex(flags))
for flags in (0x10000011, 0x00020011):
    child = libc.syscall(56, flags, 0, 0, 0, 0)
    if child == 0:
        os._exit(0)
    if child > 0:
        found.append(hex(flags))
for call in (lambda: os.chroot("."), lambda: os.setuid(0)):
    try:
        call()
        found.append("root")
    except OSError:
        pass
print("ESCAPED" if found else "BLOCKED", found)


def test_ok():
    assert True
