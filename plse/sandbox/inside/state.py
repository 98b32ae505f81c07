"""What a test may leave behind in the interpreter, and putting it right.

A batch runs many programs in one child, so whatever one changes must be
undone before the next, or at least noticed: then the batch is not believed
and its programs run one by one.
"""

from __future__ import annotations

import contextlib
import gc
import os
import random
import sys
import threading
import warnings
from collections.abc import Mapping

from .scratch import empty_folder

__all__ = ["Baseline"]


class Baseline:
    """The state of the interpreter before any generated code has run.

    :param box: the scratch space, whose rooms must be empty between tests.
    """

    def __init__(self, box: str) -> None:
        self._work, self._temporary = f"{box}/work", f"{box}/tmp"
        self._environment = dict(os.environ)
        self._path = list(sys.path)
        self._streams = sys.stdin, sys.stdout, sys.stderr
        self._recursion = sys.getrecursionlimit()
        self._filters = list(warnings.filters)
        self._modules = set(sys.modules)

    def restore(self, files: Mapping[str, str]) -> None:
        """Undo what can be undone, and lay out the files of a program."""
        if sys.gettrace():
            sys.settrace(None)
        if sys.getprofile():
            sys.setprofile(None)
        sys.stdin, sys.stdout, sys.stderr = self._streams
        if sys.path != self._path:
            sys.path[:] = self._path
        if os.environ != self._environment:
            os.environ.clear()
            os.environ.update(self._environment)
        sys.setrecursionlimit(self._recursion)
        if warnings.filters != self._filters:
            warnings.filters[:] = self._filters
        gc.enable()
        random.seed()
        self._forget_modules()
        self._lay_out(files)

    def _forget_modules(self) -> None:
        """Drop the modules that came from the scratch folder."""
        if len(sys.modules) == len(self._modules):
            return
        for name in set(sys.modules) - self._modules:
            module = sys.modules[name]
            place = getattr(module, "__file__", None) or ""
            folders = getattr(module, "__path__", None)
            if place.startswith(self._work) or (
                folders is not None
                and any(str(at).startswith(self._work) for at in folders)
            ):
                del sys.modules[name]

    def _lay_out(self, files: Mapping[str, str]) -> None:
        for room in (self._work, self._temporary):
            if os.listdir(room):
                empty_folder(room)
        os.chdir(self._work)
        if not files:
            return
        for known in list(sys.path_importer_cache):
            if known.startswith(self._work):
                del sys.path_importer_cache[known]
        for path, text in files.items():
            folder = os.path.dirname(path)
            if folder:
                os.makedirs(folder, exist_ok=True)
            with contextlib.closing(open(path, "w", encoding="utf-8")) as file:
                file.write(text)

    def leftover(self) -> str:
        """Why the next program must not run in this child, or ''."""
        if threading.active_count() > 1:
            return "a thread was left running"
        return ""
