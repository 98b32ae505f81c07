"""Running commands in a child: Python in this process, others by exec.

``env`` that only sets variables and a shell that only redirects the output
are done here as well, so that Python behind them need not start anew. Several
commands that are Python may take turns in one child.
"""

from __future__ import annotations

import _thread
import atexit
import contextlib
import os
import re
import stat
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType, TracebackType

from .modules import code_of

__all__ = [
    "PythonCommand",
    "read_python",
    "run_command",
    "run_in_turn",
    "written",
]

_PYTHON = ("python", "python3", f"python3.{sys.version_info[1]}")
_NOT_FOUND, _NOT_EXECUTABLE = 127, 126
_DEPTH = 40
# Words that a shell takes as they are, and a file for the output.
_REDIRECTION = re.compile(
    r" *((?:[\w./:@%+,=-]+ +)+)> *([\w.-][\w./-]*) *", re.ASCII
)


@dataclass(frozen=True)
class PythonCommand:
    """A command that this interpreter can run itself.

    :param form: ``-c``, ``-m`` or "" for a script.
    :param what: the code, the module or the path of the script.
    :param output: the path that standard output goes to; "" for no other.
    """

    variables: Mapping[str, str]
    form: str
    what: str
    arguments: Sequence[str]
    output: str


def read_python(argv: Sequence[str]) -> PythonCommand | None:
    """A command that is Python without options of its own; else None."""
    output = ""
    if list(argv[:2]) == ["sh", "-c"] and len(argv) == 3:
        found = _REDIRECTION.fullmatch(argv[2])
        if not found:
            return None
        argv, output = found[1].split(), found[2]
    variables = {}
    if argv[0] == "env":
        at = 1
        while at < len(argv) and argv[at].find("=") > 0:
            name, variables[name] = argv[at].split("=", 1)
            at += 1
        argv = argv[at:]
    if len(argv) < 2 or argv[0] not in _PYTHON:
        return None
    if argv[1] in ("-c", "-m") and len(argv) > 2:
        return PythonCommand(variables, argv[1], argv[2], argv[3:], output)
    if not argv[1].startswith("-"):
        return PythonCommand(variables, "", argv[1], argv[2:], output)
    return None


def run_command(
    argv: Sequence[str], environment: Mapping[str, str]
) -> int:
    """Become the command; returns its exit status if it was Python.

    Python starts in some milliseconds this way, since the zygote has the
    interpreter up already.
    """
    _set_variables(environment)
    python = read_python(argv)
    if python is not None:
        # A shell says better what is wrong with a file for the output.
        with contextlib.suppress(OSError), _redirected(python.output):
            status = _status_of(python)
            return _finished(status, (_join_threads, atexit._run_exitfuncs))
    program = sys.executable if argv[0] in _PYTHON else argv[0]
    try:
        os.execvp(program, list(argv))
    except PermissionError as error:
        return _complain(program, error, _NOT_EXECUTABLE)
    except OSError as error:
        return _complain(program, error, _NOT_FOUND)


def run_in_turn(
    argv: Sequence[str], environment: Mapping[str, str]
) -> tuple[int, bool]:
    """Run a command of Python, and let others run in this child before and
    after it; what they may change is put right by the caller.

    :returns: its exit status, and whether it must be the last one here,
        since what an interpreter does at its end had to be done.
    :raises ValueError: for a command that is not Python.
    """
    python = read_python(argv)
    if python is None:
        raise ValueError("it does not run in this process")
    handlers = atexit._ncallbacks()
    threads = _thread._count()
    arguments, main = sys.argv, sys.modules["__main__"]
    _set_variables(environment)
    with _redirected(python.output):
        status = _status_of(python)
        finishers = []
        if _thread._count() > threads:
            finishers.append(_join_threads)
        if atexit._ncallbacks() != handlers:
            finishers.append(atexit._run_exitfuncs)
        status = _finished(status, finishers or (_close_logs,))
    sys.argv = arguments
    sys.modules["__main__"] = main
    return status, bool(finishers)


