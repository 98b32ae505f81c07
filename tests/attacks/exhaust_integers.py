# attack: compute an integer of a hundred million digits
# verdict: not passed
# side: tests
print(len(str(7 ** (10**8))))


def test_ok():
    assert True
