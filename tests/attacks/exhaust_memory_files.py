# attack: fill memory through a file in memory
# verdict: any
# side: tests
try:
    import os
    
    descriptor = os.memfd_create("fill")
    for _ in range(4096):
        os.write(descriptor, bytes(1 << 20))
    print("ESCAPED")
except OSError as error:
    print('BLOCKED', error)


def test_ok():
    assert True
