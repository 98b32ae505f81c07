"""The options of a run, from the command line or the ini file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

__all__ = ["OPTIONS", "Options", "pytest_addoption", "read_options"]

FORMATS = ("record", "messages", "prompt_completion", "alpaca", "preference")
TASKS = ("write", "fix", "explain")
CPU_LIMIT = 60
MEMORY_LIMIT = 4096
_DEFAULT_OUTPUT = "training_dataset.jsonl"


@dataclass(frozen=True)
class Options:
    """What the user asked for.

    :param samples: of the run, shared among the selected patterns.
    :param chunk: samples a test item.
    :param output: where the dataset goes, absolute.
    :param cpu_limit: ceiling of a sample's processor time, in seconds.
    :param memory_limit: ceiling of a sample's memory, in MiB.
    :param unsafe: run patterns from elsewhere without a full sandbox.
    """

    samples: int
    seed: int
    output: Path
    format: str
    tasks: tuple[str, ...]
    chunk: int
    cpu_limit: int
    memory_limit: int
    unsafe: bool


OPTIONS = pytest.StashKey[Options]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("plse", "PLSE: training data from patterns")

    def add(name: str, meta: str, text: str, **more: str) -> None:
        action = more.get("action", "store")
        group.addoption(
            f"--plse-{name}",
            default=None,
            dest=f"plse_{name.replace('-', '_')}",
            help=text,
            action=action,
            **({} if action == "store_true" else {"metavar": meta}),
        )
        parser.addini(
            f"plse_{name.replace('-', '_')}",
            text,
            type=more.get("ini", "string"),
            default=None,
        )

    add(
        "samples",
        "N",
        "samples of the run, shared among the selected patterns "
        "(default: 100)",
        ini="int",
    )
    add(
        "seed",
        "N",
        "decides which samples are drawn, and in which order (default: 0)",
        ini="int",
    )
    add(
        "output",
        "FILE",
        f"the dataset (default: {_DEFAULT_OUTPUT}; in the ini file, relative "
        "to the root directory)",
    )
    add("format", "NAME", f"{', '.join(FORMATS)} (default: {FORMATS[0]})")
    add(
        "task",
        "NAME",
        f"any of {', '.join(TASKS)}; repeat it, or separate with commas "
        "(default: all)",
        action="append",
        ini="args",
    )
    add(
        "chunk",
        "N",
        "samples a test (default: one in 500 of the samples, 1 to 500)",
        ini="int",
    )
    add(
        "cpu-limit",
        "SECONDS",
        "most processor time that a sample's tests may ask for "
        f"(default: {CPU_LIMIT})",
        ini="int",
    )
    add(
        "memory-limit",
        "MB",
        "most memory that a sample's tests may ask for, in MiB "
        f"(default: {MEMORY_LIMIT})",
        ini="int",
    )
    add(
        "unsafe-execution",
        "",
        "run patterns from elsewhere even where the sandbox lacks layers "
        "that this machine cannot give it",
        action="store_true",
        ini="bool",
    )


def read_options(config: pytest.Config) -> Options:
    """The options, checked.

    :raises pytest.UsageError: with every cause and remedy.
    """
    reader = _Reader(config)
    samples = reader.number("samples", 100, lowest=1)
    options = Options(
        samples=samples,
        seed=reader.number("seed", 0),
        output=reader.path("output", _DEFAULT_OUTPUT),
        format=reader.choice("format", FORMATS),
        tasks=reader.choices("task", TASKS),
        chunk=reader.number("chunk", max(1, min(500, samples // 500)), 1),
        cpu_limit=reader.number("cpu_limit", CPU_LIMIT, lowest=1),
        memory_limit=reader.number("memory_limit", MEMORY_LIMIT, lowest=64),
        unsafe=bool(reader.value("unsafe_execution", False)[0]),
    )
    if reader.errors:
        raise pytest.UsageError(*reader.errors)
    return options


class _Reader:
    """Reads one setting after another, and keeps the errors."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.errors: list[str] = []

    def value(self, name: str, default: object) -> tuple[object, str]:
        """A raw value, and where it comes from, as the user would write it."""
        given = self.config.getoption(f"plse_{name}")
        if given is not None:
            return given, f"--plse-{name.replace('_', '-')}"
        source = f"plse_{name}"
        if self.config.inipath is not None:
            source = f"{self.config.inipath.name}: {source}"
        try:
            written = self.config.getini(f"plse_{name}")
        except (TypeError, ValueError, pytest.UsageError) as error:
            self.errors.append(f"{source}: {error}; mend it or leave it out")
            return default, source
        return default if written is None else written, source

    def number(
        self, name: str, default: int, lowest: int | None = None
    ) -> int:
        value, source = self.value(name, default)
        kind = "a whole number"
        if lowest is not None:
            kind += f" of at least {lowest}"
        try:
            number = int(str(value))
        except ValueError:
            number = None
        if number is None or (lowest is not None and number < lowest):
            self._complain(source, value, kind, f"{source}={default}")
            return default
        return number

    def path(self, name: str, default: str) -> Path:
        value, source = self.value(name, default)
        if not str(value).strip():
            self._complain(source, value, "a file", f"{source}={default}")
        folder = self.config.invocation_params.dir
        if ": plse_" in source and value is not default:
            folder = self.config.rootpath
        return (folder / Path(str(value)).expanduser()).resolve()

    def choice(self, name: str, known: tuple[str, ...]) -> str:
        value, source = self.value(name, known[0])
        if value not in known:
            self._complain(source, value, _any_of(known), "")
            return known[0]
        return str(value)

    def choices(self, name: str, known: tuple[str, ...]) -> tuple[str, ...]:
        value, source = self.value(name, known)
        words = [
            word
            for text in value  # type: ignore[attr-defined]
            for word in str(text).replace(",", " ").split()
        ]
        for word in words:
            if word not in known:
                self._complain(source, word, _any_of(known), "")
        if not words:
            self._complain(source, "", _any_of(known), "")
        return tuple(word for word in known if word in words)

    def _complain(
        self, source: str, value: object, kind: str, example: str
    ) -> None:
        self.errors.append(
            f"{source}: {value!r} is not {kind}"
            + (f"; for example {example}" if example else "")
        )


def _any_of(known: tuple[str, ...]) -> str:
    return f"one of {', '.join(known)}"


def setting_words(options: Options, config: pytest.Config) -> list[str]:
    """What a command must repeat so that it makes the same samples."""
    words = []
    for name, value in (
        ("seed", str(options.seed)),
        ("task", ",".join(options.tasks)),
        ("format", options.format),
    ):
        if config.getoption(f"plse_{name}") is not None:
            words.append(f"--plse-{name}={value}")
    return words
