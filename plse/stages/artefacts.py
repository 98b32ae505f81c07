"""Files that are not Python parse as what their names say."""

from __future__ import annotations

import configparser
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

import yaml

from plse.findings import Check, Finding
from plse.generator import Sample
from plse.patterns import File

try:
    import tomllib
except ImportError:  # Python 3.10 has no TOML parser to check with
    tomllib = None  # type: ignore[assignment]

__all__ = ["check"]


def check(samples: Sequence[Sample], tools: object) -> list[Check]:
    """Parse the files, and see that none leaves the sample's folder."""
    return [
        Check(
            tuple(
                finding
                for file in sample.files
                for finding in (*_path(file), *_parse(file))
            )
        )
        for sample in samples
    ]


def _path(file: File) -> Iterator[Finding]:
    path = PurePosixPath(file.path)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        yield Finding(
            "artefacts",
            "the path does not stay in the sample's folder",
            file.path,
        )


def _parse(file: File) -> Iterator[Finding]:
    parse = _PARSERS.get(PurePosixPath(file.path).suffix)
    if parse is None:
        return
    try:
        parse(file.content)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        yield Finding(
            "artefacts",
            f"is no YAML: {error.problem}",
            file.path,
            mark.line + 1 if mark else 0,
        )
    except json.JSONDecodeError as error:
        yield Finding(
            "artefacts", f"is no JSON: {error.msg}", file.path, error.lineno
        )
    except (ValueError, configparser.Error, yaml.YAMLError) as error:
        yield Finding("artefacts", f"does not parse: {error}", file.path)


def _yaml(text: str) -> object:
    return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def _ini(text: str) -> object:
    return configparser.ConfigParser(interpolation=None).read_string(text)


_PARSERS: Mapping[str, Callable[[str], object]] = {
    ".json": json.loads,
    ".yaml": _yaml,
    ".yml": _yaml,
    ".ini": _ini,
    ".cfg": _ini,
    **({".toml": tomllib.loads} if tomllib else {}),
}
