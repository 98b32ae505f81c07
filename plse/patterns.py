"""Pattern and its parts: what a pattern file means, once it has been checked.

Everything after the registry works on these values. They are immutable, know
nothing of YAML, and keep the line of the file that each text came from, so
that a failure found much later can still point at its cause.

A parameter spans an axis; an option is a value on it. Options are scalars or
bundles (values that belong together). A pattern's space is the product of its
parameters, less what its constraints forbid.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Union

__all__ = [
    "Alternative",
    "Ask",
    "Bundle",
    "Claim",
    "Derived",
    "File",
    "FileTemplate",
    "KINDS",
    "Kind",
    "Mistake",
    "Option",
    "Parameter",
    "Pattern",
    "Requirements",
    "Run",
    "TASKS",
    "Task",
    "Template",
    "plain",
]

Kind = Literal[
    "best_practice", "tradeoff", "anti_pattern", "orchestration", "meta"
]
KINDS: tuple[Kind, ...] = (
    "best_practice",
    "tradeoff",
    "anti_pattern",
    "orchestration",
    "meta",
)
Task = Literal["write", "fix", "explain"]
TASKS: tuple[Task, ...] = ("write", "fix", "explain")
_BUNDLED = Path(__file__).resolve().parents[1] / "patterns"
Scalar = Union[str, int, float, bool, None]


class Bundle:
    """An option made of named values that belong together.

    Templates reach a value as ``box.empty``. A bundle has no methods, so that
    a field may have any name (``items``, ``keys``, ``values``). Values are
    scalars, lists of values, or bundles.
    """

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[str, object]) -> None:
        object.__setattr__(self, "_fields", dict(fields))

    def __getattr__(self, name: str) -> object:
        try:
            return self._fields[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a bundle cannot be changed")

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Bundle):
            return self._fields == other._fields
        return NotImplemented

    def __hash__(self) -> int:
        return hash(repr(self._fields))

    def __repr__(self) -> str:
        return f"Bundle({self._fields!r})"

    def __reduce__(self) -> tuple[type, tuple[dict[str, object]]]:
        return Bundle, (self._fields,)

    @property
    def _label(self) -> object:
        """What stands for the bundle in a cell: its name or first value."""
        return self._fields.get("name", next(iter(self._fields.values())))


Option = Union[Scalar, Bundle]


def plain(option: object) -> object:
    """An option as JSON shows it in a cell: a bundle by its label."""
    return option._label if isinstance(option, Bundle) else option


@dataclass(frozen=True, slots=True)
class Template:
    """A Jinja2 text of a pattern file.

    :param key: its place in the file, such as ``solution.code`` or
        ``ask.write[1]``.
    :param line: 1-based line of the file on which the text's first line is.
    """

    text: str
    key: str
    line: int


@dataclass(frozen=True, slots=True)
class Parameter:
    """An axis: its options in the order of the file; never empty.

    A numeric range is kept as a ``range``, so that a wide one costs nothing.
    """

    name: str
    options: Sequence[Option]
    line: int


@dataclass(frozen=True, slots=True)
class Derived:
    """A value computed from the parameters (and earlier derived values)."""

    name: str
    value: Template
    line: int


@dataclass(frozen=True, slots=True)
class Ask:
    """One phrasing of one task."""

    task: Task
    text: Template


@dataclass(frozen=True, slots=True)
class Mistake:
    """The flawed side of an anti-pattern, and how it shows.

    :param flags: lint codes that it shows: these and no others.
    :param fails: templates of the names of the tests that it fails: these
        and no others.
    """

    code: Template
    flags: tuple[str, ...]
    fails: tuple[Template, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way among several of a tradeoff.

    :param when: situations in which this is the one to choose; the
        instruction of a sample states one of them as ``{{ situation }}``.
    """

    name: str
    when: tuple[Template, ...]
    code: Template
    line: int


@dataclass(frozen=True, slots=True)
class Claim:
    """What a tradeoff says of two alternatives, as a measurement.

    ``program`` runs once with each alternative's code already executed, and
    ``counter`` names what is counted while it runs. The claim holds when
    ``more`` counts at least ``by`` times what ``less`` counts.
    """

    says: Template
    counter: str
    program: Template
    less: str
    more: str
    by: float
    line: int


@dataclass(frozen=True, slots=True)
class FileTemplate:
    """A file that an orchestration pattern emits."""

    path: Template
    content: Template


@dataclass(frozen=True, slots=True)
class Run:
    """A command that must work in a folder that holds the sample's files.

    :param command: a command line, split as a shell would split it.
    :param exits: the exit status expected.
    :param prints: texts that the output must contain.
    :param writes: paths that must exist afterwards.
    """

    command: Template
    exits: int
    prints: tuple[Template, ...]
    writes: tuple[Template, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Requirements:
    """What a lesson needs of the machine that proves it.

    :param python: the lowest version of Python, as a tuple.
    :param modules: importable modules beyond the standard library.
    :param cpu_seconds: processor time for the tests of one sample.
    :param memory_mb: memory for the tests of one sample, in MiB.
    """

    python: tuple[int, int] = (3, 10)
    modules: tuple[str, ...] = ()
    cpu_seconds: float = 2.0
    memory_mb: int = 512

    def unmet(self) -> str:
        """Why the lesson cannot be proven here; "" if it can."""
        if sys.version_info[:2] < self.python:
            return f"needs Python {'.'.join(map(str, self.python))}"
        missing = [name for name in self.modules if not _is_installed(name)]
        if missing:
            return f"needs {', '.join(missing)}, which is not installed"
        return ""


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


@dataclass(frozen=True, slots=True)
class File:
    """A rendered file: a POSIX path relative to the sample's folder."""

    path: str
    content: str


@dataclass(frozen=True, eq=False)
class Pattern:
    """One lesson.

    Which fields are filled follows from the kind: ``solution`` for a best
    practice; ``mistake`` and ``solution`` for an anti-pattern;
    ``alternatives`` and ``claims`` for a tradeoff; ``files`` and ``runs`` for
    an orchestration; ``files``, one of them a pattern, for a meta-pattern.

    :param digest: hex SHA-256 of everything that a sample of this pattern
        can depend on: the file and the shared texts of its library.
    :param fragments: the library's shared templates by file name, which its
        templates may import.
    :param lines: 1-based lines of the file by key, such as ``tests`` or
        ``needs[0]``.
    """

    id: str
    path: Path
    kind: Kind
    topic: str
    name: str
    title: str
    concept: str
    difficulty: Literal["beginner", "intermediate", "advanced", "expert"]
    needs: tuple[str, ...]
    tags: tuple[str, ...]
    sources: tuple[str, ...]
    requires: Requirements
    why: Template
    parameters: tuple[Parameter, ...]
    derived: tuple[Derived, ...]
    constraints: tuple[Template, ...]
    asks: tuple[Ask, ...]
    mistake: Mistake | None
    solution: Template | None
    alternatives: tuple[Alternative, ...]
    claims: tuple[Claim, ...]
    tests: Template | None
    files: tuple[FileTemplate, ...]
    runs: tuple[Run, ...]
    fragments: Mapping[str, str]
    digest: str
    lines: Mapping[str, int] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash((self.id, self.digest))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Pattern):
            return (self.id, self.digest) == (other.id, other.digest)
        return NotImplemented

    @property
    def is_bundled(self) -> bool:
        """Whether it is one of the lessons that come with this package."""
        return self.path.resolve().is_relative_to(_BUNDLED)

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks that its phrasings ask for, in the order of TASKS."""
        offered = {ask.task for ask in self.asks}
        return tuple(task for task in TASKS if task in offered)
