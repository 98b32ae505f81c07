# attack: stop itself, so that it never ends
# verdict: any
# side: tests
import os
import signal

os.kill(os.getpid(), signal.SIGSTOP)


def test_ok():
    assert True
