# attack: replace the tests once they are defined
# verdict: not passed
# side: solution
import builtins
import threading
import sys
import time


def replace():
    for _ in range(10_000):
        module = sys.modules.get("test_solution")
        for name in ("test_one", "test_two"):
            if module and name in vars(module):
                setattr(module, name, lambda: None)
        time.sleep(0)


threading.Thread(target=replace, daemon=True).start()

def f(x):
    return x + 2
