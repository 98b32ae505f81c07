"""The promises of `lint`: total, sorted, and the same everywhere."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from dataclasses import FrozenInstanceError
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plse.linter import Lint, lint
from plse.linting.flake8_session import Flake8Session

ROOT = Path(__file__).parent.parent.parent

HOSTILE = {
    "null bytes": ("x = 1\0\n", "E999"),
    "a lone surrogate": ("x = '\ud800'\n", "E999"),
    "a line of a megabyte": ("x = 1" + " " * 1_000_000 + "\n", "PLS901"),
    "a megabyte of lines": ("x = 1\n" * 200_000, "PLS901"),
    "a megabyte without an end": ("(" * 1_000_000, "PLS901"),
    "a chain of attributes": ("x" + ".y" * 2400 + "\n", "PLS902"),
    "a chain of sums": ("x = 1" + "\\\n+ 1" * 4000 + "\n", "PLS902"),
    "many brackets": ("x = " + "[" * 300 + "]" * 300 + "\n", "E999"),
    "many signs": ("x = " + "-" * 4900 + "1\n", "PLS902"),
}

PIECES = st.sampled_from(
    [
        "def f(x):", "class C:", "if x:", "else:", "try:", "except:", "x = 1",
        "return x", "import os", "from a import *", "@f", "# noqa", "# TODO",
        "lambda: x", "(", ")", "[", "{", "}}", '"', "'''", 'f"{', "\\", ":",
        " ", "    ", "\t", "\n", "\r", "\x0c", "\0", "\ufeff", "\u2028", "é",
        "async", "await x", "yield", "match x:", "case _:", "assert x == x",
        "{{ x }}", "...", "pass", "1_000", "0777", "print(x)", ";", "~", "*",
    ]
)


@pytest.mark.parametrize("name", HOSTILE)
def test_what_cannot_be_checked_is_one_finding(name):
    source, code = HOSTILE[name]
    (found,) = lint(source)
    # Older parsers give up on nesting that newer ones accept.
    assert found.code in ({code, "PLS902"} if code == "E999" else {code})


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=80))
def test_no_text_makes_it_raise(source):
    for path in ("solution.py", "test_solution.py"):
        found = lint(source, path)
        assert list(found) == sorted(
            found, key=lambda each: (each.line, each.column, each.code)
        )
        assert all(each.line >= 1 and each.column >= 1 for each in found)


def test_a_syntax_error_is_its_only_finding():
    (found,) = lint("import os\nx = (\n")
    assert (found.code, found.line) == ("E999", 2)


def test_a_checker_that_fails_is_a_finding_beside_those_of_the_others():
    class Broken:
        def check(self, *arguments):
            raise KeyError("broken")

    session = Flake8Session()
    session._pyflakes = Broken()
    found = session.lint("x=1\n", "solution.py")
    assert [(each.code, each.line) for each in found] == [
        ("PLS903", 1),
        ("E225", 1),
    ]
    assert "pyflakes" in found[0].message
    assert "KeyError" in found[0].message


def test_a_finding_has_its_place_and_cannot_be_changed():
    found = lint("import os\n")
    assert found == (Lint("F401", 1, 1, "'os' imported but unused"),)
    with pytest.raises(FrozenInstanceError):
        found[0].code = "F000"


def test_noqa_does_not_silence_and_is_a_finding():
    codes = [found.code for found in lint("import os  # noqa\n")]
    assert codes == ["F401", "PLS001"]
    codes = [found.code for found in lint("# flake8: noqa\nimport os\n")]
    assert codes == ["PLS001", "F401"]


def test_the_depth_of_the_caller_does_not_matter():
    source = "x = " + "(1 + " * 40 + "1" + ")" * 40 + "\n"
    expected = lint(source, "a.py")

    def deeper(levels: int) -> tuple[Lint, ...]:
        if levels:
            return deeper(levels - 1)
        return lint(source, "b.py")

    room = sys.getrecursionlimit() - len_of_stack()
    assert deeper(room - 150) == expected


def len_of_stack() -> int:
    frame, depth = sys._getframe(), 0
    while frame:
        frame, depth = frame.f_back, depth + 1
    return depth


def test_warnings_as_errors_do_not_matter():
    source = "x = '\\d'\ny = 1 is 1\n"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        strict = lint(source, "strict.py")
    assert strict == lint(source, "lax.py")
    assert [found.code for found in strict] == ["W605", "F632"]


HOSTILE_CONFIG = """
    [flake8]
    ignore = F,E,W,B,PLS
    max-line-length = 20
    builtins = undefined
    max-complexity = 1
    max-doc-length = 10
    [flake8:local-plugins]
    extension = X = nowhere:Nothing
"""

PRINT_FINDINGS = """
    import sys
    from plse.linter import lint
    source = sys.stdin.read()
    for path in ("solution.py", "test_solution.py"):
        print(*lint(source, path), sep="\\n")
"""


def test_configuration_environment_and_folder_do_not_matter(tmp_path):
    (tmp_path / "hostile").mkdir()
    for name in ("setup.cfg", "tox.ini", ".flake8"):
        config = tmp_path / "hostile" / name
        config.write_text(dedent(HOSTILE_CONFIG))
    source = (
        "import os, time\n\n\ndef test_f(a=[]):\n    return undefined\n"
        "x = f'{a :>3}'" + " # long" * 12 + "\n"
    )
    outputs = set()
    for folder, settings_ in {
        tmp_path: {"PYTHONHASHSEED": "1"},
        tmp_path / "hostile": {
            "PYTHONHASHSEED": "2",
            "PYFLAKES_BUILTINS": "undefined,a",
            "PYFLAKES_DOCTEST": "1",
            "XDG_CONFIG_HOME": str(tmp_path / "hostile"),
        },
    }.items():
        done = subprocess.run(
            [sys.executable, "-c", dedent(PRINT_FINDINGS)],
            input=source,
            cwd=folder,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), **settings_},
            timeout=60,
        )
        assert done.stderr == ""
        outputs.add(done.stdout)
    (output,) = outputs
    for code in ("B006", "E305", "E401", "E501", "F401", "F821", "PLS101"):
        assert code in output


def test_ordinary_code_is_judged_alike_by_every_version():
    """Tokens of f-strings differ from Python 3.12 on; the findings do not."""
    source = '''\
    """Labels of a shop."""

    from dataclasses import dataclass


    @dataclass(frozen=True)
    class Label:
        name: str
        price: float

        def show(self, width: int = 10) -> str:
            return f"{self.name:<{width}}|{self.price:,.2f} {{net}}"


    def table(labels: list[Label]) -> str:
        head = f"{'name':<10}|{'price'!r:>8}"
        rows = [f"{label.show()}" f" ({number=})"
                for number, label in enumerate(labels, start=1)]
        return "\\n".join(
            [head, *rows, f"""
    {len(rows)} labels: {", ".join(label.name for label in labels)}
    """]
        )
    '''
    assert lint(dedent(source)) == ()
