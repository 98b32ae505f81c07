"""Seccomp: which system calls a process may make.

Two filters, since installing a large one for every child costs a good part
of a millisecond: the zygote installs an allowlist once, and each child a
short filter that takes back what only the zygote needs. A call passes when
both let it.
"""

from __future__ import annotations

import ctypes

from .kernel import prctl
from .syscalls import Machine

__all__ = ["Filter", "for_child", "for_zygote"]

_EVERYONE = """
read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2
close close_range fstat newfstatat stat lstat statx lseek mmap mprotect munmap
brk mremap madvise mincore msync rt_sigaction rt_sigprocmask rt_sigreturn
rt_sigpending rt_sigtimedwait rt_sigsuspend sigaltstack access faccessat
faccessat2 pipe pipe2 select pselect6 poll ppoll epoll_create epoll_create1
epoll_ctl epoll_wait epoll_pwait epoll_pwait2 eventfd eventfd2 timerfd_create
timerfd_settime timerfd_gettime sched_yield sched_getaffinity sched_getparam
sched_getscheduler sched_get_priority_max sched_get_priority_min getpriority
dup dup2 dup3 nanosleep clock_nanosleep clock_gettime clock_getres
gettimeofday time getitimer setitimer alarm pause getpid gettid getppid
getpgrp getpgid getsid getuid geteuid getgid getegid getgroups getresuid
getresgid capget uname fcntl flock fsync fdatasync truncate ftruncate
fallocate fadvise64 readahead getdents getdents64 getcwd chdir fchdir rename
renameat renameat2 mkdir mkdirat rmdir unlink unlinkat readlink readlinkat
symlink symlinkat link linkat chmod fchmod fchmodat fchmodat2 utime utimes
utimensat umask getrlimit getrusage sysinfo times statfs fstatfs arch_prctl
futex futex_waitv getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr
set_tid_address set_robust_list get_robust_list rseq exit exit_group getrandom
sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg shutdown getsockopt
setsockopt getsockname getpeername copy_file_range sendfile membarrier getcpu
restart_syscall open openat creat wait4 waitid
""".split()
# What the zygote keeps for itself; a child loses these again.
_ZYGOTE_ONLY = """
setsid setpgid mount umount2 setrlimit seccomp landlock_create_ruleset
landlock_add_rule landlock_restrict_self memfd_create pidfd_open
pidfd_send_signal capset
""".split()
# The last six change nothing without capabilities, but are called by some
# programs before they start another.
_PROCESSES = """
fork vfork execve execveat setsid setpgid setuid setgid setreuid setregid
setresuid setresgid
""".split()
_NETWORK = ["bind", "listen", "accept", "accept4", "connect"]
# "Not there" rather than "not allowed": the C library then uses older calls.
_ABSENT = ["clone3", "io_uring_setup", "io_uring_enter", "io_uring_register"]
# Landlock has no say in these (see :mod:`plse.sandbox.inside.modes`).
_MODES = """
chmod fchmod fchmodat fchmodat2 utime utimes utimensat
""".split()
_IOCTLS = (
    0x5401,  # TCGETS
    0x5413,  # TIOCGWINSZ
    0x541B,  # FIONREAD
    0x5421,  # FIONBIO
    0x5450,  # FIONCLEX
    0x5451,  # FIOCLEX
)
_PRCTLS = (15, 16, 0x53564D41)  # set and get the name; name a mapping
_CLONE_THREAD = 0x00010000
_CLONE_NAMESPACES = 0x7E020000
_UNIX, _INET, _INET6 = 1, 2, 10

_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_EPERM, _ENOSYS = 0x00050001, 0x00050026
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06

_Line = tuple[int, int, int, int]
_MODE_FILTER, _SET_SECCOMP = 2, 22


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_ushort),
        ("when_true", ctypes.c_ubyte),
        ("when_false", ctypes.c_ubyte),
        ("value", ctypes.c_uint),
    )


class _Program(ctypes.Structure):
    _fields_ = (
        ("length", ctypes.c_ushort),
        ("lines", ctypes.POINTER(_Instruction)),
    )


class Filter:
    """A finished filter, to be installed as often as wanted.

    :param lines: classic BPF instructions.
    :param own_pid: which of them compare with the pid of the process that
        installs the filter.
    """

    def __init__(self, lines: list[_Line], own_pid: list[int]) -> None:
        self.length = len(lines)
        self._own_pid = own_pid
        self._lines = (_Instruction * len(lines))(*lines)
        self._program = _Program(len(lines), self._lines)

    def install(self, pid: int) -> None:
        """Bind this process to the filter; it must have no_new_privs set.

        :raises OSError: when the kernel refuses.
        """
        for place in self._own_pid:
            self._lines[place].value = pid
        prctl(_SET_SECCOMP, _MODE_FILTER, ctypes.byref(self._program))


