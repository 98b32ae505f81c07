# attack: undo its confinement with prctl and rlimits
# verdict: any
# side: tests
import ctypes
import resource

libc = ctypes.CDLL(None, use_errno=True)
found = []
for option in (1, 4, 8, 22, 24, 28, 36, 47, 59):
    if libc.prctl(option, 0, 0, 0, 0) >= 0:
        found.append(option)
for name in ("RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_NOFILE", "RLIMIT_FSIZE"):
    kind = getattr(resource, name)
    try:
        resource.setrlimit(kind, (resource.RLIM_INFINITY,) * 2)
        found.append(name)
    except (OSError, ValueError):
        pass
print("ESCAPED" if found else "BLOCKED", found)


def test_ok():
    assert True
