"""The supervisor: what a worker starts, and what builds the jail.

::

    worker ── socket pair ── supervisor ── zygote ── child, one a request

It forks the zygote into the jail (as process 1 of its own process numbers),
and then only waits: for the zygote to end, or for the worker to die, which
ends the zygote.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Mapping

from . import kernel
from .modes import forgive_in
from .namespaces import Jail
from .scratch import remove_folder
from .syscalls import Machine, this_machine
from .watch import HungUp, kill_children
from .wire import Channel
from .zygote import CannotStart, Zygote

__all__ = ["main"]

_PARENT_DEATH_SIGNAL, _SET_DUMPABLE, _SUBREAPER = 1, 4, 36
_JAIL_BOX = "/scratch/box"


def main(descriptor: int) -> None:
    """Run as the process that a worker has just started.

    :param descriptor: this end of the socket pair.
    """
    os.set_inheritable(descriptor, False)
    channel = Channel(socket.socket(fileno=descriptor))
    config = channel.receive()
    try:
        _start(channel, config)
    except CannotStart as error:
        _apologize(channel, error)
    os._exit(0)


def _apologize(channel: Channel, error: CannotStart) -> None:
    channel.send({"missing": error.layer, "cause": error.cause})


def _start(channel: Channel, config: Mapping[str, object]) -> None:
    layers = frozenset(config["layers"])
    machine = this_machine()
    worker = _process_descriptor(os.getppid(), layers)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    folder = None
    if "namespaces" in layers:
        if machine is None:
            raise CannotStart("namespaces", "unknown processor")
        try:
            Jail(machine, config["binds"], _JAIL_BOX, config["user"]).enter()
        except OSError as error:
            raise CannotStart("namespaces", error) from error
        box = _JAIL_BOX
    else:
        parent = str(config["folder"])
        if os.geteuid() == 0 and not _could_work_as(config["user"], parent):
            raise CannotStart("user", "it may not read the interpreter")
        folder = _make_folder(parent)
        box = f"{folder}/box"
        os.mkdir(box)
        if os.geteuid() == 0:
            _change_user(config["user"], folder)
        if machine:
            kernel.prctl(_SUBREAPER, 1)
    try:
        if "seccomp" in layers and "namespaces" not in layers:
            forgive_in(os.path.realpath(box) + "/")
        _check_readable()
        _preload(config["preload"])
        zygote = os.fork()
        if zygote == 0:
            try:
                _serve(channel, config, layers, machine, box)
            except CannotStart as error:
                _apologize(channel, error)
            except (EOFError, HungUp, OSError):
                pass
            finally:
                os._exit(0)
        channel.close()
        _supervise(zygote, worker, layers)
    finally:
        if folder is not None:
            kill_children()
            remove_folder(folder)


def _preload(names: list[str]) -> None:
    for name in names:
        with contextlib.suppress(ImportError):
            __import__(name)


def _make_folder(parent: str) -> str:
    """Make a folder that is nobody else's yet."""
    path = f"{parent}/plse-sandbox-{os.getpid()}-{os.urandom(6).hex()}"
    os.mkdir(path, 0o755)
    return path


def _could_work_as(user: int, parent: str) -> bool:
    """Whether a user may read the interpreter and use a folder."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            _become(user)
            _check_readable()
            os.rmdir(_make_folder(parent))
            status = 0
        except (OSError, CannotStart):
            pass
        finally:
            os._exit(status)
    return os.waitpid(child, 0)[1] == 0


def _change_user(user: int, folder: str) -> None:
    for path in (folder, f"{folder}/box"):
        os.chown(path, user, user)
    _become(user)


def _become(user: int) -> None:
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def _check_readable() -> None:
    """Make sure that the interpreter can be read as the user we now are."""
    try:
        for folder in {os.path.dirname(os.__file__), *sys.path}:
            if os.path.isdir(folder) or folder == os.path.dirname(os.__file__):
                os.listdir(folder)
    except OSError as error:
        raise CannotStart("user", error) from error


def _process_descriptor(process: int, layers: frozenset[str]) -> int | None:
    if "pidfd" not in layers:
        return None
    try:
        return os.pidfd_open(process)
    except OSError as error:
        raise CannotStart("pidfd", error) from error


def _supervise(
    zygote: int, worker: int | None, layers: frozenset[str]
) -> None:
    """Wait until the zygote ends, or the worker does."""
    if worker is not None:
        poll = select.poll()
        poll.register(worker, select.POLLIN)
        own = os.pidfd_open(zygote)
        poll.register(own, select.POLLIN)
        if own not in dict(poll.poll()):
            # It sees the hang-up itself, and is given time to tidy up.
            poll.unregister(worker)
            poll.poll(2000)
    else:
        parent = os.getppid()
        while not os.waitpid(zygote, os.WNOHANG)[0]:
            if os.getppid() != parent:
                break
            time.sleep(0.2)
        else:
            return
    with contextlib.suppress(ProcessLookupError):
        os.kill(zygote, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(zygote, 0)


def _serve(
    channel: Channel,
    config: Mapping[str, object],
    layers: frozenset[str],
    machine: Machine | None,
    box: str,
) -> None:
    if machine:
        kernel.prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)
        kernel.prctl(_SET_DUMPABLE, 0)
        if "namespaces" not in layers:
            kernel.prctl(_SUBREAPER, 1)
    for name in ("TMPDIR", "HOME"):
        os.environ[name] = f"{box}/tmp"
    sys.path.insert(0, f"{box}/work")
    sys.argv = [f"{box}/work"]
    # Loaded already; nothing that a program imports should find them.
    for name in [name for name in sys.modules if name.startswith("plse")]:
        del sys.modules[name]
    server = Zygote(channel, config, layers, machine, box)
    folder = "" if "namespaces" in layers else os.path.dirname(box)
    channel.send({"ready": True, "folder": folder})
    while True:
        channel.send(server.answer(channel.receive()))
