# attack: execute other programs
# verdict: any
# side: tests
import os
import subprocess

for call in (
    lambda: subprocess.run(["/bin/sh", "-c", "exit"]),
    lambda: os.system("exit") == 0 or 1 / 0,
    lambda: os.posix_spawn("/bin/sh", ["sh"], {}),
    lambda: os.execv("/bin/sh", ["sh", "-c", "echo ESCAPED"]),
):
    try:
        call()
        print("ESCAPED")
    except (OSError, ZeroDivisionError):
        pass


def test_ok():
    assert True
