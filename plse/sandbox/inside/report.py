"""The records that a child leaves for its parent.

A record is a line: the nonce, then fields that are escaped so that they hold
neither tabs nor line ends. The parent believes a report only when it is whole
(see :mod:`plse.sandbox.verdict`).
"""

from __future__ import annotations

import codecs
import os
from collections.abc import Callable

__all__ = ["Emit", "reporter"]

Emit = Callable[..., None]
# Looked up here, in the zygote, since the first look-up loads a module.
_escape = codecs.lookup("unicode_escape").encode


def reporter(nonce: str, descriptor: int) -> Emit:
    """A function that writes one record; a forked copy of it is mute.

    What it needs is kept in its closure, so that generated code which
    replaces the contents of modules does not change what it does.
    """
    write, pid = os.write, os.getpid
    owner = pid()
    text, escape = str, _escape

    def emit(*fields: object) -> None:
        if pid() != owner:
            return
        line = "\t".join(
            [nonce]
            + [escape(text(field))[0].decode("ascii") for field in fields]
        )
        data = (line + "\n").encode("ascii")
        while data:
            data = data[write(descriptor, data) :]

    return emit
