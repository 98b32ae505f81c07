"""The fixtures that a test may ask for without pytest's machinery.

They are four of pytest's, which behave as documented, and plain functions of
the tests' own; a test that asks for others, or for more of these than is made
here, runs under pytest.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections import namedtuple
from collections.abc import Callable, Generator, Iterator, Mapping
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


class _Caplog:
    """What the program has logged.

    Loads ``logging`` only when a test asks for this.
    """

    def __init__(self) -> None:
        import logging

        self._root = logging.getLogger()
        self._levels: list[tuple[object, int]] = []
        self._disabled = self._root.manager.disable
        self._handler = _keeping_handler()
        # What pytest has by default.
        layout = "%(levelname)-8s %(name)s:%(filename)s:%(lineno)d %(message)s"
        self._handler.setFormatter(logging.Formatter(layout, "%H:%M:%S"))
        self._root.addHandler(self._handler)

    @property
    def records(self) -> list[object]:
        return self._handler.records

    @property
    def messages(self) -> list[str]:
        return [record.getMessage() for record in self.records]

    @property
    def record_tuples(self) -> list[tuple[str, int, str]]:
        return [
            (record.name, record.levelno, record.getMessage())
            for record in self.records
        ]

    @property
    def text(self) -> str:
        return self._handler.stream.getvalue()

    def clear(self) -> None:
        self.records.clear()
        self._handler.stream = io.StringIO()

    def set_level(
        self, level: int | str, logger: str | None = None
    ) -> None:
        """Until the end of the test, keep what is of a level or above."""
        import logging

        changed = logging.getLogger(logger)
        for each in (changed, self._handler):
            self._levels.append((each, each.level))
            each.setLevel(level)
        if not changed.isEnabledFor(self._handler.level):
            logging.disable(max(self._handler.level - 10, logging.NOTSET))

    @contextlib.contextmanager
    def at_level(
        self, level: int | str, logger: str | None = None
    ) -> Iterator[None]:
        """The same, until the end of a block."""
        before, disabled = self._levels, self._root.manager.disable
        self._levels = []
        self.set_level(level, logger)
        try:
            yield
        finally:
            self._put_back()
            self._levels, self._root.manager.disable = before, disabled

    def undo(self) -> None:
        self._put_back()
        self._root.manager.disable = self._disabled
        self._root.removeHandler(self._handler)

    def _put_back(self) -> None:
        while self._levels:
            changed, level = self._levels.pop()
            changed.setLevel(level)


def _keeping_handler() -> object:
    import logging

    class Keeping(logging.StreamHandler):
        def __init__(self) -> None:
            super().__init__(io.StringIO())
            self.records: list[logging.LogRecord] = []

        def emit(self, record: logging.LogRecord) -> None:
            self.records.append(record)
            super().emit(record)

        def handleError(self, record: logging.LogRecord) -> None:
            raise  # a bad call of the logger fails the test

    return Keeping()


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
    :param number: of the case, for which a test may have several.
    """

    def __init__(
        self,
        root: str,
        own: Mapping[str, Callable[..., object]],
        number: int,
    ) -> None:
        folder = os.path.dirname(root.rstrip("/"))
        self._temporary = f"{folder}/tmp/test{number}"
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

    def are_made(self) -> None:
        """The test begins: only what it logs itself is kept for it."""
        if "caplog" in self._made:
            self._made["caplog"].clear()

    def _make(self, name: str) -> object:
        if name in self._own:
            return self._call(self._own[name])
        if name == "tmp_path":
            path = Path(self._temporary)
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
        if name == "caplog":
            caplog = _Caplog()
            self._undo.append(caplog)
            return caplog
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
