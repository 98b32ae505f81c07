# attack: see or reach the processes around it
# verdict: any
# side: tests
import os

found = []
for process in (os.getppid(), 1, "self"):
    for name in ("environ", "mem", "maps", "cmdline"):
        try:
            with open(f"/proc/{process}/{name}", "rb") as file:
                file.read(10)
            found.append((process, name))
        except OSError:
            pass
try:
    found += [name for name in os.listdir("/proc") if name.isdigit()]
except OSError:
    pass
print("ESCAPED" if found else "BLOCKED", found)


def test_ok():
    assert True
