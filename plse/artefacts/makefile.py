"""Makefiles: rules, their recipes, and whether what they need is there.

Syntax after the GNU make manual, as far as ordinary rules go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from plse.artefacts.folder import Folder, complaint
from plse.findings import Finding

__all__ = ["Rule", "check", "is_makefile", "parse"]

ASSIGNMENT = re.compile(
    r"\s*(?:export\s+|override\s+)?[\w.-]+\s*(:|::|\+|\?|!)?="
)
DIRECTIVE = re.compile(
    r"\s*(-?include|sinclude|ifeq|ifneq|ifdef|ifndef|else|endif|define|endef|"
    r"export|unexport|override|vpath|undefine)\b"
)
RULE = re.compile(r"([^\s:=][^:=]*?)\s*::?\s*(?!=)([^;=]*)(;.*)?$")


@dataclass(frozen=True)
class Rule:
    """A rule: what it makes, from what, and how."""

    targets: tuple[str, ...]
    needs: tuple[str, ...]
    recipe: tuple[str, ...]
    line: int


def is_makefile(path: str) -> bool:
    """Whether make would read the file."""
    name = path.rpartition("/")[2]
    return name in ("GNUmakefile", "Makefile", "makefile") or name.endswith(
        ".mk"
    )


def parse(text: str) -> tuple[list[Rule], list[tuple[int, str]]]:
    """The rules of a Makefile, and (line, what is wrong)."""
    rules: list[Rule] = []
    wrong: list[tuple[int, str]] = []
    recipe: list[str] | None = None
    for number, line in _joined(text):
        if line.startswith("\t"):
            if recipe is None:
                wrong.append((number, "a recipe begins before any target"))
            elif rules:
                rules[-1] = Rule(
                    rules[-1].targets,
                    rules[-1].needs,
                    (*rules[-1].recipe, line[1:]),
                    rules[-1].line,
                )
            continue
        stripped = line.partition("#")[0].rstrip()
        if not stripped:
            continue
        if ASSIGNMENT.match(stripped) or DIRECTIVE.match(stripped):
            recipe = None
            continue
        match = RULE.match(stripped)
        if not match:
            wrong.append(
                (
                    number,
                    "recipes are indented by a tab, not by spaces"
                    if line[0] == " " and recipe is not None
                    else "it is no rule, recipe or assignment",
                )
            )
            continue
        recipe = []
        rules.append(
            Rule(
                tuple(match[1].split()),
                tuple(match[2].replace("|", " ").split()),
                (match[3][1:].strip(),) if match[3] else (),
                number,
            )
        )
    return rules, wrong


def _joined(text: str) -> Iterator[tuple[int, str]]:
    """Lines with those that continue them."""
    held, first = "", 0
    for number, line in enumerate(text.split("\n"), 1):
        first = first or number
        if line.endswith("\\"):
            held += line[:-1] + " "
            continue
        yield first, held + line
        held, first = "", 0


def check(path: str, text: str, folder: Folder) -> Iterator[Finding]:
    """What is wrong with a Makefile in a folder."""
    rules, wrong = parse(text)
    for line, message in wrong:
        yield complaint(path, message, line)
    targets = {target for rule in rules for target in rule.targets}
    if not targets - {".PHONY"} and not wrong:
        yield complaint(path, "it has no targets")
    for rule in rules:
        for need in rule.needs:
            if any(sign in need for sign in "$%*"):
                continue
            if need not in targets and not folder.exists(need):
                said = (
                    f".PHONY names {need}, which is no target"
                    if ".PHONY" in rule.targets
                    else f"{rule.targets[0]} needs {need}, which is neither "
                    "a target nor a file"
                )
                yield complaint(path, said, rule.line)
