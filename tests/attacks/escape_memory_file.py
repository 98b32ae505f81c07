# attack: execute a program from a file in memory
# verdict: any
# side: tests
try:
    import os
    
    descriptor = os.memfd_create("program")
    os.write(descriptor, b"#!/bin/sh\necho ESCAPED\n")
    os.execv(f"/proc/self/fd/{descriptor}", ["program"])
except OSError as error:
    print('BLOCKED', error)


def test_ok():
    assert True
