"""System call tables and filters, for machines other than this one too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from plse.sandbox.inside.seccomp import for_child, for_zygote
from plse.sandbox.inside.syscalls import MACHINES, Machine, this_machine

from .filters import ALLOW, ENOSYS, EPERM, KILL, decide, decide_all

X86 = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
GENERIC = Path("/usr/include/asm-generic/unistd.h")
SELF, OTHER = 0, 4711  # a filter that was never installed knows pid 0
FORK, THREAD, NEW_USER = 0x11, 0x3D0F00, 0x10000011


@pytest.fixture(params=list(MACHINES))
def machine(request: pytest.FixtureRequest) -> Machine:
    return MACHINES[request.param]


# name, arguments, plain child, child with processes, child with a loopback
CALLS = [
    ("read", (0,), ALLOW, ALLOW, ALLOW),
    ("openat", (), ALLOW, ALLOW, ALLOW),
    ("ptrace", (16, OTHER), EPERM, EPERM, EPERM),
    ("process_vm_readv", (OTHER,), EPERM, EPERM, EPERM),
    ("unshare", (NEW_USER,), EPERM, EPERM, EPERM),
    ("setns", (), EPERM, EPERM, EPERM),
    ("mount", (), EPERM, EPERM, EPERM),
    ("pivot_root", (), EPERM, EPERM, EPERM),
    ("seccomp", (), EPERM, EPERM, EPERM),
    ("memfd_create", (), EPERM, EPERM, EPERM),
    ("pidfd_send_signal", (), EPERM, EPERM, EPERM),
    ("capset", (), EPERM, EPERM, EPERM),
    ("io_uring_setup", (), ENOSYS, ENOSYS, ENOSYS),
    ("clone3", (), ENOSYS, ENOSYS, ENOSYS),
    ("clone", (THREAD,), ALLOW, ALLOW, ALLOW),
    ("clone", (FORK,), EPERM, ALLOW, EPERM),
    ("clone", (NEW_USER,), EPERM, EPERM, EPERM),
    ("clone", (NEW_USER | THREAD,), EPERM, EPERM, EPERM),
    ("execve", (), EPERM, ALLOW, EPERM),
    ("execveat", (), EPERM, ALLOW, EPERM),
    ("setsid", (), EPERM, ALLOW, EPERM),
    ("kill", (SELF, 9), ALLOW, ALLOW, ALLOW),
    ("kill", (OTHER, 9), EPERM, ALLOW, EPERM),
    ("kill", (0xFFFFFFFF, 9), EPERM, ALLOW, EPERM),
    ("tgkill", (OTHER, OTHER, 9), EPERM, ALLOW, EPERM),
    ("prctl", (15,), ALLOW, ALLOW, ALLOW),
    ("prctl", (1, 0), EPERM, EPERM, EPERM),
    ("prctl", (22, 2), EPERM, EPERM, EPERM),
    ("prlimit64", (0, 9, 0, 1), ALLOW, ALLOW, ALLOW),
    ("prlimit64", (0, 9, 1, 0), EPERM, EPERM, EPERM),
    ("prlimit64", (0, 9, 1 << 32, 0), EPERM, EPERM, EPERM),
    ("socket", (2, 1), EPERM, EPERM, ALLOW),
    ("socket", (40, 1), EPERM, EPERM, EPERM),
    ("socket", (16, 3), EPERM, EPERM, EPERM),
    ("socketpair", (1, 1), ALLOW, ALLOW, ALLOW),
    ("socketpair", (2, 1), EPERM, EPERM, EPERM),
    ("connect", (3,), EPERM, EPERM, ALLOW),
    ("ioctl", (0, 0x5401), ALLOW, ALLOW, ALLOW),
    ("ioctl", (0, 0x5412), EPERM, EPERM, EPERM),
    ("fchmod", (3,), ALLOW, ALLOW, ALLOW),
]


@pytest.mark.parametrize(
    ("name", "arguments", "plain", "processes", "loopback"), CALLS
)
def test_a_call_is_decided_as_it_should_be(
    name: str,
    arguments: tuple[int, ...],
    plain: int,
    processes: int,
    loopback: int,
    machine: Machine,
) -> None:
    zygote = for_zygote(machine, isolated=True)
    children = (
        for_child(machine),
        for_child(machine, processes=True, signals=True),
        for_child(machine, loopback=True),
    )
    answers = [
        decide_all((zygote, child), machine, name, *arguments)
        for child in children
    ]
    assert answers == [plain, processes, loopback]


def test_outside_of_a_jail_modes_and_networks_are_out_of_reach(
    machine: Machine,
) -> None:
    filters = (
        for_zygote(machine, isolated=False),
        for_child(machine, loopback=True, isolated=False),
    )
    for name in ("fchmod", "fchmodat", "utimensat", "socket", "connect"):
        assert decide_all(filters, machine, name, 2) == EPERM


def test_a_foreign_calling_convention_is_deadly(machine: Machine) -> None:
    zygote = for_zygote(machine, isolated=True)
    read = machine.numbers["read"]
    assert decide(zygote, machine.audit, read, ()) == ALLOW
    assert decide(zygote, 0x40000003, read, ()) == KILL  # 32-bit x86
    assert decide(zygote, 0x40000028, read, ()) == KILL  # 32-bit Arm
    if machine.limit:
        assert decide(zygote, machine.audit, machine.limit, ()) == KILL


def test_the_filter_of_a_child_is_short(machine: Machine) -> None:
    assert for_child(machine).length < 80


def test_the_numbers_are_those_of_the_kernel() -> None:
    if not X86.exists() or not GENERIC.exists():
        pytest.skip("no kernel headers here")
    pattern = r"#define __NR(?:3264)?_(\w+)\s+(\d+)"
    for machine, path in (("x86_64", X86), ("aarch64", GENERIC)):
        known = {
            name: int(number)
            for name, number in re.findall(pattern, path.read_text())
        }
        ours = MACHINES[machine].numbers
        differing = {
            name: (number, known[name])
            for name, number in ours.items()
            if known.get(name, number) != number
        }
        assert differing == {}
        assert len(known.keys() & ours.keys()) > 120


def test_this_machine_is_known_where_the_suite_runs() -> None:
    assert this_machine() in (*MACHINES.values(), None)
