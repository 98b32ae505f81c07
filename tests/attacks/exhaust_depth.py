# attack: make folders so deep that no path reaches the bottom
# verdict: any
# side: tests
import os

depth = 0
try:
    for depth in range(3000):
        os.mkdir("d")
        os.chdir("d")
    os.chmod(".", 0)
except OSError as error:
    print("BLOCKED at", depth, error)


def test_ok():
    assert True
