# attack: write a file of a gigabyte
# verdict: any
# side: tests
try:
    with open("big", "wb") as file:
        for _ in range(1024):
            file.write(bytes(1 << 20))
    print("ESCAPED")
except OSError as error:
    print('BLOCKED', error)


def test_ok():
    assert True
