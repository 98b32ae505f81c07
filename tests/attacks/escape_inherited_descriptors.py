# attack: use descriptors of the zygote or the worker
# verdict: any
# side: tests
import os
import stat

found = []
for descriptor in range(3, 256):
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:
        continue
    if stat.S_ISSOCK(mode) or stat.S_ISDIR(mode) or stat.S_ISFIFO(mode):
        found.append((descriptor, oct(mode)))
print("ESCAPED" if found else "BLOCKED", found)


def test_ok():
    assert True
