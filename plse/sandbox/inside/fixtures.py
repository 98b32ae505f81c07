"""The fixtures that a test may ask for without pytest's machinery.

They are three of pytest's, which behave as documented, and plain functions of
the tests' own; a test that asks for others runs under pytest.
"""

from __future__ import annotations

import io
import os
import sys
from collections import namedtuple
from collections.abc import Callable, Generator, Mapping
from inspect import CO_GENERATOR
from pathlib import Path
from types import GeneratorType

__all__ = ["FixtureFailed", "Fixtures"]

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


class FixtureFailed(Exception):
    """A fixture of the tests' own raised, as the cause says."""


class _Rest:
    """What follows the ``yield`` of a fixture."""

    def __init__(self, steps: Generator[object, None, None]) -> None:
        self._steps = steps

    def undo(self) -> None:
        for _ in self._steps:
            raise RuntimeError("fixture function has more than one 'yield'")


class Fixtures:
    """Makes fixtures for one test and undoes them afterwards.

    :param own: the functions behind the fixtures of the tests' own.
    """

    def __init__(
        self, root: str, own: Mapping[str, Callable[..., object]]
    ) -> None:
        self._temporary = os.path.dirname(root.rstrip("/")) + "/tmp"
        self._own = own
        self._made: dict[str, object] = {}
        self._undo: list[object] = []

    def __enter__(self) -> Fixtures:
        return self

    def __exit__(self, *_: object) -> None:
        """Undo all, the last one made first; the first error is raised."""
        failure = None
        while self._undo:
            try:
                self._undo.pop().undo()
            except BaseException as error:  # noqa: B036 - the others go on
                failure = failure or error
        if failure is not None:
            raise FixtureFailed from failure

    def get(self, name: str) -> object:
        """The fixture of this name; the same one for the whole test.

        :raises LookupError: as pytest would, when there is none.
        :raises FixtureFailed: when it raises.
        """
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def _make(self, name: str) -> object:
        if name in self._own:
            return self._call(self._own[name])
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

    def _call(self, function: Callable[..., object]) -> object:
        code = function.__code__
        wanted = code.co_varnames[: code.co_argcount]
        arguments = {name: self.get(name) for name in wanted}
        try:
            value = function(**arguments)
            if not isinstance(value, GeneratorType) or not (
                code.co_flags & CO_GENERATOR
            ):
                return value
            made = next(value)
        except BaseException as error:  # noqa: B036 - so may SystemExit
            raise FixtureFailed from error
        self._undo.append(_Rest(value))
        return made
