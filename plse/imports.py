"""Test modules, and what they import of the code that they test.

Sources are read by regular expressions rather than parsed: this runs for
every sample, and what it could get wrong (a name that stands only in the text
of an f-string) the style stage reports as an unused import.
"""

from __future__ import annotations

import re

__all__ = ["is_test_path", "with_imports"]

_MAX_LINE = 79
_STRING_OR_COMMENT = re.compile(
    r"""\#[^\n]*
    | (?<![fF\w]) (?:[rRbBuU]{0,2}) (?: \"\"\"(?:\\.|[^\\])*?\"\"\"
                      | '''(?:\\.|[^\\])*?'''
                      | "(?:\\.|[^"\\\n])*"
                      | '(?:\\.|[^'\\\n])*' )""",
    re.VERBOSE | re.DOTALL,
)
_DEFINED = re.compile(
    r"^(?:(?:async\s+)?def\s+|class\s+)(\w+)"
    r"|^(\w+)\s*(?::[^=\n]+)?=(?!=)"
    r"|^(\w+(?:\s*,\s*\w+)+)\s*=(?!=)",
    re.MULTILINE,
)
_USED = re.compile(r"(?<![\w.])([A-Za-z_]\w*)\b(?!\s*=(?!=))")
_IMPORTED = re.compile(r"^(?:from\s+\S+\s+)?import\s+(\([^)]*\)|.*)", re.M)
_IMPORTS_SOLUTION = re.compile(r"^(?:import|from)\s+solution\b", re.MULTILINE)
_HEAD = re.compile(
    r"""\A (?: \s* [rR]?\"\"\"(?:\\.|[^\\])*?\"\"\" [^\n]*\n )?
    (?: (?: \s* (?:import|from)\b (?:[^\n(]*\([^)]*\) | [^\n]*) [^\n]*\n )+
    )?""",
    re.VERBOSE | re.DOTALL,
)


def is_test_path(path: str) -> bool:
    """Whether pytest would take the file for a test module."""
    name = path.rpartition("/")[2]
    return name.startswith("test_") and name.endswith(".py")


def with_imports(tests: str, solution: str) -> str:
    """A test module that imports what it uses of the solution.

    Names that the solution defines (not: imports) at its top level and that
    the tests use without defining them are imported, after the module's own
    imports. Tests that import ``solution`` themselves are left as they are.
    """
    if _IMPORTS_SOLUTION.search(tests):
        return tests
    bare = _STRING_OR_COMMENT.sub('""', tests)
    own = _defined(bare)
    for clause in _IMPORTED.findall(bare):
        own.update(re.findall(r"\w+", clause))
    names = sorted(
        _defined(_STRING_OR_COMMENT.sub('""', solution))
        & set(_USED.findall(bare)) - own
    )
    if not names:
        return tests
    statement = f"from solution import {', '.join(names)}"
    if len(statement) > _MAX_LINE:
        listed = "".join(f"    {name},\n" for name in names)
        statement = f"from solution import (\n{listed})"
    return _insert(tests, statement)


def _defined(source: str) -> set[str]:
    names: set[str] = set()
    for single, variable, several in _DEFINED.findall(source):
        names.update(re.findall(r"\w+", single or variable or several))
    return names


def _insert(tests: str, statement: str) -> str:
    """The statement after the docstring and imports that begin the module."""
    head = _HEAD.match(tests)
    before = tests[: head.end()].strip("\n") if head else ""
    after = tests[head.end() :] if head else tests
    after = after.lstrip("\n")
    gap = "\n\n\n" if re.match(r"(?:def|class|async)\b|@", after) else "\n\n"
    return (before + "\n\n" if before else "") + statement + gap + after
