"""A wall clock that is off, for code that ought not to look at it.

The kernel shifts only other clocks (time namespaces), so this is done where
Python code looks: in ``time`` and ``datetime``. Monotonic clocks stay.
"""

from __future__ import annotations

import datetime
import functools
import time

__all__ = ["shift"]


def shift(seconds: float) -> None:
    """Make the wall clock of this process differ by so many seconds."""
    now, now_ns = time.time, time.time_ns
    time.time = lambda: now() + seconds
    time.time_ns = lambda: now_ns() + int(seconds * 10**9)
    for name in ("gmtime", "localtime", "ctime"):
        setattr(time, name, _given_now(getattr(time, name)))
    strftime, asctime = time.strftime, time.asctime
    time.strftime = lambda form, when=None: strftime(
        form, when or time.localtime()
    )
    time.asctime = lambda when=None: asctime(when or time.localtime())

    class ShiftedDate(datetime.date, metaclass=_LikeTheOriginal):
        @classmethod
        def today(cls) -> datetime.date:
            return cls.fromtimestamp(time.time())

    class ShiftedDateTime(datetime.datetime, metaclass=_LikeTheOriginal):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:
            return cls.fromtimestamp(time.time(), tz)

        @classmethod
        def utcnow(cls) -> datetime.datetime:
            moment = cls.fromtimestamp(time.time(), datetime.timezone.utc)
            return moment.replace(tzinfo=None)

        @classmethod
        def today(cls) -> datetime.datetime:
            return cls.now()

    for shifted in (ShiftedDate, ShiftedDateTime):
        name = shifted.__mro__[1].__name__
        shifted.__name__ = shifted.__qualname__ = name
        shifted.__module__ = "datetime"
        setattr(datetime, name, shifted)


class _LikeTheOriginal(type):
    """Values made by C code are instances of the original class."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, cls.__mro__[1])

    def __subclasscheck__(cls, other: type) -> bool:
        return issubclass(other, cls.__mro__[1])


def _given_now(function: object) -> object:
    @functools.wraps(function)
    def given_now(seconds: float | None = None) -> object:
        return function(time.time() if seconds is None else seconds)

    return given_now
