# attack: start a hundred thousand threads
# verdict: any
# side: tests
try:
    import threading
    import time
    
    for _ in range(100_000):
        threading.Thread(target=time.sleep, args=(100,), daemon=True).start()
    print("ESCAPED")
except RuntimeError as error:
    print('BLOCKED', error)


def test_ok():
    assert True
