"""Compose files: services, and what they refer to.

Keys after the Compose specification (github.com/compose-spec/compose-spec).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from plse.artefacts.folder import Folder, complaint
from plse.artefacts.yaml_lines import Lines
from plse.findings import Finding

__all__ = ["check"]

TOP = frozenset(
    "configs include name networks secrets services version volumes".split()
)


def check(
    path: str, data: object, lines: Lines, folder: Folder
) -> Iterator[Finding]:
    """What is wrong with a compose file in a folder."""
    if not isinstance(data, Mapping):
        yield complaint(path, "it is not a mapping with `services`")
        return
    for key in data:
        if key not in TOP and not str(key).startswith("x-"):
            yield complaint(
                path, f"compose knows no key `{key}`", lines.at((key,))
            )
    services = data.get("services")
    if not isinstance(services, Mapping) or not services:
        yield complaint(path, "it has no services")
        return
    for name, service in services.items():
        place = ("services", name)
        if not isinstance(service, Mapping):
            yield complaint(path, f"{name} is empty", lines.at(place))
            continue
        if "image" not in service and "build" not in service:
            yield complaint(
                path, f"{name} has neither image nor build", lines.at(place)
            )
        yield from _build(path, name, service, lines, folder)
        yield from _references(path, name, service, data, lines)
        yield from _files(path, name, service, data, lines, folder)


def _build(
    path: str, name: str, service: Mapping, lines: Lines, folder: Folder
) -> Iterator[Finding]:
    build = service.get("build")
    if build is None:
        return
    if isinstance(build, str):
        build = {"context": build}
    context = str(build.get("context", "."))
    line = lines.at(("services", name, "build"))
    if "://" in context:
        return
    if not folder.exists(context):
        yield complaint(path, f"{name}: there is no folder {context}", line)
        return
    file = f"{context}/{build.get('dockerfile', 'Dockerfile')}"
    if not folder.exists(file) and "dockerfile_inline" not in build:
        yield complaint(path, f"{name}: there is no file {file}", line)


def _references(
    path: str, name: str, service: Mapping, data: Mapping, lines: Lines
) -> Iterator[Finding]:
    for other in service.get("depends_on") or ():
        if other not in data["services"]:
            yield complaint(
                path,
                f"{name} depends on {other}, which is no service",
                lines.at(("services", name, "depends_on")),
            )
    for kind in ("networks", "secrets", "configs"):
        for other in service.get(kind) or ():
            if isinstance(other, Mapping):
                other = other.get("source")
            known = data.get(kind) or {}
            if other not in known and not (
                kind == "networks" and other == "default"
            ):
                yield complaint(
                    path,
                    f"{name}: {other} is not among the {kind}",
                    lines.at(("services", name, kind)),
                )


def _files(
    path: str,
    name: str,
    service: Mapping,
    data: Mapping,
    lines: Lines,
    folder: Folder,
) -> Iterator[Finding]:
    given = service.get("env_file") or ()
    for file in [given] if isinstance(given, str) else given:
        needed = True
        if isinstance(file, Mapping):
            needed, file = file.get("required", True), file.get("path", "")
        if needed and not folder.exists(str(file)):
            yield complaint(
                path,
                f"{name}: there is no file {file}",
                lines.at(("services", name, "env_file")),
            )
    for volume in service.get("volumes") or ():
        source = (
            volume.get("source") if isinstance(volume, Mapping) else volume
        )
        source = str(source or "").partition(":")[0]
        line = lines.at(("services", name, "volumes"))
        if isinstance(volume, str) and ":" not in volume:
            continue
        if source.startswith("."):
            if not folder.exists(source):
                yield complaint(path, f"{name}: there is no {source}", line)
        elif source and not source.startswith(("/", "~", "$")):
            if source not in (data.get("volumes") or {}):
                yield complaint(
                    path, f"{name}: {source} is not among the volumes", line
                )
