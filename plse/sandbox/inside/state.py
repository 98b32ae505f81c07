"""What a test may leave behind in the interpreter, and putting it right.

A batch runs many programs in one child, so whatever one changes must be
undone before the next, or at least noticed: then the batch is not believed
and its programs run one by one.
"""

from __future__ import annotations

import _signal  # its Python side makes an enum of every number
import _thread
import gc
import operator
import os
import sys
import time
import warnings
from collections.abc import (
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
)
from types import ModuleType

from .scratch import empty_folder
from .stamps import Stamps

__all__ = ["Baseline"]

_OF_ZONE = ("altzone", "daylight", "timezone", "tzname")
# Attributes that the standard library rebinds in normal use, to no effect
# that a program could notice.
_LIVELY = {
    ("tempfile", "_name_sequence"),
    ("tempfile", "tempdir"),
    ("asyncio.events", "_event_loop_policy"),
    ("locale", "_override_localeconv"),
    ("urllib.parse", "_hostprog"),
    ("urllib.parse", "_typeprog"),
    # Put back between programs, as equal values.
    *(("time", name) for name in _OF_ZONE),
}
# Containers that grow by being used, beside those that are called caches.
_GROWING = {
    ("sys", "modules"),
    ("threading", "_active"),
    ("threading", "_threading_atexits"),
    ("logging", "_handlerList"),
    ("typing", "_cleanups"),
}
# A combination of flags is remembered when it is first made.
_OF_ENUMS = ("_value2member_map_", "_member_map_", "_unhashable_values_")
# Modules that go by a name that is not their own, and appear with another.
_ALIASES = {
    "collections.abc",
    "os.path",
    "pyexpat.errors",
    "pyexpat.model",
    "typing.io",
    "typing.re",
    "xml.etree.cElementTree",
    "xml.parsers.expat.errors",
    "xml.parsers.expat.model",
}
# What copying and warning note about a module or a class.
_NOTES = ("__slotnames__", "__warningregistry__")
# They keep books of what they do, and generated code has no business there.
_TESTING = ("_pytest", "attr", "hypothesis", "pluggy", "pytest")
# A name, the table itself, and its keys and values as they were.
_Table = tuple[str, Mapping[str, object], list[str], list[object]]


