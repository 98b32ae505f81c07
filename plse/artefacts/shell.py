"""Shell scripts: what can be told without a shell."""

from __future__ import annotations

import re
from collections.abc import Iterator

from plse.artefacts.folder import Folder, complaint
from plse.findings import Finding

__all__ = ["check", "is_shell"]

SHEBANG = re.compile(r"#!\s*(/usr/bin/env\s+(-S\s+)?)?\S*\b(ba|da|k|z)?sh\b")
RUNS_PYTHON = re.compile(
    r"(?:^|[\s;&|(])python[\d.]*\s+(?:-u\s+)?([\w./-]+\.py)"
)


def is_shell(path: str) -> bool:
    """Whether a file is a shell script by its name."""
    return path.endswith((".bash", ".sh"))


def check(path: str, text: str, folder: Folder) -> Iterator[Finding]:
    """What is wrong with a shell script in a folder."""
    if not SHEBANG.match(text):
        yield complaint(path, "its first line names no shell (`#!`)", 1)
    for number, line in enumerate(text.split("\n"), 1):
        if line.endswith("\r"):
            yield complaint(
                path, "the line ends with a carriage return", number
            )
            return
        code = line.partition("#")[0]
        for script in RUNS_PYTHON.findall(code):
            name = script.rsplit("/", 1)[-1]
            if not any(own.rsplit("/", 1)[-1] == name for own in folder.files):
                yield complaint(path, f"there is no {script}", number)
