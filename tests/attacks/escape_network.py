# attack: reach the network, or sockets of the machine
# verdict: any
# side: tests
import socket

found = []
for family, address in (
    (socket.AF_INET, ("127.0.0.1", PORT)),
    (socket.AF_UNIX, "\0plse-canary"),
    (socket.AF_UNIX, "CANARY_DIR/sock"),
):
    try:
        with socket.socket(family, socket.SOCK_STREAM) as client:
            client.settimeout(1)
            client.connect(address)
            client.send(b"x")
        found.append(family)
    except OSError:
        pass
for family, kind in (
    (socket.AF_INET, socket.SOCK_DGRAM),
    (40, socket.SOCK_STREAM),
    (16, socket.SOCK_RAW),
    (17, socket.SOCK_RAW),
):
    try:
        with socket.socket(family, kind) as client:
            client.sendto(b"x", ("127.0.0.1", PORT))
        found.append(family)
    except (OSError, TypeError):
        pass
print("ESCAPED" if found else "BLOCKED", found)


def test_ok():
    assert True
