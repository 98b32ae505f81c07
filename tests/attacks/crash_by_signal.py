# attack: kill itself
# verdict: not passed
# side: tests
import os
import signal

os.kill(os.getpid(), signal.SIGKILL)


def test_ok():
    assert True
