# attack: sleep for ever
# verdict: not passed
# side: tests
import time

time.sleep(10**6)


def test_ok():
    assert True
