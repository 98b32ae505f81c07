"""What a child does to itself before it runs anything it was given."""

from __future__ import annotations

import contextlib
import fcntl
import os
import resource
import signal
from collections.abc import Mapping
from dataclasses import dataclass

from . import kernel, landlock, seccomp
from .syscalls import Machine

__all__ = ["Limits", "REPORT", "Walls"]

REPORT = 3  # the descriptor that a child reports on
_RULES = 4
_NO_NEW_PRIVILEGES, _PARENT_DEATH_SIGNAL = 38, 1
_THREADS = 64


@dataclass(frozen=True)
class Limits:
    """A child's limits, as they came over the wire."""

    cpu_seconds: float
    wall_seconds: float
    memory_mb: int
    file_mb: int
    files: int
    output_kb: int
    processes: int
    loopback: bool


@dataclass(frozen=True)
class Profile:
    """What a child may do beyond computing and using its scratch folder."""

    processes: bool
    loopback: bool


class Walls:
    """The layers that a child puts around itself, made once per zygote.

    :param layers: those that this platform has.
    :param readable: paths that a child may read.
    :param runnable: paths that it may execute from, if it may start
        processes at all.
    """

    def __init__(
        self,
        machine: Machine | None,
        layers: frozenset[str],
        readable: list[str],
        runnable: list[str],
        box: str,
    ) -> None:
        self._machine = machine
        self._layers = layers
        self._jailed = "namespaces" in layers
        self._others_hidden = self._jailed or (
            "landlock" in layers and landlock.abi() >= 6
        )
        # What is mounted over a folder is under the rules of its parent.
        writable = [os.path.dirname(box)] if self._jailed else [box]
        shared = ["/dev"] if self._jailed else []
        if "landlock" in layers and not self._jailed and landlock.abi() < 3:
            raise OSError("this version of it does not guard truncation")
        self._rules = (
            {
                profile: _high(
                    landlock.ruleset(
                        readable,
                        writable + (shared if profile.processes else []),
                        runnable if profile.processes else (),
                        profile.loopback,
                    )
                )
                for profile in self._profiles()
            }
            if "landlock" in layers
            else {}
        )
        self._filters = (
            {
                profile: seccomp.for_child(
                    machine,
                    profile.processes,
                    profile.loopback,
                    profile.processes and self._others_hidden,
                    self._jailed,
                )
                for profile in self._profiles()
            }
            if "seccomp" in layers and machine
            else {}
        )
        self._nothing = _high(os.open(os.devnull, os.O_RDWR))
        # Descriptors that a child gives a meaning to are taken, so that no
        # file which it must move there is there already.
        while os.dup(self._nothing) < _RULES + 4:
            pass

    def _profiles(self) -> list[Profile]:
        return [
            Profile(processes, loopback)
            for processes in (False, True)
            for loopback in (False, True)
            if self._jailed or not loopback
        ]

    def close_off_zygote(self) -> None:
        """Bind the zygote itself to the allowlist of system calls."""
        if self._machine and "seccomp" in self._layers:
            kernel.prctl(_NO_NEW_PRIVILEGES, 1)
            seccomp.for_zygote(self._machine, self._jailed).install(0)

    def confine(
        self,
        limits: Limits,
        cpu_seconds: int,
        task_limit: int,
        report: int,
        output: int,
        errors: int,
        given: int | None,
    ) -> None:
        """Close every door; called in the child, just after the fork.

        Afterwards descriptor 0 is ``given`` or empty, 1 is the output, 2
        the errors, 3 the report, and there are no others.

        :raises OSError: when a layer cannot be put up; run nothing then.
        """
        profile = Profile(limits.processes > 0, limits.loopback)
        os.setsid()
        rules = self._rules.get(profile)
        os.dup2(self._nothing if given is None else given, 0)
        os.dup2(output, 1)
        os.dup2(errors, 2)
        os.dup2(report, REPORT, inheritable=False)
        if rules is not None:
            os.dup2(rules, _RULES)
        os.closerange(_RULES if rules is None else _RULES + 1, 256)
        if "rlimits" in self._layers:
            _limit(limits, cpu_seconds, task_limit)
        if self._machine:
            kernel.prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)
            kernel.drop_capabilities(self._machine.numbers["capset"])
            kernel.prctl(_NO_NEW_PRIVILEGES, 1)
        if rules is not None:
            landlock.restrict(_RULES)
            os.close(_RULES)
        if profile in self._filters:
            self._filters[profile].install(os.getpid())


def _high(descriptor: int) -> int:
    """Move a descriptor out of the way of those that a child is given."""
    try:
        return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 50)
    finally:
        os.close(descriptor)


def _limit(limits: Limits, cpu_seconds: int, task_limit: int) -> None:
    bounds: Mapping[str, int] = {
        "RLIMIT_AS": limits.memory_mb << 20,
        "RLIMIT_CPU": cpu_seconds,
        "RLIMIT_FSIZE": limits.file_mb << 20,
        "RLIMIT_NOFILE": max(limits.files, 16),
        "RLIMIT_CORE": 0,
        "RLIMIT_MSGQUEUE": 0,
        "RLIMIT_MEMLOCK": 0,
    }
    if task_limit:
        bounds = {**bounds, "RLIMIT_NPROC": task_limit + _THREADS}
    for name, bound in bounds.items():
        kind = getattr(resource, name, None)
        if kind is None:
            continue
        try:
            resource.setrlimit(kind, (bound, bound))
        except ValueError:
            # Above what this process may have, which then holds instead; or
            # macOS, which does not bound the address space.
            with contextlib.suppress(ValueError):
                hard = resource.getrlimit(kind)[1]
                resource.setrlimit(kind, (hard, hard))
