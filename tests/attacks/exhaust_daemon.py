# attack: leave a process behind
# verdict: any
# side: tests
try:
    import os
    import time
    
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(20)
        os._exit(0)
    print("ESCAPED")
except OSError as error:
    print('BLOCKED', error)


def test_ok():
    assert True
