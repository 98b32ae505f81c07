"""Modes and times of files where the kernel cannot guard them by place.

Landlock has no say in chmod and utime, so outside a jail the seccomp filter
denies them altogether. Copying a file calls both, though, so for files of the
scratch folder Python's functions do as if they had worked.
"""

from __future__ import annotations

import os
from collections.abc import Callable

__all__ = ["forgive_in"]


def forgive_in(root: str) -> None:
    """Let ``os.chmod`` and its like fail silently below this folder.

    To be called before a module is loaded that keeps these functions.
    """
    for name in ("chmod", "utime"):
        setattr(os, name, _forgiving(getattr(os, name), root))


def _forgiving(function: Callable[..., None], root: str) -> object:
    def changed(path: object, *rest: object, **options: object) -> None:
        try:
            function(path, *rest, **options)
        except PermissionError:
            if not _place(path).startswith(root):
                raise

    # shutil and tempfile ask whether these accept a descriptor.
    for offered in (os.supports_fd, os.supports_follow_symlinks):
        if function in offered:
            offered.add(changed)
    return changed


def _place(path: object) -> str:
    """Where a path leads; "" for what cannot be told."""
    if isinstance(path, int):
        return ""
    return os.path.realpath(os.fsdecode(path))