def _set_variables(environment: Mapping[str, str]) -> None:
    folder = os.path.dirname(sys.executable)
    os.environ["PATH"] = f"{folder}:{os.environ['PATH']}"
    os.environ.update(environment)


@contextlib.contextmanager
def _redirected(path: str) -> Iterator[None]:
    """Standard output goes to a file meanwhile; "" for as it is.

    :raises OSError: for a file that cannot be written.
    """
    if not path:
        yield
        return
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    kept = os.dup(1)
    os.dup2(file, 1)
    os.close(file)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def _complain(program: str, error: OSError, status: int) -> int:
    print(f"{program}: {error.strerror}", file=sys.stderr, flush=True)
    return status


def _finished(
    status: int, finishers: Sequence[Callable[[], object]]
) -> int:
    """The exit status after what an interpreter does at its end."""
    for finish in (*finishers, _flush):
        try:
            finish()
        except BaseException:  # noqa: B036 - the interpreter goes on, too
            status = status or 120
    return status


def _status_of(command: PythonCommand) -> int:
    """What ``python`` would do; returns the exit status."""
    import runpy

    form, what = command.form, command.what
    os.environ.update(command.variables)
    sys.path[0] = "" if form else os.path.dirname(os.path.abspath(what))
    sys.argv = [form or what, *command.arguments]
    try:
        if form == "-c":
            names = {"__name__": "__main__", "__builtins__": __builtins__}
            exec(compile(what, "<string>", "exec", dont_inherit=True), names)
        elif form == "-m":
            runpy.run_module(what, run_name="__main__", alter_sys=True)
        else:
            _run_script(what)
    except SystemExit as error:
        if error.code is None or isinstance(error.code, int):
            return (error.code or 0) & 0xFF
        print(error.code, file=sys.stderr)
        return 1
    except BaseException as error:  # noqa: B036 - the interpreter ends here
        import traceback

        place = _own_frames(error.__traceback__, runpy.__file__)
        traceback.print_exception(type(error), error, place)
        return 1
    return 0


def _run_script(path: str) -> None:
    import runpy

    place = os.path.abspath(path)
    code = code_of(place)
    if code is None:
        runpy.run_path(path, run_name="__main__")
        return
    main = sys.modules["__main__"] = ModuleType("__main__")
    main.__file__ = place
    main.__builtins__ = __builtins__
    exec(code, vars(main))


def _own_frames(
    place: TracebackType | None, runner: str
) -> TracebackType | None:
    """The frames of the program, without those that started it."""
    ours = (__file__, "<frozen runpy>", runner)
    while place and place.tb_frame.f_code.co_filename in ours:
        place = place.tb_next
    return place


def _close_logs() -> None:
    """What ``logging`` does when the interpreter ends."""
    logging = sys.modules.get("logging")
    if logging:
        logging.shutdown()


def _join_threads() -> None:
    threading = sys.modules.get("threading")
    if threading:
        threading._shutdown()


def _flush() -> None:
    sys.stdout.flush()
    sys.stderr.flush()


def written(
    root: str, given: Mapping[str, str], most: int
) -> tuple[str, ...]:
    """The files under a folder that are new or not as they were given.

    Follows no links.
    """
    found = []
    for path in _files(root):
        if len(found) == most:
            break
        name = path[len(root) :]
        text = given.get(name)
        if text is None or _differs(path, text.encode()):
            found.append(name)
    return tuple(sorted(found))


def _files(root: str) -> Iterator[str]:
    pending = [(root.rstrip("/"), 0)]
    while pending:
        folder, depth = pending.pop()
        try:
            entries = list(os.scandir(folder))
        except OSError:
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if depth < _DEPTH and entry.name != "__pycache__":
                    pending.append((entry.path, depth + 1))
            else:
                yield entry.path


def _differs(path: str, data: bytes) -> bool:
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return True
    try:
        about = os.fstat(file)
        return (
            not stat.S_ISREG(about.st_mode)
            or about.st_size != len(data)
            or os.pread(file, len(data) + 1, 0) != data
        )
    finally:
        os.close(file)
