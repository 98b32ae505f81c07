# attack: leave traps for whoever runs next
# verdict: any
# side: tests
import builtins
import json
import os
import sys

os.makedirs("solution")
for name in ("solution/__init__.py", "json.py", "conftest.py", "pytest.py"):
    with open(name, "w") as file:
        file.write("raise SystemExit('planted')")
os.environ["PYTHONPATH"] = os.getcwd()
sys.path.insert(0, os.getcwd())
json.dumps = builtins.print = builtins.compile = lambda *_, **__: "planted"
sys.modules["solution"] = sys.modules["random"] = None
builtins.AssertionError = KeyError
os.chmod(".", 0)


def test_ok():
    assert True
