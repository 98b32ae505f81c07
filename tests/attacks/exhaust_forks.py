# attack: a fork bomb
# verdict: any
# side: tests
try:
    import os
    
    while True:
        os.fork()
        print("ESCAPED")
except OSError as error:
    print('BLOCKED', error)


def test_ok():
    assert True
