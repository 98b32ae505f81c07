# attack: overflow the stack in C
# verdict: any
# side: tests
import sys

sys.setrecursionlimit(10**9)
nested = []
for _ in range(10**6):
    nested = [nested]
str(nested)


def test_ok():
    assert True
