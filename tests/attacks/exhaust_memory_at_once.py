# attack: ask for 100 GB
# verdict: any
# side: tests
try:
    blob = bytearray(100 << 30)
    print("ESCAPED")
except MemoryError as error:
    print('BLOCKED', error)


def test_ok():
    assert True
