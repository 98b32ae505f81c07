"""Being an ordinary user for a while, as root.

The interpreter and this checkout may lie where only root may look. In a mount
namespace of its own, every folder on the way to them that an ordinary user
may not enter is covered by an empty one, which holds nothing but the way.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from plse.sandbox.inside import kernel

__all__ = ["ROOT", "can_change", "run_python"]

ROOT = Path(__file__).parents[2]
NOBODY = 65534
_PRIVATE, _BIND, _RECURSIVE = 1 << 18, 4096, 16384


def can_change() -> bool:
    """Whether this process can become an ordinary user."""
    if os.geteuid() != 0:
        return False
    code = "from tests.sandbox.ordinary import become; become()"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True
    )
    return done.returncode == 0


def run_python(
    *arguments: str, ordinary: bool, seconds: float
) -> subprocess.CompletedProcess[str]:
    """Run ``python -m`` with these arguments, as this user or as nobody."""
    start = "from tests.sandbox.ordinary import become; become(); "
    code = (
        f"{start if ordinary else ''}import runpy, sys; "
        f"sys.argv = {list(arguments)!r}; "
        f"runpy.run_module({arguments[0]!r}, run_name='__main__')"
    )
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=seconds,
        env={**os.environ, "SECRET": "hunter2", "PYTHONPATH": str(ROOT)},
    )


def become() -> None:
    """Become nobody in this process, for good."""
    needed = {
        str(ROOT),
        sys.prefix,
        sys.base_prefix,
        os.path.realpath(sys.prefix),
        os.path.realpath(sys.base_prefix),
    }
    kernel.unshare(kernel.CLONE_NEWNS)
    _mount(None, "/", None, _PRIVATE | _RECURSIVE)
    kept = {path: os.open(path, os.O_PATH) for path in sorted(needed)}
    covered: list[str] = []
    for path in kept:
        closed = _closed_folder(path)
        if closed and closed not in covered:
            _mount("tmpfs", closed, "tmpfs", 0, "mode=755")
            covered.append(closed)
    for path, place in kept.items():
        if any(path.startswith(f"{folder}/") for folder in covered):
            os.makedirs(path, exist_ok=True)
            _mount(
                f"/proc/self/fd/{place}", path, None, _BIND | _RECURSIVE
            )
        os.close(place)
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    kernel.prctl(4, 1)  # dumpable, as a process of this user would be
    os.environ["HOME"] = "/"
    os.chdir(ROOT)


def _closed_folder(path: str) -> str | None:
    """The first folder on the way that others may not enter."""
    for folder in reversed(Path(path).parents):
        if not folder.stat().st_mode & 0o001:
            return str(folder)
    return None


def _mount(
    source: str | None,
    target: str,
    kind: str | None,
    flags: int,
    options: str | None = None,
) -> None:
    kernel.call(
        "mount",
        source.encode() if source else None,
        target.encode(),
        kind.encode() if kind else None,
        flags,
        options.encode() if options else None,
    )
