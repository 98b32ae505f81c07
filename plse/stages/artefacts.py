"""Files that are not Python parse, and fit the other files of the sample."""

from __future__ import annotations

import configparser
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import yaml

from plse.artefacts import (
    Folder,
    agreement,
    complaint,
    compose,
    dockerfile,
    makefile,
    pyproject,
    requirements,
    shell,
    workflow,
)
from plse.artefacts.yaml_lines import Lines
from plse.findings import Check, Finding
from plse.patterns import File
from plse.samples import Sample
from plse.stages import nested

try:
    import tomllib
except ImportError:  # Python 3.10; pytest brings this one there
    import tomli as tomllib

if TYPE_CHECKING:
    from plse.validation import Tools

__all__ = ["check"]


def check(samples: Sequence[Sample], tools: Tools) -> list[Check]:
    """Parse the files, hold each against the others, and nested patterns
    against everything that a pattern must be."""
    return [
        Check((*_findings(sample), *inner))
        for sample, inner in zip(samples, nested.findings(samples, tools))
    ]


def _findings(sample: Sample) -> Iterator[Finding]:
    folder = Folder(sample.files)
    parsed: dict[str, Any] = {}
    for file in sample.files:
        found = [*_path(file), *_parse(file, parsed)]
        yield from found
        if not found:
            yield from _fits(file, parsed.get(file.path), folder)
    if sample.pattern.kind == "orchestration":
        yield from _agreement(sample, parsed, folder)


def _path(file: File) -> Iterator[Finding]:
    path = PurePosixPath(file.path)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        yield complaint(
            file.path, "the path does not stay in the sample's folder"
        )


def _parse(file: File, parsed: dict[str, Any]) -> Iterator[Finding]:
    parse = _PARSERS.get(PurePosixPath(file.path).suffix)
    if parse is None:
        return
    try:
        parsed[file.path] = parse(file.content)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        yield complaint(
            file.path,
            f"is no YAML: {error.problem}",
            mark.line + 1 if mark else 0,
        )
    except json.JSONDecodeError as error:
        yield complaint(file.path, f"is no JSON: {error.msg}", error.lineno)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        yield complaint(
            file.path, f"is no TOML: {error}", int(line[1]) if line else 0
        )
    except (ValueError, configparser.Error, yaml.YAMLError) as error:
        yield complaint(file.path, f"does not parse: {error}")


def _fits(file: File, data: Any, folder: Folder) -> Iterator[Finding]:
    """What the module of a file's format finds."""
    path, text = file.path, file.content
    name = path.rpartition("/")[2]
    if agreement.is_dockerfile(path):
        yield from dockerfile.check(path, text, folder)
    elif workflow.is_workflow(path):
        yield from workflow.check(path, data, Lines(text), folder)
    elif re.fullmatch(r"(docker-)?compose([.-].+)?\.ya?ml", name):
        yield from compose.check(path, data, Lines(text), folder)
    elif name == "pyproject.toml":
        yield from pyproject.check(path, text, data, folder)
    elif requirements.is_requirements(path):
        yield from requirements.check(path, text, folder)
    elif makefile.is_makefile(path):
        yield from makefile.check(path, text, folder)
    elif shell.is_shell(path):
        yield from shell.check(path, text, folder)


def _agreement(
    sample: Sample, parsed: Mapping[str, Any], folder: Folder
) -> Iterator[Finding]:
    """What the files say of dependencies and of versions of Python."""
    declared: list[requirements.Declared] = []
    requires, where = "", ""
    workflows = {
        path: workflow.python_versions(data)
        for path, data in parsed.items()
        if workflow.is_workflow(path)
    }
    for path, text in folder.files.items():
        if requirements.is_requirements(path):
            declared += requirements.declared_in(path, text)
        elif path.endswith("pyproject.toml") and path in parsed:
            data = parsed[path]
            declared += pyproject.declared_in(path, text, data)
            project = data.get("project")
            if isinstance(project, Mapping) and "requires-python" in project:
                requires, where = str(project["requires-python"]), path
    yield from agreement.dependencies(declared, folder)
    yield from agreement.versions(folder, requires, where, workflows)


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
    ".toml": tomllib.loads,
}
