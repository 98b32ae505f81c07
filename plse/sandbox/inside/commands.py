"""Running a command in a child: Python in this process, others by exec.

``env`` that only sets variables is done here as well, so that Python behind
it need not start anew.
"""

from __future__ import annotations

import atexit
import os
import stat
import sys
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType

__all__ = ["run_command", "written"]

_PYTHON = ("python", "python3", f"python3.{sys.version_info[1]}")
_NOT_FOUND, _NOT_EXECUTABLE = 127, 126
_DEPTH = 40


def run_command(
    argv: Sequence[str], environment: Mapping[str, str]
) -> int:
    """Become the command; returns its exit status if it was Python.

    Python starts in some milliseconds this way, since the zygote has the
    interpreter up already.
    """
    folder = os.path.dirname(sys.executable)
    os.environ["PATH"] = f"{folder}:{os.environ['PATH']}"
    os.environ.update(environment)
    argv = _with_variables(argv)
    if argv[0] in _PYTHON and len(argv) > 1:
        if argv[1] in ("-c", "-m") and len(argv) > 2:
            return _python(argv[1], argv[2], argv[3:])
        if not argv[1].startswith("-"):
            return _python("", argv[1], argv[2:])
    program = sys.executable if argv[0] in _PYTHON else argv[0]
    try:
        os.execvp(program, list(argv))
    except PermissionError as error:
        return _complain(program, error, _NOT_EXECUTABLE)
    except OSError as error:
        return _complain(program, error, _NOT_FOUND)


def _with_variables(argv: Sequence[str]) -> Sequence[str]:
    """The command behind ``env NAME=VALUE ...``, whose variables are set."""
    if argv[0] != "env":
        return argv
    at = 1
    while at < len(argv) and argv[at].find("=") > 0:
        at += 1
    if at == len(argv) or argv[at].startswith("-") or "=" in argv[at]:
        # It prints what there is, takes options, or complains.
        return argv
    os.environ.update(word.split("=", 1) for word in argv[1:at])
    return argv[at:]


def _complain(program: str, error: OSError, status: int) -> int:
    print(f"{program}: {error.strerror}", file=sys.stderr, flush=True)
    return status


def _python(form: str, what: str, arguments: Sequence[str]) -> int:
    """What ``python`` would do; returns the exit status."""
    sys.path[0] = "" if form else os.path.dirname(os.path.abspath(what))
    sys.argv = [form or what, *arguments]
    status = _status_of(form, what)
    for finish in (_join_threads, atexit._run_exitfuncs, _flush):
        try:
            finish()
        except BaseException:  # noqa: B036 - the interpreter goes on, too
            status = status or 120
    return status


def _status_of(form: str, what: str) -> int:
    import runpy

    try:
        if form == "-c":
            names = {"__name__": "__main__", "__builtins__": __builtins__}
            exec(compile(what, "<string>", "exec", dont_inherit=True), names)
        elif form == "-m":
            runpy.run_module(what, run_name="__main__", alter_sys=True)
        else:
            runpy.run_path(what, run_name="__main__")
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


def _own_frames(
    place: TracebackType | None, runner: str
) -> TracebackType | None:
    """The frames of the program, without those that started it."""
    ours = (__file__, "<frozen runpy>", runner)
    while place and place.tb_frame.f_code.co_filename in ours:
        place = place.tb_next
    return place


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

    Runs in the zygote once the child is dead; follows no links.
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