class Baseline:
    """The state of the interpreter before any generated code has run.

    Modules that are not loaded have none to lose; they are not loaded for
    this, since each would make every fork slower.

    :param box: the scratch space, whose rooms must be empty between tests.
    """

    def __init__(self, box: str) -> None:
        self._work, self._temporary = f"{box}/work", f"{box}/tmp"
        self._fresh = True
        self._environment = dict(os.environ)
        self._environment_data = os.environ._data.copy()
        self._streams = sys.stdin, sys.stdout, sys.stderr
        self._lists = [
            (current, current[:])
            for current in (
                sys.path,
                sys.meta_path,
                sys.path_hooks,
                warnings.filters,
            )
        ]
        self._recursion = sys.getrecursionlimit()
        self._switching = sys.getswitchinterval()
        self._modules = dict(sys.modules)
        self._names = list(self._modules)
        self._values = list(self._modules.values())
        self._threads = _thread._count()
        self._zone = _zone()
        self._signals = _handlers()
        self._mask = _signal.pthread_sigmask(_signal.SIG_BLOCK, ())
        self._loaded = {
            name: keeper()
            for name, keeper in _KEEPERS.items()
            if name in sys.modules
        }
        self._snapshot = [
            (owner, table, list(table), list(table.values()))
            for owner, table in _tables()
        ]
        self._stamps = Stamps([table for _, table, _, _ in self._snapshot])
        containers = list(_containers(self._snapshot))
        self._containers = [value for _, value in containers]
        self._container_names = [name for name, _ in containers]
        self._sizes = list(map(len, self._containers))

    def restore(self, files: Mapping[str, str]) -> None:
        """Undo what can be undone, and lay out the files of a program."""
        if self._fresh:
            # Nothing has run in this child yet.
            self._fresh = False
            os.chdir(self._work)
            gc.enable()
            # Else every child would draw the same numbers.
            for name in ("random", "numpy.random"):
                if name in self._loaded:
                    self._loaded[name]()
        else:
            self._undo()
        if files:
            self._lay_out(files)

    def _undo(self) -> None:
        if sys.gettrace():
            sys.settrace(None)
        if sys.getprofile():
            sys.setprofile(None)
        sys.stdin, sys.stdout, sys.stderr = self._streams
        for current, kept in self._lists:
            if current != kept:
                current[:] = kept
        self._restore_environment()
        if not all(map(operator.is_, _zone(), self._zone)):
            time.tzset()
        sys.setrecursionlimit(self._recursion)
        sys.setswitchinterval(self._switching)
        _signal.setitimer(_signal.ITIMER_REAL, 0)
        # What waits behind a mask was meant for the program that set it.
        while waiting := _signal.sigpending():
            _signal.sigwait(waiting)
        _signal.pthread_sigmask(_signal.SIG_SETMASK, self._mask)
        current = _handlers()
        for number, handler in self._signals.items():
            if current[number] is not handler:
                _signal.signal(number, handler)
        for restore in self._loaded.values():
            restore()
        gc.enable()
        os.umask(0o022)
        self._restore_modules()
        for room in (self._work, self._temporary):
            if os.listdir(room):
                empty_folder(room)
        os.chdir(self._work)

    def _restore_environment(self) -> None:
        # The bytes beneath, since decoding them all takes long.
        if os.environ._data != self._environment_data:
            os.environ.clear()
            os.environ.update(self._environment)

    def _restore_modules(self) -> list[str]:
        """Drop modules from the scratch folder, put back what was there.

        :returns: the names of those that are new and stay.
        """
        # What was loaded before comes first in the table, unless somebody
        # meddled with it; looking at every name takes ten times as long.
        if (
            len(sys.modules) >= len(self._names)
            and all(map(operator.is_, sys.modules, self._names))
            and all(map(operator.is_, sys.modules.values(), self._values))
        ):
            added = list(sys.modules)[len(self._names) :]
        else:
            for name, module in self._modules.items():
                if sys.modules.get(name) is not module:
                    sys.modules[name] = module
            added = list(sys.modules.keys() - self._modules.keys())
        staying = []
        for name in added:
            module = sys.modules[name]
            place = getattr(module, "__file__", None) or ""
            folders = getattr(module, "__path__", None)
            if place.startswith(self._work) or (
                folders is not None
                and any(str(at).startswith(self._work) for at in folders)
            ):
                del sys.modules[name]
            else:
                staying.append(name)
        return staying

    def _lay_out(self, files: Mapping[str, str]) -> None:
        for known in list(sys.path_importer_cache):
            if known.startswith(self._work):
                del sys.path_importer_cache[known]
        for path, text in files.items():
            folder = os.path.dirname(path)
            if folder:
                os.makedirs(folder, exist_ok=True)
            with open(path, "w", encoding="utf-8", newline="") as file:
                file.write(text)

    def leftover(self) -> str:
        """Why the next program must not run in this child, or ""."""
        if _thread._count() > self._threads:
            return "a thread was left running"
        if any(stream.closed for stream in self._streams):
            return "a standard stream was closed"
        return ""

    def changed(self) -> str:
        """What is not as it was and cannot be put right, or "".

        Looks at the attributes of every module that was loaded and of its
        classes, and at the size of their containers.
        """
        self._restore_environment()
        for name in self._restore_modules():
            spec = getattr(sys.modules[name], "__spec__", None)
            if getattr(spec, "name", None) != name and name not in _ALIASES:
                return f"a module called {name}"
        for at in self._stamps.suspects():
            owner, table, keys, values = self._snapshot[at]
            if len(table) == len(keys) and all(
                map(operator.is_, table.values(), values)
            ):
                continue
            before = dict(zip(keys, values))
            for name in {*table, *before}:
                if table.get(name, self) is before.get(name, self):
                    continue
                if not _is_lively(owner, name, table.get(name)):
                    return f"{owner}.{name}"
        sizes = list(map(len, self._containers))
        if sizes != self._sizes:
            for name, was, size in zip(
                self._container_names, self._sizes, sizes
            ):
                if was != size:
                    return f"the contents of {name}"
        return ""


