"""Messages between a worker and its zygote: JSON with a length before it."""

from __future__ import annotations

import json
import socket
import struct

__all__ = ["Channel", "MESSAGE_LIMIT"]

MESSAGE_LIMIT = 64 << 20
_HEADER = struct.Struct("!I")


class Channel:
    """One end of the socket pair.

    JSON, since whoever reads must not be harmed by what the other end, were
    it taken over, may write.
    """

    def __init__(self, end: socket.socket) -> None:
        self._socket = end

    def fileno(self) -> int:
        return self._socket.fileno()

    def settimeout(self, seconds: float | None) -> None:
        self._socket.settimeout(seconds)

    def send(self, message: dict[str, object]) -> None:
        """Send one message.

        :raises OSError: when the other end is gone.
        """
        body = json.dumps(message).encode("ascii")
        self._socket.sendall(_HEADER.pack(len(body)) + body)

    def receive(self) -> dict[str, object]:
        """Receive one message.

        :raises EOFError: when the other end is gone.
        :raises TimeoutError: when a timeout is set and passes.
        :raises ValueError: when what came is not a message.
        """
        (length,) = _HEADER.unpack(self._read(_HEADER.size))
        if length > MESSAGE_LIMIT:
            raise ValueError(f"a message of {length} bytes is too long")
        message = json.loads(self._read(length))
        if not isinstance(message, dict):
            raise ValueError("not a message")
        return message

    def _read(self, length: int) -> bytes:
        parts = []
        while length:
            part = self._socket.recv(min(length, 1 << 20))
            if not part:
                raise EOFError("the other end is gone")
            parts.append(part)
            length -= len(part)
        return b"".join(parts)

    def close(self) -> None:
        self._socket.close()
