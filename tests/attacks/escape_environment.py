# attack: read a secret of the worker's environment
# verdict: any
# side: tests
import os

found = [name for name, value in os.environ.items() if "hunter2" in value]
try:
    with open("/proc/self/environ", "rb") as file:
        found += ["proc"] if b"hunter2" in file.read() else []
except OSError:
    pass
print("ESCAPED" if found else "BLOCKED", found)


def test_ok():
    assert True
