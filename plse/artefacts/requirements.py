"""Declared dependencies: requirements files and lists of requirements.

Syntax after pip's "Requirements File Format" and PEP 508.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from posixpath import dirname, join

from packaging.requirements import InvalidRequirement, Requirement

from plse.artefacts.folder import Folder, complaint
from plse.findings import Finding

__all__ = ["Declared", "check", "declared_in", "is_requirements", "normal"]


@dataclass(frozen=True)
class Declared:
    """A package that some file declares to need.

    :param name: the normal form of its name (PEP 503).
    :param is_tool: whether it is for development, not for running.
    """

    name: str
    path: str
    line: int
    is_tool: bool = False


def is_requirements(path: str) -> bool:
    """Whether a path is one that people give a requirements file."""
    folder, _, name = path.rpartition("/")
    named = r"(.*[-_.])?requirements([-_.].*)?\.(txt|in)"
    return bool(re.fullmatch(named, name)) or (
        folder == "requirements" and name.endswith(".txt")
    )


def normal(name: str) -> str:
    """The normal form of a package's name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def check(path: str, text: str, folder: Folder) -> Iterator[Finding]:
    """What is wrong with a requirements file in a folder."""
    seen: dict[str, int] = {}
    for number, line in _lines(text):
        option = re.match(
            r"(-r|-c|--requirement|--constraint)[ =]+(\S+)", line
        )
        if option:
            if not folder.exists(join(dirname(path), option[2])):
                yield complaint(path, f"there is no {option[2]}", number)
            continue
        if line.startswith("-"):
            continue
        try:
            name = normal(Requirement(_bare(line)).name)
        except InvalidRequirement as error:
            said = str(error).split("\n")[0]
            yield complaint(path, f"is no requirement: {said}", number)
            continue
        if name in seen:
            yield complaint(
                path, f"{name} stands on line {seen[name]} already", number
            )
        seen.setdefault(name, number)


def declared_in(path: str, text: str) -> Iterator[Declared]:
    """The packages that a requirements file declares."""
    is_tool = bool(
        re.search(r"dev|test|lint|docs|tool|ci", path.rpartition("/")[2])
    )
    for number, line in _lines(text):
        if not line.startswith("-"):
            try:
                name = normal(Requirement(_bare(line)).name)
            except InvalidRequirement:
                continue
            yield Declared(name, path, number, is_tool)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.split("\n"), 1):
        line = re.sub(r"(^|\s)#.*$", "", line).strip()
        if line:
            yield number, line


def _bare(line: str) -> str:
    """A requirement without pip's own options, such as its hashes."""
    return re.split(r"\s--|\s*\\$", line)[0]
