"""Watching over a child: its time, its end, and whatever it left running."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = [
    "Ended",
    "HungUp",
    "PATIENCE",
    "kill_children",
    "kill_everything",
    "watch",
]

_TICK = 0.05
# Over this long, whoever waits for a processor has had one for a moment.
_WINDOW = 0.5
# A child that is neither computing nor finished is idle; one that waits for
# a processor on a busy machine is not, and may take this many times longer.
_IDLE_SHARE = 0.02
PATIENCE = 6
_HANG_UP = select.POLLHUP | select.POLLERR | getattr(select, "POLLRDHUP", 0)


class HungUp(Exception):
    """The worker is gone; there is nobody left to work for."""


@dataclass(frozen=True)
class Ended:
    """How a child ended.

    :param status: exit status, or minus the number of the signal.
    :param overran: "cpu" or "wall" when it was stopped for its time.
    """

    status: int
    overran: str
    cpu_seconds: float


def watch(
    child: int,
    worker: int,
    cpu_seconds: float,
    wall_seconds: float,
    progress: Callable[[], int],
    use_pidfd: bool,
) -> Ended:
    """Wait for a child and stop it when it takes too long.

    Time is counted from the last progress, so that each program of a batch
    has its full share.

    :param worker: descriptor whose hang-up means that the worker is gone.
    :param progress: a number that changes when the child gets on.
    :raises HungUp: after the child has been killed.
    """
    wait = _Pidfd(child, worker) if use_pidfd else _Polling(child, worker)
    longest = PATIENCE * (cpu_seconds + wall_seconds)
    overran = ""
    began = seen_at = time.monotonic()
    base = used = seen = idle = 0.0
    window = min(_WINDOW, wall_seconds / 4)
    mark = -1
    with wait:
        while not wait.ended(_TICK):
            now = time.monotonic()
            used = _cpu_seconds(child, used)
            if now - seen_at >= window:
                if used - seen < _IDLE_SHARE * (now - seen_at):
                    idle += now - seen_at
                seen_at, seen = now, used
            current = progress()
            if current != mark:
                mark, base, idle, began = current, used, 0.0, now
            if used - base > cpu_seconds:
                overran = "cpu"
            elif idle > wall_seconds or now - began > longest:
                overran = "wall"
            if overran:
                os.kill(child, signal.SIGKILL)
                break
    status, usage = wait.reap()
    cpu = usage.ru_utime + usage.ru_stime
    if not overran and status in (-signal.SIGXCPU, -signal.SIGKILL):
        if cpu >= cpu_seconds:
            overran = "cpu"
    return Ended(status, overran, cpu)


def _cpu_seconds(child: int, otherwise: float) -> float:
    """The CPU time of all threads of a process (see clock_getcpuclockid)."""
    try:
        return time.clock_gettime((~child << 3) | 2)
    except OSError:
        return otherwise


class _Waiting:
    def __init__(self, child: int, worker: int) -> None:
        self._child = child
        self._poll = select.poll()
        self._poll.register(worker, _HANG_UP)

    def __enter__(self) -> _Waiting:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def _give_up(self) -> None:
        os.kill(self._child, signal.SIGKILL)
        raise HungUp


class _Pidfd(_Waiting):
    """Waits on a descriptor of the process, which wakes at once."""

    def __init__(self, child: int, worker: int) -> None:
        super().__init__(child, worker)
        self._process = os.pidfd_open(child)
        self._poll.register(self._process, select.POLLIN)

    def __exit__(self, *_: object) -> None:
        os.close(self._process)

    def ended(self, seconds: float) -> bool:
        for descriptor, _ in self._poll.poll(seconds * 1000):
            if descriptor == self._process:
                return True
            self._give_up()
        return False

    def reap(self) -> tuple[int, object]:
        _, status, usage = os.wait4(self._child, 0)
        return os.waitstatus_to_exitcode(status), usage


class _Polling(_Waiting):
    """Asks again and again, where a process has no descriptor."""

    def __init__(self, child: int, worker: int) -> None:
        super().__init__(child, worker)
        self._result: tuple[int, object] | None = None

    def ended(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        pause = 0.0005
        while time.monotonic() < until:
            pid, status, usage = os.wait4(self._child, os.WNOHANG)
            if pid:
                self._result = os.waitstatus_to_exitcode(status), usage
                return True
            if self._poll.poll(pause * 1000):
                self._give_up()
            pause = min(2 * pause, 0.01)
        return False

    def reap(self) -> tuple[int, object]:
        if self._result is None:
            _, status, usage = os.wait4(self._child, 0)
            self._result = os.waitstatus_to_exitcode(status), usage
        return self._result


def kill_everything() -> None:
    """Kill and reap every other process of this process-number namespace."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)


def kill_children() -> None:
    """Kill and reap children until there are none.

    The caller adopts the orphans among its descendants, so every one of
    them becomes a child in the end.
    """
    with contextlib.suppress(ChildProcessError):
        while True:
            for child in _children():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            os.waitpid(-1, 0)


def _children() -> list[int]:
    own = os.getpid()
    try:
        with open(f"/proc/self/task/{own}/children") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        pass
    found = []
    with contextlib.suppress(OSError):
        for name in os.listdir("/proc"):
            if name.isdigit():
                with contextlib.suppress(OSError, ValueError, IndexError):
                    with open(f"/proc/{name}/stat") as file:
                        fields = file.read().rpartition(")")[2].split()
                    if int(fields[1]) == own:
                        found.append(int(name))
    return found
