# attack: signal the zygote through a process descriptor
# verdict: any
# side: tests
try:
    import os
    import signal
    
    signal.pidfd_send_signal(os.pidfd_open(os.getppid() or 1), signal.SIGKILL)
    print("ESCAPED")
except OSError as error:
    print('BLOCKED', error)


def test_ok():
    assert True
