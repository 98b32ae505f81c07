"""Programs as a child runs them: compiled by the zygote, ready to execute."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from types import CodeType

from .modules import Codes, compiled

__all__ = ["Faulty", "Prepared", "prepare"]


@dataclass(frozen=True)
class Faulty:
    """Source that does not compile."""

    exception: str
    message: str
    path: str
    line: int


@dataclass(frozen=True)
class Prepared:
    """One program.

    :param root: the folder that it runs in, with a slash at the end.
    :param solution: code of the module ``solution``, if it has one.
    :param tests: code of the module that holds the tests.
    :param names: the tests to run, in order.
    :param plain: those of them that no decorator wraps.
    :param fixtures: the fixtures of the tests' own that are called directly.
    :param files: what must lie in the folder, path to content.
    :param sources: path to text, of everything that is compiled here.
    :param codes: of the modules among the files that are not compiled above.
    :param through_pytest: the tests need pytest itself to be run.
    :param until_failure: the tests after one that fails need not run.
    """

    root: str
    test_path: str
    solution: CodeType | Faulty | None
    tests: CodeType | Faulty
    names: tuple[str, ...]
    plain: frozenset[str]
    fixtures: tuple[str, ...]
    files: Mapping[str, str]
    sources: Mapping[str, str]
    codes: Codes
    through_pytest: bool
    until_failure: bool


def prepare(program: Mapping[str, object], root: str) -> Prepared:
    """Compile what came over the wire."""
    texts = {str(path): str(text) for path, text in program["files"]}
    test_path = str(program["test_path"])
    sources = {
        path: text
        for path, text in texts.items()
        if path in ("solution.py", test_path)
    }
    # Source that nothing on disk refers to need not be written there.
    on_disk = program["on_disk"] or len(texts) > len(sources)
    return Prepared(
        root=root,
        test_path=test_path,
        solution=(
            _compile(sources["solution.py"], "solution.py", root)
            if "solution.py" in sources
            else None
        ),
        tests=_compile(sources.get(test_path, ""), test_path, root),
        names=tuple(map(str, program["names"])),
        plain=frozenset(map(str, program["plain"])),
        fixtures=tuple(map(str, program["fixtures"])),
        files=texts if on_disk else {},
        sources=sources,
        codes=compiled(texts, root, without=sources) if on_disk else {},
        through_pytest=bool(program["through_pytest"]),
        until_failure=bool(program["until_failure"]),
    )


def _compile(source: str, path: str, root: str) -> CodeType | Faulty:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return compile(source, root + path, "exec", dont_inherit=True)
    except SyntaxError as error:
        return Faulty(
            type(error).__name__, error.msg, path, error.lineno or 0
        )
    except (ValueError, MemoryError, RecursionError) as error:
        return Faulty(type(error).__name__, str(error), path, 0)