def _argument(number: int) -> _Line:
    """Load the low half of an argument (both machines: little-endian)."""
    return (_LOAD, 0, 0, 16 + 8 * number)


def _only_if_equal(number: int, values: tuple[int, ...]) -> list[_Line]:
    count = len(values)
    checks = [
        (_EQUAL, count - place, 0, value) for place, value in enumerate(values)
    ]
    return [
        _argument(number),
        *checks,
        (_RETURN, 0, 0, _EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]


def _only_if_bits(number: int, bits: int, present: bool) -> list[_Line]:
    outcomes = (_ALLOW, _EPERM) if present else (_EPERM, _ALLOW)
    return [
        _argument(number),
        (_ANY_BIT, 0, 1, bits),
        (_RETURN, 0, 0, outcomes[0]),
        (_RETURN, 0, 0, outcomes[1]),
    ]


_READ_LIMITS_ONLY: list[_Line] = [  # prlimit64 whose new limits are NULL
    (_LOAD, 0, 0, 32),
    (_EQUAL, 0, 3, 0),
    (_LOAD, 0, 0, 36),
    (_EQUAL, 0, 1, 0),
    (_RETURN, 0, 0, _ALLOW),
    (_RETURN, 0, 0, _EPERM),
]


def _checked(
    machine: Machine, checks: dict[str, list[_Line]]
) -> list[_Line]:
    lines: list[_Line] = []
    for name, body in checks.items():
        if name in machine.numbers:
            lines.append((_EQUAL, 0, len(body), machine.numbers[name]))
            lines.extend(body)
    return lines


def for_zygote(machine: Machine, isolated: bool) -> Filter:
    """The allowlist.

    :param isolated: it has a network and a view of files of its own.
    """
    lines: list[_Line] = [
        (_LOAD, 0, 0, 4),
        (_EQUAL, 1, 0, machine.audit),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0),
    ]
    if machine.limit:
        lines += [(_AT_LEAST, 0, 1, machine.limit), (_RETURN, 0, 0, _KILL)]
    families = (_UNIX, _INET, _INET6) if isolated else ()
    checks = {
        "clone": _only_if_bits(0, _CLONE_NAMESPACES, present=False),
        "socketpair": _only_if_equal(0, (_UNIX,)),
        "socket": _only_if_equal(0, families),
        "ioctl": _only_if_equal(1, _IOCTLS),
        **{name: [(_RETURN, 0, 0, _ENOSYS)] for name in _ABSENT},
    }
    lines += _checked(machine, checks)
    allowed = [
        *_EVERYONE,
        *_ZYGOTE_ONLY,
        *_PROCESSES,
        *(_NETWORK if isolated else ()),
        "kill",
        "tgkill",
        "prctl",
        "prlimit64",
    ]
    for name in allowed:
        if name in machine.numbers:
            lines.append((_EQUAL, 0, 1, machine.numbers[name]))
            lines.append((_RETURN, 0, 0, _ALLOW))
    lines.append((_RETURN, 0, 0, _EPERM))
    return Filter(lines, [])


def for_child(
    machine: Machine,
    processes: bool = False,
    loopback: bool = False,
    signals: bool = False,
    isolated: bool = True,
) -> Filter:
    """What a child loses on top of the zygote's filter.

    :param processes: it may fork and execute.
    :param loopback: it may use sockets, in a network of its own.
    :param signals: it may signal others, since none but its own are there.
    :param isolated: it sees no files that are not its own to change.
    """
    own_pid = _only_if_equal(0, (0,))
    checks = {
        "prctl": _only_if_equal(0, _PRCTLS),
        "prlimit64": _READ_LIMITS_ONLY,
    }
    if not isolated:
        checks.update((name, [(_RETURN, 0, 0, _EPERM)]) for name in _MODES)
    if not processes:
        checks["clone"] = _only_if_bits(0, _CLONE_THREAD, present=True)
    if not signals:
        checks["kill"] = checks["tgkill"] = own_pid
    lines: list[_Line] = [(_LOAD, 0, 0, 0), *_checked(machine, checks)]
    slots = []
    if not signals:
        for name in ("kill", "tgkill"):
            call = (_EQUAL, 0, len(own_pid), machine.numbers[name])
            slots.append(lines.index(call) + 2)
    kept = set(_PROCESSES) if processes else set()
    denied = [
        name
        for name in (
            *_ZYGOTE_ONLY,
            *([] if processes else _PROCESSES),
            *([] if loopback else ["socket", *_NETWORK]),
        )
        if name in machine.numbers and name not in kept
    ]
    # `setsid` and `setpgid` are in two lists.
    numbers = sorted({machine.numbers[name] for name in denied})
    lines += [
        (_EQUAL, len(numbers) - place, 0, number)
        for place, number in enumerate(numbers)
    ]
    lines += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _EPERM)]
    return Filter(lines, slots)
