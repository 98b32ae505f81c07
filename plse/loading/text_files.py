"""Files of a library → text: bounded, UTF-8, and nothing that hides."""

from __future__ import annotations

import re
from pathlib import Path

from plse.errors import LibraryError, PatternError

__all__ = ["MAX_BYTES", "decode", "read_bytes"]

MAX_BYTES = 256 << 10
"""Bytes that a file of a library may have."""

_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff\ufeff]"
)


def read_bytes(path: Path) -> bytes:
    """The content of a file of a library, at most :data:`MAX_BYTES` of it.

    :raises LibraryError: if it is not a file, is too large or unreadable.
    """
    try:
        if not path.is_file():
            if path.is_symlink() and not path.exists():
                raise _failure(
                    path,
                    0,
                    "the symbolic link leads nowhere",
                    "put the file itself here",
                )
            if not path.exists():
                raise _failure(path, 0, "there is no such file")
            raise _failure(
                path,
                0,
                "this is not a file that can be read",
                "give it another name, or put the pattern itself here",
            )
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _failure(
            path,
            0,
            f"the file cannot be read: {reason}",
            "mend its permissions or the folder's",
        ) from None
    if len(content) > MAX_BYTES:
        raise _failure(
            path,
            0,
            f"the file has more than {MAX_BYTES >> 10} KB",
            "a lesson is a page or two; split it, and move data that lessons "
            "share into a vocabulary",
        )
    return content


def decode(content: bytes, path: Path) -> str:
    """Text from UTF-8, with or without a BOM; line ends become ``\\n``.

    :raises LibraryError: naming the line that is not UTF-8, or that holds
        characters that cannot be seen.
    """
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise _failure(
            path, 1, "the file is UTF-16, not UTF-8", "save it as UTF-8"
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _failure(
            path,
            line,
            f"the byte 0x{content[error.start]:02x} is not UTF-8",
            "save the file as UTF-8",
        ) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    found = _UNPRINTABLE.search(text)
    if found:
        raise _failure(
            path,
            text.count("\n", 0, found.start()) + 1,
            f"the character U+{ord(found[0]):04X} cannot be seen",
            "delete it, or write it as an escape in double quotes",
        )
    return text


def _failure(
    path: Path, line: int, cause: str, remedy: str = ""
) -> LibraryError:
    return LibraryError([PatternError(path, line, cause, remedy)])
