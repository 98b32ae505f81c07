# attack: swap the code of the tests
# verdict: not passed
# side: tests
import gc
import types


def swap():
    for thing in gc.get_objects():
        if isinstance(thing, types.FunctionType):
            if thing.__name__.startswith("test_"):
                thing.__code__ = (lambda: None).__code__


def f(x):
    return x + 2


def test_one():
    assert f(1) == 2


def test_two():
    assert f(2) == 3


swap()
