# attack: read files of the machine
# verdict: any
# side: tests
import os

found = []
for path in (
    "CANARY_DIR/secret.txt",
    "/etc/passwd",
    "/etc/shadow",
    "/etc/hostname",
    "/root/.bashrc",
    os.path.expanduser("~root/.ssh"),
    "/proc/version",
    "/sys/kernel",
    "/home",
    "/var/log",
):
    try:
        if os.path.isdir(path):
            os.listdir(path)
        else:
            with open(path) as file:
                file.read(1)
        found.append(path)
    except OSError:
        pass
print("ESCAPED" if found else "BLOCKED", found)


def test_ok():
    assert True