def _tables() -> Iterator[tuple[str, Mapping[str, object]]]:
    """The attributes of loaded modules and of the classes made in them."""
    for name, module in list(sys.modules.items()):
        if not isinstance(module, ModuleType) or name == "__main__":
            continue
        if name.partition(".")[0] in _TESTING:
            continue
        table = vars(module)
        yield name, table
        for value in list(table.values()):
            if isinstance(value, type) and value.__module__ == name:
                yield f"{name}.{value.__qualname__}", vars(value)


def _containers(
    snapshot: Iterable[_Table],
) -> Iterator[tuple[str, Collection[object]]]:
    """What of it grows only if somebody adds to it."""
    for owner, _, keys, values in snapshot:
        for name, value in zip(keys, values):
            if type(value) not in (dict, list, set):
                continue
            if "cache" in name or name in _OF_ENUMS:
                continue
            if (owner, name) not in _GROWING:
                yield f"{owner}.{name}", value


def _is_lively(owner: str, name: str, value: object) -> bool:
    """Whether an attribute may change without anyone noticing."""
    if owner == "threading" and name.startswith("_"):
        return True  # it renews what it keeps for itself after every fork
    if value is sys.modules.get(f"{owner}.{name}", owner):
        return True  # a part of a package that was imported just now
    if str(getattr(value, "__module__", "")).startswith(f"{owner}."):
        return True  # loaded from such a part when it was first asked for
    return (owner, name) in _LIVELY or name in _NOTES


def _zone() -> list[object]:
    return [getattr(time, name, None) for name in _OF_ZONE]


def _handlers() -> dict[int, object]:
    return {
        number: _signal.getsignal(number)
        for number in (
            _signal.SIGINT,
            _signal.SIGTERM,
            _signal.SIGALRM,
            _signal.SIGHUP,
            _signal.SIGUSR1,
            _signal.SIGUSR2,
        )
    }


def _keep_random() -> Callable[[], None]:
    import random

    # A seed that one test sets must not make the next predictable.
    return random.seed


def _keep_numpy() -> Callable[[], None]:
    import numpy

    # With a number of our own, since it takes long to find one itself.
    seed, errors = numpy.random.seed, numpy.geterr()
    printing = numpy.get_printoptions()

    def restore() -> None:
        seed(int.from_bytes(os.urandom(4), "big"))
        if numpy.geterr() != errors:
            numpy.seterr(**errors)
        if numpy.get_printoptions() != printing:
            numpy.set_printoptions(**printing)

    return restore


def _keep_decimal() -> Callable[[], None]:
    import decimal

    context = decimal.getcontext().copy()
    return lambda: decimal.setcontext(context.copy())


def _keep_locale() -> Callable[[], None]:
    import locale

    kept = locale.setlocale(locale.LC_ALL)

    def restore() -> None:
        if locale.setlocale(locale.LC_ALL) != kept:
            locale.setlocale(locale.LC_ALL, kept)

    return restore


def _keep_logging() -> Callable[[], None]:
    import logging

    root = logging.root
    known, handlers = set(root.manager.loggerDict), root.handlers[:]
    level, disable = root.level, root.manager.disable

    def restore() -> None:
        for name in set(root.manager.loggerDict) - known:
            del root.manager.loggerDict[name]
        root.handlers[:] = handlers
        if root.level != level:
            root.setLevel(level)
        root.manager.disable = disable

    return restore


def _keep_tempfile() -> Callable[[], None]:
    import tempfile

    # It would remember the first test's folder.
    def restore() -> None:
        tempfile.tempdir = None

    return restore


_KEEPERS: Mapping[str, Callable[[], Callable[[], None]]] = {
    "random": _keep_random,
    "numpy.random": _keep_numpy,
    "decimal": _keep_decimal,
    "locale": _keep_locale,
    "logging": _keep_logging,
    "tempfile": _keep_tempfile,
}
