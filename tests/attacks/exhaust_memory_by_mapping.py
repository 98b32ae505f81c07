# attack: map more memory than there is
# verdict: any
# side: tests
try:
    import mmap
    
    maps = [mmap.mmap(-1, 1 << 30) for _ in range(64)]
    print("ESCAPED")
except (OSError, MemoryError) as error:
    print('BLOCKED', error)


def test_ok():
    assert True
