"""The writable folder of a child, and that it is clean for the next one.

It has two rooms: ``work`` is the current folder of a program, ``tmp`` is for
temporary files.
"""

from __future__ import annotations

import contextlib
import os

from . import namespaces

__all__ = [
    "FolderScratch",
    "MountedScratch",
    "empty_folder",
    "remove_folder",
]

_ROOMS = ("work", "tmp")


def _make_rooms(box: str) -> None:
    for room in _ROOMS:
        path = f"{box}/{room}"
        os.mkdir(path)
        os.chmod(path, 0o777)


class MountedScratch:
    """A small tmpfs, replaced as soon as a child has left a trace in it."""

    def __init__(self, box: str) -> None:
        self.box = box
        self._mounted: tuple[int, int] | None = None
        self._clean: object = None

    def prepare(self, megabytes: int, files: int) -> None:
        """Have clean scratch space of at most this size."""
        wanted = (megabytes, files)
        if self._mounted == wanted:
            return
        if self._mounted:
            namespaces.unmount_scratch(self.box)
            self._mounted = None
        # Its own folders count as files too.
        namespaces.mount_scratch(
            self.box, megabytes, files + len(_ROOMS) + 2
        )
        self._mounted = wanted
        _make_rooms(self.box)
        self._clean = self._state()

    def tidy(self) -> None:
        """Throw the space away unless it is as it was."""
        if self._state() != self._clean:
            namespaces.unmount_scratch(self.box)
            self._mounted = None

    def _state(self) -> object:
        try:
            size = os.statvfs(self.box)
            folders = [
                os.lstat(path)
                for path in (
                    self.box,
                    *(f"{self.box}/{room}" for room in _ROOMS),
                )
            ]
        except OSError:
            return None
        return (
            size.f_ffree,
            size.f_bfree,
            [(folder.st_ino, folder.st_mode) for folder in folders],
        )


class FolderScratch:
    """A plain folder, emptied after each child: no limit on its total size."""

    def __init__(self, box: str) -> None:
        self.box = box

    def prepare(self, megabytes: int, files: int) -> None:
        """Have clean scratch space; plain folders cannot bound their size."""
        del megabytes, files
        if sorted(os.listdir(self.box)) != sorted(_ROOMS):
            empty_folder(self.box)
            _make_rooms(self.box)

    def tidy(self) -> None:
        """Empty the rooms, replacing those that were tampered with."""
        for room in _ROOMS:
            path = f"{self.box}/{room}"
            try:
                intact = not os.path.islink(path) and not os.listdir(path)
                intact = intact and os.stat(path).st_mode & 0o777 == 0o777
            except OSError:
                intact = False
            if not intact:
                empty_folder(self.box)
                _make_rooms(self.box)
                return


def remove_folder(path: str) -> None:
    """Remove a folder and everything in it, as far as that is allowed."""
    with contextlib.suppress(OSError):
        empty_folder(path)
        os.rmdir(path)


def empty_folder(folder: str) -> None:
    """Remove everything in a folder that a hostile process has filled.

    Every subfolder is first moved to the top, so that neither the depth of
    recursion nor the length of a path ever grows. Links are not followed.

    :raises OSError: when something cannot be removed.
    """
    os.chmod(folder, 0o700)
    pending = [folder]
    moved = 0
    while pending:
        current = pending.pop()
        with os.scandir(current) as entries:
            for entry in entries:
                if not entry.is_dir(follow_symlinks=False):
                    os.unlink(entry.path)
                    continue
                # Its own mode decides whether it may be moved and listed.
                os.chmod(entry.path, 0o700)
                target = entry.path
                while current != folder:
                    target = f"{folder}/.{moved}"
                    moved += 1
                    if not os.path.lexists(target):
                        os.rename(entry.path, target)
                        break
                pending.append(target)
        if current != folder:
            os.rmdir(current)
    os.chmod(folder, 0o777)
