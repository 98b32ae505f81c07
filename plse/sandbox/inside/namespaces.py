"""A jail of namespaces: own files, network, process numbers, host name.

The root of the jail is a small read-only tmpfs with read-only binds of the
interpreter and of the libraries that it needs, and one writable folder. What
is not bound is not there.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import socket
import struct
from collections.abc import Callable, Sequence

from . import kernel
from .syscalls import Machine

__all__ = ["Jail", "SHARED_MEMORY", "mount_scratch", "unmount_scratch"]

SHARED_MEMORY = "/dev/shm"

_RDONLY, _NOSUID, _NODEV = 1, 2, 4
_REMOUNT, _BIND, _REC, _PRIVATE = 32, 4096, 16384, 1 << 18
_DETACH = 2
# statvfs flag to mount flag: what the host locked must be kept.
_LOCKED = ((2, 2), (4, 4), (8, 8), (1024, 1024), (2048, 2048), (4096, 1 << 21))
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_ATTR_RDONLY, _ATTR_NOSUID = 1, 2
_INNER = 1000  # who a child is, inside
_SET_DUMPABLE = 4


class Jail:
    """Builds the jail around the calling process.

    :param binds: absolute paths to show, read-only, at the same place.
    :param scratch: absolute path of the folder on which scratch space will
        be mounted; its parent is made too.
    :param outer: user and group that processes run as outside, when this
        process is root and can choose.
    """

    def __init__(
        self,
        machine: Machine,
        binds: Sequence[str],
        scratch: str,
        outer: int,
    ) -> None:
        self._machine = machine
        self._binds = binds
        self._scratch = scratch
        self._outer = outer

    def enter(self) -> None:
        """Enter the jail; only children will see the new process numbers.

        :raises OSError: when the platform does not allow some part of it;
            the process must then be given up.
        """
        if os.geteuid() == 0:
            self._enter_as_root()
        else:
            self._enter_as_user()

    def _enter_as_root(self) -> None:
        map_users, helper = _user_mapper(self._outer)
        kernel.unshare(
            kernel.CLONE_NEWNS
            | kernel.CLONE_NEWNET
            | kernel.CLONE_NEWIPC
            | kernel.CLONE_NEWUTS
        )
        _bring_up_loopback()
        self._build()
        os.setgroups([])
        os.setresgid(self._outer, self._outer, self._outer)
        os.setresuid(self._outer, self._outer, self._outer)
        # Changing the user made the process undumpable, and its files in
        # /proc root's; the mapper is root, but the kernel asks for this.
        kernel.prctl(_SET_DUMPABLE, 1)
        kernel.unshare(
            kernel.CLONE_NEWUSER | kernel.CLONE_NEWNS | kernel.CLONE_NEWPID
        )
        map_users()
        os.waitpid(helper, 0)

    def _enter_as_user(self) -> None:
        user, group = os.getuid(), os.getgid()
        kernel.unshare(
            kernel.CLONE_NEWUSER
            | kernel.CLONE_NEWNS
            | kernel.CLONE_NEWNET
            | kernel.CLONE_NEWIPC
            | kernel.CLONE_NEWUTS
            | kernel.CLONE_NEWPID
        )
        _write_maps("self", user, group)
        _bring_up_loopback()
        self._build()

    def _build(self) -> None:
        root = "/tmp"
        _mount(None, "/", None, _REC | _PRIVATE)
        sources = {
            path: os.open(path, os.O_PATH | os.O_CLOEXEC)
            for path in self._binds
            if os.path.exists(path)
        }
        _mount("tmpfs", root, "tmpfs", _NOSUID | _NODEV, "mode=755,size=1m")
        for path, source in sources.items():
            self._bind(source, root + path)
            os.close(source)
        for folder in (self._scratch, SHARED_MEMORY):
            os.makedirs(root + folder, exist_ok=True)
        os.mkdir(f"{root}/old")
        os.chdir(root)
        kernel.syscall(
            self._machine.numbers["pivot_root"],
            ctypes.c_char_p(b"."),
            ctypes.c_char_p(b"old"),
        )
        os.chdir("/")
        kernel.call("umount2", b"/old", ctypes.c_int(_DETACH))
        os.rmdir("/old")
        _mount(
            None, "/", None, _REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV
        )

    def _bind(self, source: int, target: str) -> None:
        inside = f"/proc/self/fd/{source}"
        if os.path.isdir(inside):
            os.makedirs(target, exist_ok=True)
        else:
            os.makedirs(os.path.dirname(target), exist_ok=True)
            if not os.path.exists(target):
                os.close(os.open(target, os.O_CREAT | os.O_WRONLY))
        if os.path.basename(os.path.dirname(target)) == "dev":
            _mount(inside, target, None, _BIND)
            return
        flags = os.fstatvfs(source).f_flag
        try:
            _mount(inside, target, None, _BIND | _REC)
            wanted = struct.pack("QQQQ", _ATTR_RDONLY | _ATTR_NOSUID, 0, 0, 0)
            kernel.syscall(
                self._machine.numbers["mount_setattr"],
                _AT_FDCWD,
                ctypes.c_char_p(target.encode()),
                _AT_RECURSIVE,
                ctypes.c_char_p(wanted),
                len(wanted),
            )
        except OSError:
            # Before Linux 5.12: one mount at a time, so without those below.
            kernel.call("umount2", target.encode(), ctypes.c_int(_DETACH))
            _mount(inside, target, None, _BIND)
            kept = sum(mount for stat, mount in _LOCKED if flags & stat)
            _mount(
                None, target, None, _BIND | _REMOUNT | _RDONLY | _NOSUID | kept
            )


def mount_scratch(path: str, megabytes: int, files: int) -> None:
    """Mount fresh scratch space that holds no more than this."""
    _mount(
        "tmpfs",
        path,
        "tmpfs",
        _NOSUID | _NODEV,
        f"size={megabytes}m,nr_inodes={files},mode=777",
    )


def unmount_scratch(path: str) -> None:
    """Throw the scratch space away, whatever it holds."""
    kernel.call("umount2", path.encode(), ctypes.c_int(_DETACH))


def _mount(
    source: str | None,
    target: str,
    kind: str | None,
    flags: int,
    options: str | None = None,
) -> None:
    kernel.call(
        "mount",
        source.encode() if source else None,
        target.encode(),
        kind.encode() if kind else None,
        ctypes.c_ulong(flags),
        options.encode() if options else None,
    )


def _user_mapper(outer: int) -> tuple[Callable[[], None], int]:
    """Fork a helper that maps users once this process has left its own.

    Only a process outside the new user namespace may map a user other than
    the one who made it.
    """
    here, there = socket.socketpair()
    parent = os.getpid()
    helper = os.fork()
    if helper == 0:
        status = 1
        try:
            here.close()
            if there.recv(1):
                _write_maps(str(parent), outer, outer)
                there.send(b"!")
                status = 0
        finally:
            os._exit(status)
    there.close()

    def map_users() -> None:
        with here:
            here.send(b"?")
            if not here.recv(1):
                raise OSError(1, "users could not be mapped", "uid_map")

    return map_users, helper


def _write_maps(process: str, user: int, group: int) -> None:
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{_INNER} {user} 1"),
        ("gid_map", f"{_INNER} {group} 1"),
    ):
        with open(f"/proc/{process}/{name}", "w") as file:
            file.write(text)


def _bring_up_loopback() -> None:
    """A network of its own has only a loopback, which begins switched off."""
    with contextlib.suppress(OSError):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
            request = struct.pack("16sH14x", b"lo", 0x1 | 0x40)
            fcntl.ioctl(control, 0x8914, request)  # SIOCSIFFLAGS: up, running
