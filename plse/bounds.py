"""Processor time and memory for code that runs in this very process."""

from __future__ import annotations

import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from plse.errors import RenderError

__all__ = ["CPU_SECONDS", "MEMORY_BYTES", "bounded"]

CPU_SECONDS = 1.0
"""Processor seconds that one rendering may take."""

MEMORY_BYTES = 256 << 20
"""Address space that one rendering may add to the process."""


class _TooLong(BaseException):
    """Raised by the timer inside whatever is rendering."""


def _expire(signum: int, frame: FrameType | None) -> None:
    raise _TooLong


def _address_space() -> int | None:
    try:
        with open("/proc/self/statm", "rb") as statm:
            return int(statm.read().split()[0]) * resource.getpagesize()
    except OSError:
        return None


@contextmanager
def bounded(path: Path, key: str, line: int) -> Iterator[None]:
    """Run template code under a limit of processor time and of memory.

    The timer counts the processor time of this process (``ITIMER_VIRTUAL``,
    so it meets no test timeout, which uses ``ITIMER_REAL``); memory is
    limited by the soft ``RLIMIT_AS``. Only the main thread of a process can
    take signals; elsewhere the memory limit stands alone.

    :raises RenderError: when a limit is reached, in place of whatever the
        template was doing.
    """
    timed = threading.current_thread() is threading.main_thread()
    used = _address_space()
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    limited = used is not None and (
        soft == resource.RLIM_INFINITY or used + MEMORY_BYTES < soft
    )
    if timed:
        before = signal.signal(signal.SIGVTALRM, _expire)
        signal.setitimer(signal.ITIMER_VIRTUAL, CPU_SECONDS)
    if limited:
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY_BYTES, hard))
    try:
        try:
            yield
        finally:
            if timed:
                signal.setitimer(signal.ITIMER_VIRTUAL, 0)
                signal.signal(signal.SIGVTALRM, before)
            if limited:
                resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    except _TooLong:
        raise RenderError(
            path,
            key,
            line,
            f"rendering took more than {CPU_SECONDS:g} s of processor time",
        ) from None
    except MemoryError:
        raise RenderError(
            path,
            key,
            line,
            f"rendering took more than {MEMORY_BYTES >> 20} MB of memory",
        ) from None
    except RecursionError:
        raise RenderError(
            path, key, line, "the template nests too deeply"
        ) from None
