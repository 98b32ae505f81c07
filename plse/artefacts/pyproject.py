"""pyproject.toml: the project table, and what it refers to.

Keys after the "pyproject.toml specification" of packaging.python.org.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from plse.artefacts.folder import Folder, complaint
from plse.artefacts.requirements import Declared, normal
from plse.findings import Finding

__all__ = ["check", "declared_in", "line_of"]

TOP = frozenset({"build-system", "dependency-groups", "project", "tool"})
PROJECT = frozenset(
    "authors classifiers dependencies description dynamic entry-points "
    "gui-scripts import-names import-namespaces keywords license "
    "license-files maintainers name optional-dependencies readme "
    "requires-python scripts urls version".split()
)
NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
OBJECT = re.compile(r"([\w.]+)(?::([\w.]+))?(?:\s*\[.*\])?")
TOOL_GROUPS = re.compile(r"dev|test|lint|docs?|typing|ci|tools?")


def line_of(text: str, word: str) -> int:
    """The first line that holds a word; 0 if none does."""
    for number, line in enumerate(text.split("\n"), 1):
        if word in line:
            return number
    return 0


def check(
    path: str, text: str, data: Mapping, folder: Folder
) -> Iterator[Finding]:
    """What is wrong with a pyproject.toml in a folder."""
    for key in data:
        if key not in TOP:
            yield complaint(
                path, f"pyproject knows no table `{key}`", line_of(text, key)
            )
    build = data.get("build-system")
    if build is not None and not build.get("requires"):
        yield complaint(
            path, "build-system has no `requires`", line_of(text, "[build")
        )
    project = data.get("project")
    if not isinstance(project, Mapping):
        return
    for key in project:
        if key not in PROJECT:
            yield complaint(
                path, f"project knows no key `{key}`", line_of(text, key)
            )
    yield from _named(path, text, project)
    yield from _required(path, text, project)
    yield from _entry_points(path, text, project, folder)
    yield from _files(path, text, project, folder)


def _named(path: str, text: str, project: Mapping) -> Iterator[Finding]:
    name = project.get("name")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        yield complaint(
            path, f"{name!r} is no name of a project", line_of(text, "name")
        )
    dynamic = project.get("dynamic") or ()
    version = project.get("version")
    if version is None and "version" not in dynamic:
        yield complaint(
            path, "project has no version", line_of(text, "[project]")
        )
    elif version is not None:
        try:
            Version(str(version))
        except InvalidVersion:
            yield complaint(
                path, f"{version!r} is no version", line_of(text, "version")
            )
    requires = project.get("requires-python")
    if requires is not None:
        try:
            SpecifierSet(str(requires))
        except InvalidSpecifier:
            yield complaint(
                path,
                f"requires-python = {requires!r} says no version",
                line_of(text, "requires-python"),
            )


def _required(path: str, text: str, project: Mapping) -> Iterator[Finding]:
    for requirement in _requirements(project):
        try:
            Requirement(requirement)
        except InvalidRequirement:
            yield complaint(
                path,
                f"{requirement!r} is no requirement",
                line_of(text, requirement),
            )


def _requirements(project: Mapping) -> list[str]:
    extras = project.get("optional-dependencies") or {}
    return [
        *(project.get("dependencies") or ()),
        *(each for group in extras.values() for each in group),
    ]


def _entry_points(
    path: str, text: str, project: Mapping, folder: Folder
) -> Iterator[Finding]:
    groups = [
        project.get("scripts") or {},
        project.get("gui-scripts") or {},
        *(project.get("entry-points") or {}).values(),
    ]
    for group in groups:
        for name, target in group.items():
            match = OBJECT.fullmatch(str(target))
            line = line_of(text, str(target))
            if not match:
                yield complaint(path, f"{name}: {target!r} is no object", line)
            elif folder.module(match[1]) is None:
                yield complaint(
                    path, f"{name}: there is no module {match[1]}", line
                )
            elif match[2] and not folder.defines(
                match[1], match[2].partition(".")[0]
            ):
                yield complaint(
                    path, f"{name}: {match[1]} defines no {match[2]}", line
                )


def _files(
    path: str, text: str, project: Mapping, folder: Folder
) -> Iterator[Finding]:
    readme, license = project.get("readme"), project.get("license")
    for value in (readme, license):
        file = value.get("file") if isinstance(value, Mapping) else None
        if value is readme and isinstance(readme, str):
            file = readme
        if file and not folder.exists(str(file)):
            yield complaint(
                path, f"there is no file {file}", line_of(text, str(file))
            )
    for pattern in project.get("license-files") or ():
        if not folder.matches(str(pattern)):
            yield complaint(
                path, f"there is no file {pattern}", line_of(text, pattern)
            )


def declared_in(path: str, text: str, data: Mapping) -> Iterator[Declared]:
    """The packages that a pyproject.toml declares."""
    project = data.get("project")
    groups: list[tuple[str, object]] = []
    if isinstance(project, Mapping):
        groups.append(("", project.get("dependencies") or ()))
        groups += (project.get("optional-dependencies") or {}).items()
    groups += [
        (f"dev {name}", group)
        for name, group in (data.get("dependency-groups") or {}).items()
    ]
    for group, requirements in groups:
        for requirement in requirements:
            try:
                name = Requirement(requirement).name
            except (InvalidRequirement, TypeError):
                continue
            yield Declared(
                normal(name),
                path,
                line_of(text, requirement),
                bool(TOOL_GROUPS.search(group)),
            )
