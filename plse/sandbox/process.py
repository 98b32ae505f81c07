"""A zygote as the worker sees it: started, asked, replaced, ended."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from plse.errors import SandboxError

from .inside.scratch import remove_folder
from .inside.wire import Channel
from .outcomes import Conditions

__all__ = ["Kind", "LayerMissing", "Zygote", "ZygoteDied"]

# Loads the folder `inside` and nothing else of this package.
_BOOT = """\
import os, sys, types
sys.path[:1] = []
# Hooks would run in every child, and reseed and relock what no other thread
# of a zygote can hold.
os.register_at_fork = lambda **hooks: None
for name, place in (("plse", 2), ("plse.sandbox", 3)):
    module = sys.modules[name] = types.ModuleType(name)
    module.__path__ = [sys.argv[place]]
from plse.sandbox.inside.supervisor import main
main(int(sys.argv[1]))
"""
_START_SECONDS, _END_SECONDS, _PROMPT_SECONDS = 60.0, 5.0, 0.5
_NOBODY = 65534
_LIBRARIES = (
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/lib",
    "/lib64",
    "/usr/share/zoneinfo",
    "/etc/ld.so.cache",
)
_DEVICES = ("/dev/null", "/dev/urandom", "/dev/random", "/dev/zero")
_COMMANDS = ("/bin", "/usr/bin", "/usr/local/bin", "/etc/alternatives")


class LayerMissing(Exception):
    """A layer could not be put up on this platform."""

    def __init__(self, layer: str, cause: str) -> None:
        super().__init__(layer, cause)
        self.layer, self.cause = layer, cause


class ZygoteDied(Exception):
    """The zygote ended or stopped answering while it was asked."""


@dataclass(frozen=True)
class Kind:
    """What has to be the same for two requests to share a zygote.

    :param preload: modules beyond the standard library to load at the start.
    """

    preload: tuple[str, ...] = ()
    hash_seed: int = 0
    time_zone: str = "UTC"
    locale: str = "C.UTF-8"

    @classmethod
    def of(cls, preload: tuple[str, ...], conditions: Conditions) -> Kind:
        return cls(
            preload,
            conditions.hash_seed,
            conditions.time_zone,
            conditions.locale,
        )


class Zygote:
    """A running zygote.

    :param user: whom its children are outside the jail, when this is root.
    :raises LayerMissing: when one of the layers cannot be put up.
    :raises SandboxError: when it does not start at all.
    """

    def __init__(
        self, kind: Kind, layers: frozenset[str], user: int = _NOBODY
    ) -> None:
        here, there = socket.socketpair()
        package = Path(__file__).parent
        with there:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-s",
                    "-B",
                    "-c",
                    _BOOT,
                    str(there.fileno()),
                    str(package.parent),
                    str(package),
                ],
                pass_fds=[there.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=_environment(kind),
                cwd="/",
                start_new_session=True,
            )
        self._channel = Channel(here)
        self._folder = ""
        try:
            self._greet(kind, layers, user)
        except BaseException:
            self.close()
            raise

    def _greet(self, kind: Kind, layers: frozenset[str], user: int) -> None:
        interpreter = _interpreter_paths()
        readable = [*_LIBRARIES, *_DEVICES, *interpreter]
        try:
            self._channel.settimeout(_START_SECONDS)
            self._channel.send(
                {
                    "layers": sorted(layers),
                    "preload": list(kind.preload),
                    "binds": _outermost([*readable, *_COMMANDS]),
                    "readable": readable,
                    "runnable": [*_LIBRARIES, *_COMMANDS, *interpreter],
                    "user": user,
                    "folder": os.path.realpath(tempfile.gettempdir()),
                }
            )
            answer = self._channel.receive()
        except (OSError, EOFError, ValueError) as error:
            raise SandboxError(f"a sandbox did not start: {error}") from error
        if "missing" in answer:
            raise LayerMissing(str(answer["missing"]), str(answer["cause"]))
        self._folder = str(answer.get("folder", ""))

    @property
    def pid(self) -> int:
        """The supervisor's process number."""
        return self._process.pid

    def ask(
        self, request: Mapping[str, object], seconds: float
    ) -> dict[str, object]:
        """Have one request answered.

        :param seconds: how long to wait before the zygote is given up.
        :raises ZygoteDied: after it has been ended for good.
        """
        try:
            self._channel.settimeout(seconds)
            self._channel.send(dict(request))
            return self._channel.receive()
        except (OSError, EOFError, ValueError) as error:
            self.close(_PROMPT_SECONDS)
            raise ZygoteDied(str(error)) from error
        except BaseException:
            # Interrupted half-way: what comes next would answer this one.
            self.close(_PROMPT_SECONDS)
            raise

    def close(self, seconds: float = _END_SECONDS) -> None:
        """End the zygote and all of its children; may be called twice.

        :param seconds: how long it may take to tidy up before it is killed.
        """
        self._channel.close()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)
            self._process.wait()
        if self._folder and os.path.isdir(self._folder):
            # It was killed before it could.
            remove_folder(self._folder)


def _environment(kind: Kind) -> dict[str, str]:
    """A clean environment: nothing of the worker's is passed on."""
    posix = kind.locale in ("C", "POSIX")
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": kind.locale,
        "LC_ALL": kind.locale,
        "TZ": kind.time_zone,
        "PYTHONHASHSEED": str(kind.hash_seed),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0" if posix else "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        # Each arena would take its share of the address space.
        "MALLOC_ARENA_MAX": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
    }


def _interpreter_paths() -> list[str]:
    """The folders that this interpreter is made of."""
    folders = {
        sys.prefix,
        sys.exec_prefix,
        sys.base_prefix,
        sys.base_exec_prefix,
        *map(sysconfig.get_path, ("stdlib", "purelib", "platlib")),
        str(Path(sys.executable).resolve().parent),
    }
    every = {folder for folder in folders if folder}
    every |= {os.path.realpath(folder) for folder in every}
    return _outermost(sorted(every - {"/"}))


def _outermost(paths: Sequence[str]) -> list[str]:
    """The paths that are not inside another of them, in order."""
    every = [path.rstrip("/") for path in dict.fromkeys(paths)]
    return [
        path
        for path in every
        if not any(
            path.startswith(f"{other}/") for other in every if other != path
        )
    ]
