# attack: reach files through symbolic and hard links
# verdict: any
# side: tests
import os

found = []
for number, path in enumerate(
    (
        "CANARY_DIR/secret.txt",
        "/etc/passwd",
        "/proc/1/root/etc/passwd",
        "../" * 12 + "etc/passwd",
    )
):
    try:
        os.symlink(path, f"link{number}")
        with open(f"link{number}") as file:
            file.read(1)
        found.append(path)
    except OSError:
        pass
try:
    os.link("CANARY_DIR/secret.txt", "hard")
    found.append("hard")
except OSError:
    pass
print("ESCAPED" if found else "BLOCKED", found)


def test_ok():
    assert True
