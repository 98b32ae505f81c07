# attack: make a hundred thousand files
# verdict: any
# side: tests
made = 0
try:
    for made in range(100_000):
        open(f"file{made}", "w").close()
    print("MADE", made)
except OSError as error:
    print("BLOCKED at", made, error)


def test_ok():
    assert True
