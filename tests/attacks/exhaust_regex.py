# attack: let a regular expression backtrack for ever
# verdict: not passed
# side: tests
import re

re.match(r"(a+)+$", "a" * 60 + "b")


def test_ok():
    assert True
