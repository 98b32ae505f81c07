# attack: print without end
# verdict: any
# side: tests
import sys

try:
    while True:
        sys.stdout.write("x" * 65536)
        sys.stdout.flush()
except OSError:
    pass


def test_ok():
    assert True
