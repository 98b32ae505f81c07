# attack: signal the zygote, its group, or everything
# verdict: any
# side: tests
import ctypes
import os
import signal

found = []
for target in (os.getppid(), 1, 0, -1):
    for number in (signal.SIGKILL, signal.SIGSTOP):
        try:
            os.kill(target, number)
            found.append((target, number))
        except OSError:
            pass
libc = ctypes.CDLL(None, use_errno=True)
for number in (129, 297, 200):  # rt_sigqueueinfo, rt_tgsigqueueinfo, tkill
    if libc.syscall(number, os.getppid(), 9, 9) == 0:
        found.append(number)
print("ESCAPED" if found else "BLOCKED", found)


def test_ok():
    assert True
