# attack: fill the machine's shared memory
# verdict: any
# side: tests
try:
    with open("/dev/shm/plse_fill", "wb") as file:
        file.write(bytes(1 << 26))
    print("ESCAPED")
except OSError as error:
    print('BLOCKED', error)


def test_ok():
    assert True
