"""The fixtures of pytest that a test may ask for without pytest's machinery.

They behave as documented; a test that asks for others runs under pytest.
"""

from __future__ import annotations

import io
import os
import sys
from collections import namedtuple
from pathlib import Path

__all__ = ["DIRECT", "Fixtures"]

DIRECT = frozenset({"tmp_path", "monkeypatch", "capsys"})

_Captured = namedtuple("CaptureResult", ["out", "err"])


class _Capsys:
    """What a test printed since it last asked."""

    def __init__(self) -> None:
        self._kept = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = io.StringIO(), io.StringIO()

    def readouterr(self) -> _Captured:
        texts = []
        for stream in (sys.stdout, sys.stderr):
            texts.append(stream.getvalue())
            stream.seek(0)
            stream.truncate()
        return _Captured(*texts)

    def undo(self) -> None:
        sys.stdout, sys.stderr = self._kept


class Fixtures:
    """Makes fixtures for one test and undoes them afterwards."""

    def __init__(self, root: str) -> None:
        self._temporary = os.path.dirname(root.rstrip("/")) + "/tmp"
        self._undo: list[object] = []

    def __enter__(self) -> Fixtures:
        return self

    def __exit__(self, *_: object) -> None:
        while self._undo:
            self._undo.pop().undo()

    def get(self, name: str) -> object:
        """The fixture of this name.

        :raises LookupError: as pytest would, when there is none.
        """
        if name == "tmp_path":
            path = Path(self._temporary, "test")
            path.mkdir()
            return path
        if name == "monkeypatch":
            from pytest import MonkeyPatch

            patch = MonkeyPatch()
            self._undo.append(patch)
            return patch
        if name == "capsys":
            capsys = _Capsys()
            self._undo.append(capsys)
            return capsys
        raise LookupError(f"fixture '{name}' not found")
