"""What several files of a sample say of one thing: do they agree?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from plse.artefacts import dockerfile
from plse.artefacts.folder import Folder, complaint
from plse.artefacts.requirements import Declared, normal
from plse.findings import Finding

__all__ = ["dependencies", "versions"]

DISTRIBUTIONS = {
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "dotenv": "python-dotenv",
    "jwt": "pyjwt",
    "magic": "python-magic",
    "multipart": "python-multipart",
    "OpenSSL": "pyopenssl",
    "PIL": "pillow",
    "pkg_resources": "setuptools",
    "psycopg2": "psycopg2-binary",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "websocket": "websocket-client",
    "yaml": "pyyaml",
    "zmq": "pyzmq",
}
"""Modules whose distribution has another name."""

TEST_MODULES = frozenset({"pytest", "_pytest"})


def dependencies(
    declared: Sequence[Declared], folder: Folder
) -> Iterator[Finding]:
    """Every import is declared, and everything declared is used.

    Held only against a folder that declares dependencies at all. A package
    counts as used if code imports it or another file names it, as a
    Dockerfile that starts gunicorn does.
    """
    if not declared:
        return
    running = {each.name for each in declared if not each.is_tool}
    anything = {each.name for each in declared}
    used: set[str] = set()
    for tests in (False, True):
        for module, (path, line) in folder.imports(tests).items():
            name = normal(DISTRIBUTIONS.get(module, module))
            used.add(name)
            allowed = anything if tests else running
            if name not in allowed and not _is_part_of(name, allowed):
                if tests and module in TEST_MODULES:
                    continue
                yield complaint(
                    path, f"imports {module}, which nothing declares", line
                )
    for each in declared:
        if each.is_tool or each.name in used:
            continue
        if any(_is_part_of(name, {each.name}) for name in used):
            continue
        if not _mentioned(each, folder):
            yield complaint(
                each.path, f"{each.name} is declared and not used", each.line
            )


def _is_part_of(name: str, distributions: set[str]) -> bool:
    """Whether a module may come from a package with a longer name."""
    return any(
        other.startswith(f"{name}-") or other == f"python-{name}"
        for other in distributions
    )


def _mentioned(each: Declared, folder: Folder) -> bool:
    word = re.compile(rf"\b{re.escape(each.name).replace('-', '[-_.]')}\b")
    return any(
        word.search(text.lower())
        for path, text in folder.files.items()
        if path != each.path and not path.endswith((".md", ".rst"))
    )


def versions(
    folder: Folder,
    requires: str,
    where: str,
    workflows: Mapping[str, Sequence[str]],
) -> Iterator[Finding]:
    """The versions of Python that the files name fit each other.

    :param requires: ``requires-python``, or "".
    :param where: path of the file that says so.
    :param workflows: for each workflow, the versions that it runs.
    """
    named = [
        (path, version)
        for path, found in workflows.items()
        for version in found
    ]
    named += _of_images(folder)
    pinned = folder.files.get(".python-version", "").strip()
    if re.fullmatch(r"3\.\d+(\.\d+)?", pinned):
        named.append((".python-version", pinned))
    try:
        allowed = SpecifierSet(requires)
    except InvalidSpecifier:
        return
    for path, version in named:
        full = version if version.count(".") == 2 else f"{version}.99"
        if requires and full not in allowed:
            yield complaint(
                path, f"uses Python {version}, but {where} wants {requires}"
            )
    tested = {
        _minor(version) for found in workflows.values() for version in found
    }
    for path, version in named:
        if tested and path not in workflows and _minor(version) not in tested:
            yield complaint(
                path,
                f"uses Python {version}, which no workflow tests "
                f"({', '.join(sorted(tested))})",
            )


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _of_images(folder: Folder) -> list[tuple[str, str]]:
    """The versions of Python of the images that Dockerfiles start from."""
    found = []
    for path, text in folder.files.items():
        if not is_dockerfile(path):
            continue
        instructions = dockerfile.parse(text)
        defaults = dict(
            each.value.split("=", 1)
            for each in instructions
            if each.name == "ARG" and "=" in each.value
        )
        for each in instructions:
            if each.name == "FROM":
                image = _filled(each.value, defaults)
                match = re.match(r"(?:.*/)?python:(3\.\d+(?:\.\d+)?)", image)
                if match:
                    found.append((path, match[1]))
    return found


def _filled(text: str, values: Mapping[str, str]) -> str:
    return re.sub(
        r"\$\{?(\w+)\}?", lambda match: values.get(match[1], ""), text
    )


def is_dockerfile(path: str) -> bool:
    """Whether a file is a Dockerfile by its name."""
    name = path.rpartition("/")[2]
    return name == "Dockerfile" or name.startswith("Dockerfile.") or (
        name.endswith(".Dockerfile")
    )
