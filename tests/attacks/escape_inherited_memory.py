# attack: find the worker's secrets in inherited memory
# verdict: any
# side: tests
import gc

found = 0
for thing in gc.get_objects():
    if isinstance(thing, dict) and thing is not globals():
        for value in list(thing.values())[:50]:
            if isinstance(value, str) and len(value) < 100:
                found += "hunter" + "2" in value
print("ESCAPED" if found else "BLOCKED", found)


def test_ok():
    assert True
