# attack: find the nonce in a frame and write a whole report
# verdict: not passed, but it is: forgeable
# side: solution
import gc
import os
import sys
import types


def f(x):
    frame = sys._getframe()
    while frame:
        emit = frame.f_locals.get("emit")
        if isinstance(emit, types.FunctionType):
            os.ftruncate(3, 0)
            os.lseek(3, 0, os.SEEK_SET)
            emit("begin", 0, 0)
            for name in ("test_one", "test_two"):
                emit("test", name, "passed", "", "", "", 0)
            emit("end", 0, 0)
            emit("done", "")
            os._exit(0)
        frame = frame.f_back
    return x + 2
