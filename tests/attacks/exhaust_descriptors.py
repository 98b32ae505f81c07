# attack: open every descriptor
# verdict: any
# side: tests
try:
    import os
    
    for _ in range(100_000):
        os.dup(0)
    print("ESCAPED")
except OSError as error:
    print('BLOCKED', error)


def test_ok():
    assert True
