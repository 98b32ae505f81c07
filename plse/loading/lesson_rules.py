"""What a pattern file must hold to beyond its shape.

Each rule takes more than one key to judge, or knows something that a schema
cannot say. Each records what it finds in the source and goes on.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePosixPath

from plse.imports import is_test_path
from plse.loading.schema_errors import nearest
from plse.loading.yaml_source import Location, Source
from plse.patterns import KINDS, Bundle, Kind, Parameter, Pattern

__all__ = ["RESERVED_MARKS", "check_lesson"]

RESERVED_MARKS = frozenset(
    "anyio asyncio benchmark django_db filterwarnings flaky forked hypothesis "
    "hypofuzz no_cover order parametrize run rerun skip skipif timeout trio "
    "tryfirst trylast usefixtures xdist_group xfail".split()
)
"""Marks that pytest or a plugin of it gives a meaning."""

_DIFFICULTIES = ("beginner", "intermediate", "advanced", "expert")
_FOLDERS: dict[Kind, str] = {
    "anti_pattern": "anti_patterns",
    "orchestration": "orchestration",
    "meta": "meta",
}
_KIND_KEYS: dict[Kind, tuple[tuple[str, ...], tuple[str, ...]]] = {
    # kind: (keys that it must have, keys that it may have)
    "best_practice": (("solution", "tests"), ()),
    "anti_pattern": (("mistake", "solution", "tests"), ()),
    "tradeoff": (("alternatives", "claims", "tests"), ()),
    "orchestration": (("files", "runs"), ()),
    "meta": (("files",), ("runs",)),
}
_OWN_KEYS = (
    "mistake",
    "solution",
    "alternatives",
    "claims",
    "tests",
    "files",
    "runs",
)
_RESERVED_NAMES = frozenset(
    "and caller choice else false elif for if in is joiner kwargs loop "
    "namespace none not or range recursive self situation super true "
    "varargs None True False".split()
)
_TEST = re.compile(r"^[ \t]*(?:async[ \t]+)?def[ \t]+(test.*?)\(", re.M)
_TAKES_FROM_ELSEWHERE = re.compile(
    r"\{%[-+]?\s*(include|import|from|macro|call)\b"
)


def check_lesson(pattern: Pattern, source: Source) -> None:
    """Record in the source what is wrong with a lesson."""
    if not isinstance(source.data, dict):
        return
    for rule in _RULES:
        rule(pattern, source)


def _keys_fit_the_kind(pattern: Pattern, source: Source) -> None:
    keys = source.data
    kind = pattern.kind.replace("_", "-")
    required, allowed = _KIND_KEYS[pattern.kind]
    if not _teaches(source):
        source.add(
            (),
            "there is nothing to teach: neither `solution`, `alternatives` "
            "nor `files`",
            "write `solution:` with `code: |` below it",
        )
        return
    for key in required:
        if key not in keys:
            source.add(
                (),
                f"the file is {_article(kind)} and lacks the key `{key}`",
                _why_this_kind(pattern.kind),
            )
    for key in _OWN_KEYS:
        if key in keys and key not in required and key not in allowed:
            source.add(
                (key,),
                f"{_article(kind)} has no `{key}`",
                _why_this_kind(pattern.kind),
            )


def _article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def _why_this_kind(kind: Kind) -> str:
    return {
        "best_practice": "it has `solution` and `tests`",
        "anti_pattern": "`mistake` makes it one: it has `mistake`, "
        "`solution` and `tests`",
        "tradeoff": "`alternatives` make it one: it has `alternatives`, "
        "`claims` and `tests`",
        "orchestration": "`files` make it one: it has `files` and `runs`, "
        "and its tests are among the files",
        "meta": "`files` in the folder meta make it one: a file is a pattern",
    }[kind]


def _teaches(source: Source) -> bool:
    subjects = {"solution", "mistake", "alternatives", "files"}
    return not subjects.isdisjoint(source.data)


def _folder_fits_the_kind(pattern: Pattern, source: Source) -> None:
    if not _teaches(source):
        return
    folder = _FOLDERS.get(pattern.kind)
    kind = _article(pattern.kind.replace("_", "-"))
    if folder and pattern.topic != folder:
        source.add(
            (),
            f"the file is {kind} and lies in the folder `{pattern.topic}`",
            f"move it to {folder}/{pattern.path.name}",
        )
    elif not folder and pattern.topic in _FOLDERS.values():
        source.add(
            (),
            f"the folder `{pattern.topic}` is for another kind of lesson; "
            f"this file is {kind}",
            "move it to the folder of its topic",
        )


def _tags_can_be_marks(pattern: Pattern, source: Source) -> None:
    for position, tag in enumerate(pattern.tags):
        location = ("tags", position)
        if tag in RESERVED_MARKS:
            source.add(
                location,
                f"pytest has a mark `{tag}`, so no tag can have the name",
                "choose another word",
            )
        elif tag in KINDS or tag in _DIFFICULTIES:
            source.add(
                location,
                f"`{tag}` is known of every lesson already",
                "delete the tag",
            )
        elif tag in pattern.tags[:position]:
            source.add(
                location, f"the tag `{tag}` is given twice", "delete one"
            )


def _python_is_supported(pattern: Pattern, source: Source) -> None:
    if pattern.requires.python < (3, 10):
        source.add(
            ("requires", "python"),
            "the lowest version that can be asked for is 3.10",
            "delete the key",
        )


def _tasks_are_asked(pattern: Pattern, source: Source) -> None:
    if not pattern.asks and isinstance(source.data.get("ask"), dict):
        source.add(
            ("ask",),
            "`ask` asks for nothing",
            "write a phrasing of a task: `write`, `fix` or `explain`",
        )
    if "fix" in pattern.tasks and "mistake" not in source.data:
        source.add(
            ("ask", "fix"),
            "there is nothing to fix: the file has no `mistake`",
            "delete `fix`, or add the flawed code",
        )


def _mistake_shows(pattern: Pattern, source: Source) -> None:
    mistake = pattern.mistake
    if mistake is None:
        return
    if not mistake.flags and not mistake.fails:
        source.add(
            ("mistake",),
            "nothing tells the mistake from the solution",
            "list the lint codes that it shows in `flags`, or the tests that "
            "it fails in `fails`",
        )
    tests = pattern.tests.text if pattern.tests else ""
    names = _TEST.findall(tests)
    for position, test in enumerate(mistake.fails):
        literal = not any("{" in name for name in (test.text, *names))
        if (
            tests
            and literal
            and not _TAKES_FROM_ELSEWHERE.search(tests)
            and test.text not in names
        ):
            source.add(
                ("mistake", "fails", position),
                f"`tests` has no test `{test.text}`",
                nearest(test.text, names),
            )


def _tests_test(pattern: Pattern, source: Source) -> None:
    tests = pattern.tests
    if (
        tests is not None
        and not _TEST.search(tests.text)
        and not _TAKES_FROM_ELSEWHERE.search(tests.text)
    ):
        source.add(
            ("tests",),
            "`tests` holds no test",
            "write functions whose names begin with test_",
        )


def _claims_name_alternatives(pattern: Pattern, source: Source) -> None:
    names = source.data.get("alternatives")
    if not isinstance(names, dict):
        return
    for position, claim in enumerate(pattern.claims):
        for side, name in (("less", claim.less), ("more", claim.more)):
            if name not in names:
                source.add(
                    ("claims", position, side),
                    f"there is no alternative `{name}`",
                    nearest(name, names),
                )
        if claim.less == claim.more:
            source.add(
                ("claims", position, "more"),
                "a claim compares two alternatives, not one with itself",
                "name another as `more`",
            )


def _files_can_be_written(pattern: Pattern, source: Source) -> None:
    seen: set[str] = set()
    for position, file in enumerate(pattern.files):
        location: Location = ("files", position, "path")
        path = file.path.text.strip()
        if path.startswith("/") or "\\" in path or ".." in path.split("/"):
            source.add(
                location,
                f"`{path}` leads out of the sample's folder",
                "write a relative path with slashes and without ..",
            )
        if path in seen:
            source.add(location, f"a second file has the path `{path}`", "")
        seen.add(path)
    if not pattern.files:
        return
    paths = [file.path.text.strip() for file in pattern.files]
    if pattern.kind == "orchestration" and not any(map(is_test_path, paths)):
        source.add(
            ("files",),
            "no file is a test module",
            "add one whose name begins with test_ and ends with .py",
        )
    if pattern.kind == "meta" and not any(
        PurePosixPath(path).suffix == ".yaml" for path in paths
    ):
        source.add(
            ("files",),
            "no file is a pattern",
            "add one whose name ends with .yaml",
        )


def _parameters_are_axes(pattern: Pattern, source: Source) -> None:
    names = source.data.get("parameters")
    for name in names if isinstance(names, dict) else ():
        if name in _RESERVED_NAMES:
            source.add(
                ("parameters", name),
                f"`{name}` has a meaning of its own in templates",
                "give the parameter another name",
            )
    for parameter in pattern.parameters:
        if not isinstance(parameter.options, range):
            _options_differ(parameter, source)
            _bundles_match(parameter, source)


def _options_differ(parameter: Parameter, source: Source) -> None:
    seen: dict[str, int] = {}
    for position, option in enumerate(parameter.options):
        written = f"{type(option).__name__} {option!r}"
        if written in seen:
            source.add(
                ("parameters", parameter.name, position),
                f"option {position + 1} of `{parameter.name}` is the same as "
                f"option {seen[written] + 1}",
                "delete one: it would only repeat samples",
            )
        seen.setdefault(written, position)


def _bundles_match(parameter: Parameter, source: Source) -> None:
    first: frozenset[str] | None = None
    for position, option in enumerate(parameter.options):
        fields = frozenset(option if isinstance(option, Bundle) else ())
        if first is None:
            first = fields
            continue
        if fields != first:
            names = sorted(fields ^ first)
            differing = ", ".join(f"`{name}`" for name in names)
            source.add(
                ("parameters", parameter.name, position),
                f"the fields of option {position + 1} of `{parameter.name}` "
                f"differ from those of option 1 by {differing}",
                "give every bundle the same fields",
            )


Rule = Callable[[Pattern, Source], None]

_RULES: tuple[Rule, ...] = (
    _keys_fit_the_kind,
    _folder_fits_the_kind,
    _tags_can_be_marks,
    _python_is_supported,
    _tasks_are_asked,
    _parameters_are_axes,
    _mistake_shows,
    _tests_test,
    _claims_name_alternatives,
    _files_can_be_written,
)
