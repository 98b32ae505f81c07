# attack: run a program through the dynamic loader
# verdict: any
# side: tests
try:
    import glob
    import os
    
    for loader in glob.glob("/lib*/ld-linux*") + glob.glob("/lib/*/ld-linux*"):
        os.execv(loader, [loader, "/bin/echo", "ESCAPED"])
except OSError as error:
    print('BLOCKED', error)


def test_ok():
    assert True
