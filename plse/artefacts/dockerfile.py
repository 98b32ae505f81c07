"""Dockerfiles: instructions, and whether what they name is there.

Syntax after the Dockerfile reference (docs.docker.com/reference/dockerfile).
"""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from plse.artefacts.folder import Folder, complaint
from plse.findings import Finding

__all__ = ["Instruction", "check", "entry_command", "parse"]

INSTRUCTIONS = frozenset(
    "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL "
    "MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR".split()
)
WITH_HEREDOC = frozenset({"ADD", "COPY", "RUN"})


@dataclass(frozen=True)
class Instruction:
    """One instruction, its continuation lines joined.

    :param flags: its ``--name=value`` words, by name.
    :param value: what follows the flags.
    :param body: the text of a here-document, or "".
    """

    name: str
    flags: dict[str, str]
    value: str
    line: int
    body: str = ""

    @property
    def words(self) -> list[str]:
        """The value as words: those of its JSON form, or of a shell.

        :raises ValueError: if quotes are not closed.
        """
        words = self.exec_form
        return shlex.split(self.value) if words is None else words

    @property
    def exec_form(self) -> list[str] | None:
        """The words of the JSON form; None if it has another form."""
        if not self.value.startswith("["):
            return None
        try:
            words = json.loads(self.value)
        except ValueError:
            return None
        if isinstance(words, list) and all(isinstance(w, str) for w in words):
            return words
        return None


def parse(text: str) -> list[Instruction]:
    """The instructions of a Dockerfile, in order."""
    found: list[Instruction] = []
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        first = at
        line = lines[at].strip()
        at += 1
        if not line or line.startswith("#"):
            continue
        while line.endswith("\\") and at < len(lines):
            following = lines[at].strip()
            at += 1
            if following.startswith("#"):
                continue
            line = line[:-1].rstrip() + " " + following
        name, _, value = line.partition(" ")
        name, value = name.upper(), value.strip()
        flags: dict[str, str] = {}
        while flag := re.match(r"--([\w-]+)(?:=(\S*))?\s+", value):
            flags[flag[1]] = flag[2] or ""
            value = value[flag.end() :]
        body = ""
        mark = re.search(r"<<-?[\"']?(\w+)[\"']?", value)
        if mark and name in WITH_HEREDOC:
            taken = []
            while at < len(lines) and lines[at].strip() != mark[1]:
                taken.append(lines[at])
                at += 1
            at += 1
            body = "\n".join(taken)
        found.append(Instruction(name, flags, value, first + 1, body))
    return found


def check(path: str, text: str, folder: Folder) -> Iterator[Finding]:
    """What is wrong with a Dockerfile in a folder."""
    instructions = parse(text)
    froms = [each for each in instructions if each.name == "FROM"]
    if not froms:
        yield complaint(path, "it has no FROM")
        return
    for each in instructions:
        if each.name not in INSTRUCTIONS:
            yield complaint(
                path, f"{each.name} is no instruction", each.line
            )
        elif each.line < froms[0].line and each.name != "ARG":
            yield complaint(
                path, f"{each.name} stands before the first FROM", each.line
            )
        elif not each.value and not each.body:
            yield complaint(path, f"{each.name} says nothing", each.line)
    stages: list[str] = []
    for each in instructions:
        if each.name == "FROM":
            words = each.value.split()
            named = len(words) == 3 and words[1].lower() == "as"
            if len(words) != 1 and not named:
                yield complaint(
                    path, "FROM takes an image, or `image AS name`", each.line
                )
            stages.append(words[2] if named else str(len(stages)))
        elif each.name in ("COPY", "ADD"):
            yield from _copied(path, each, stages, folder)
        elif each.name in ("CMD", "ENTRYPOINT"):
            yield from _started(path, each, instructions, folder)


def _copied(
    path: str, each: Instruction, stages: list[str], folder: Folder
) -> Iterator[Finding]:
    try:
        words = each.words
    except ValueError as error:
        yield complaint(path, f"{each.name}: {error}", each.line)
        return
    source = each.flags.get("from")
    if source is not None:
        known = {*stages[:-1], *map(str, range(len(stages) - 1))}
        if source not in known and not re.search(r"[:/]", source):
            yield complaint(
                path, f"there is no stage {source} before", each.line
            )
        return
    if each.body:
        return
    if len(words) < 2:
        yield complaint(
            path, f"{each.name} takes sources and a destination", each.line
        )
        return
    hidden = _ignored(folder)
    for word in words[:-1]:
        if "$" in word or re.match(r"\w+://|git@", word):
            continue
        if not folder.matches(word):
            yield complaint(
                path, f"{each.name} {word}: there is no such file", each.line
            )
        elif word.strip("./") in hidden:
            yield complaint(
                path,
                f"{each.name} {word}: .dockerignore leaves it out",
                each.line,
            )


def _ignored(folder: Folder) -> set[str]:
    """The paths that .dockerignore leaves out of the build."""
    lines = [
        line.strip().strip("/")
        for line in folder.files.get(".dockerignore", "").split("\n")
        if line.strip() and not line.startswith("#")
    ]
    hidden: set[str] = set()
    for path in (*folder.files, *folder.folders):
        for line in lines:
            if line.startswith("!"):
                if fnmatchcase(path, line[1:]):
                    hidden.discard(path)
            elif fnmatchcase(path, line) or path.startswith(line + "/"):
                hidden.add(path)
    return hidden


def entry_command(instructions: list[Instruction]) -> list[str]:
    """The words that a container of the last stage starts with.

    :raises ValueError: if quotes are not closed.
    """
    last = max(
        (at for at, each in enumerate(instructions) if each.name == "FROM"),
        default=0,
    )
    words: dict[str, list[str]] = {}
    for each in instructions[last:]:
        if each.name in ("ENTRYPOINT", "CMD"):
            words[each.name] = each.words
    return words.get("ENTRYPOINT", []) + words.get("CMD", [])


def _started(
    path: str,
    each: Instruction,
    instructions: list[Instruction],
    folder: Folder,
) -> Iterator[Finding]:
    if each.value.startswith("[") and each.exec_form is None:
        yield complaint(
            path,
            f"{each.name} is no list of texts in double quotes",
            each.line,
        )
        return
    try:
        words = each.words
    except ValueError as error:
        yield complaint(path, f"{each.name}: {error}", each.line)
        return
    if not words or not re.fullmatch(r"(.*/)?python[\d.]*", words[0]):
        return
    rest = [word for word in words[1:] if word not in ("-u", "-B", "-O")]
    if len(rest) > 1 and rest[0] == "-m":
        top = rest[1].partition(".")[0]
        own = folder.module(top) is not None
        if own and not folder.can_run(rest[1]):
            yield complaint(
                path, f"python -m {rest[1]}: it cannot be run", each.line
            )
        known = own or top in sys.stdlib_module_names
        if not known and not _installed(top, instructions, folder):
            yield complaint(
                path,
                f"python -m {rest[1]}: there is no such module",
                each.line,
            )
    elif rest and rest[0].endswith(".py"):
        name = rest[0].rsplit("/", 1)[-1]
        if not any(own.rsplit("/", 1)[-1] == name for own in folder.files):
            yield complaint(
                path, f"python {rest[0]}: there is no such file", each.line
            )


def _installed(
    module: str, instructions: list[Instruction], folder: Folder
) -> bool:
    texts = [
        text
        for name, text in folder.files.items()
        if name.endswith((".txt", ".toml"))
    ]
    texts += [each.value for each in instructions if each.name == "RUN"]
    return any(module in text for text in texts)
