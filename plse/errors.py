"""What can go wrong, as values that name the place, the cause and the remedy.

::

    PlseError
    ├── PatternError        one thing wrong at one place of a library
    ├── LibraryError        everything wrong in a file or library, at once
    ├── RenderError         a template failed, or took more than it may
    ├── SpaceError          a space that is empty, or too large to constrain
    ├── SandboxError        the sandbox could not start or do its work
    └── MissingExtra        an optional package is needed and not installed
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

__all__ = [
    "LibraryError",
    "MissingExtra",
    "PatternError",
    "PlseError",
    "RenderError",
    "SandboxError",
    "SpaceError",
]


class PlseError(Exception):
    """Base of every error that this package raises on purpose."""


class PatternError(PlseError):
    """One thing that is wrong in a pattern file, and what to write instead.

    Rendered as ``path:line: cause (remedy)``; the facts stay attributes.

    :param path: the file, as the user named it.
    :param line: 1-based line in that file; 0 when no line can be named.
    :param cause: what is wrong, in one sentence without a full stop.
    :param remedy: what to do about it, or "" when the cause says it all.
    """

    def __init__(
        self, path: Path | str, line: int, cause: str, remedy: str = ""
    ) -> None:
        super().__init__(path, line, cause, remedy)
        self.path = Path(path)
        self.line = line
        self.cause = cause
        self.remedy = remedy

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else f"{self.path}"
        return f"{place}: {self.cause}" + (
            f"; {self.remedy}" if self.remedy else ""
        )


class LibraryError(PlseError):
    """All the errors of a file (or of a library), in order of place."""

    def __init__(self, errors: Iterable[PatternError]) -> None:
        self.errors = tuple(
            sorted(errors, key=lambda error: (str(error.path), error.line))
        )
        super().__init__(*self.errors)

    def __str__(self) -> str:
        return "\n".join(str(error) for error in self.errors)


class RenderError(PlseError):
    """A template could not be rendered for one cell.

    :param key: the template's place in the pattern, such as
        ``solution.code``.
    :param line: 1-based line in the pattern file; 0 when unknown.
    """

    def __init__(
        self, path: Path | str, key: str, line: int, cause: str
    ) -> None:
        super().__init__(path, key, line, cause)
        self.path = Path(path)
        self.key = key
        self.line = line
        self.cause = cause

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.key}: {self.cause}"


class SpaceError(PlseError):
    """A space without a cell, or whose constraints cannot be tabulated."""


class SandboxError(PlseError):
    """The sandbox itself failed; says nothing about the sample."""


class MissingExtra(PlseError):
    """An optional package is needed for this and is not installed."""

    def __init__(self, package: str, purpose: str, extra: str) -> None:
        super().__init__(package, purpose, extra)
        self.package, self.purpose, self.extra = package, purpose, extra

    def __str__(self) -> str:
        return (
            f"{self.purpose} needs {self.package}, which is not installed; "
            f"pip install 'plse[{self.extra}]'"
        )
