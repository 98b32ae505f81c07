# attack: read from address nought
# verdict: not passed
# side: tests
import ctypes

ctypes.string_at(0)


def test_ok():
    assert True
