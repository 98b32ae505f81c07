# attack: write outside of its folder, poison the library
# verdict: any
# side: tests
import os
import sys

found = []
for path in (
    "CANARY_DIR/planted",
    "/tmp/planted",
    "/var/tmp/planted",
    "/dev/shm/planted",
    os.path.join(os.path.dirname(os.__file__), "planted.py"),
    os.path.join(sys.prefix, "planted"),
    "/planted",
    "/etc/planted",
):
    try:
        with open(path, "w") as file:
            file.write("x")
        os.unlink(path)
        found.append(path)
    except OSError:
        pass
for path in (os.__file__, "CANARY_DIR/secret.txt"):
    for change in (
        lambda: os.chmod(path, 0o777),
        lambda: os.truncate(path, 0),
        lambda: os.unlink(path),
        lambda: os.rename(path, f"{path}.x"),
    ):
        try:
            change()
            found.append(path)
        except OSError:
            pass
print("ESCAPED" if found else "BLOCKED", found)


def test_ok():
    assert True
