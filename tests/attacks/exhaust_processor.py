# attack: compute for ever, and ignore every signal
# verdict: not passed
# side: tests
import signal

for number in range(1, 32):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
while True:
    pass


def test_ok():
    assert True
