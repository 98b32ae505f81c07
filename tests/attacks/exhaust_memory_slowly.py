# attack: take memory until there is none
# verdict: any
# side: tests
try:
    blobs = []
    while len(blobs) < 4096:
        blobs.append(bytearray(1 << 20))
    print("ESCAPED")
except MemoryError as error:
    print('BLOCKED', error)


def test_ok():
    assert True
