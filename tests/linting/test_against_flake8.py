"""`lint` finds what the `flake8` command finds, in every text."""

from __future__ import annotations

import io
import json
import keyword
import os
import random
import subprocess
import sys
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import flake8
import pytest

from plse.linter import lint
from plse.linting.flake8_session import (
    EXTRA,
    IGNORED,
    MAX_LINE,
    Flake8Session,
    Found,
)

LIBRARY = Path(os.__file__).parent
INSTALLED = Path(flake8.__file__).parent.parent

STATEMENTS = {
    "no newline at the end": "x = 1",
    "blank lines at the end": "x = 1\n\n\n",
    "nothing": "",
    "a blank line": "\n",
    "a comment": "#x",
    "windows newlines": "x = 1\r\nif x:\r\n  y=2\r\n",
    "a byte order mark": "\ufeffimport os\n",
    "tabs": "if True:\n\tx = 1\n        y = 2\n",
    "a form feed": "x = 1\n\x0c\n\ndef f():\n    pass\n",
    "a continuation first": "x = 1\n\\\ny = 2\n",
    "continuations": "x = 1 + \\\n  2\nassert x, \\\n    'x'\n",
    "semicolons": "x = 1; y = 2;\n",
    "a string of lines": 'x = """a  \n\tb\n' + "c" * 90 + '\n"""\n',
    "an f-string of lines": 'x = 1\ny = f"""a  \n{x :>3}\n{{}}\n"""\n',
    "a shebang": "#!/bin/sh\n#!x\nx = 1\n",
    "blocks": "if 1:\n  if 2:\n      x = 1\n  # y\n\n\n\n  y = 2\nz = 3\n",
    "a nested def": "def f():\n    x = 1\n    def g():\n        pass\n",
    "one-liners": "def f(): pass\ndef g(): pass\nclass C: x = 1\n",
    "imports below": "x = 1\nimport os, sys\n'a'\nfrom a import *\n",
    "names": "l = 1\ndef I(O): return lambda l: l\n",
    "hanging": "f(1,\n  2)\nf(\n    1,\n    )\n"
    "if (1 and\n    2):\n    x = (\n3)\n",
    "decorators": "@ f\n\n@g\ndef h(a = 1, *, b: int=2): return(a)\n",
    "comments": "x = 1 # a\n#b\n### c\nx = [  # d\n    1,#e\n]\n",
    "escapes": "x = '\\d'\ny = b'\\q'\n",
    "comparisons": "x = 1\nif x == None or not x in []: x\n"
    "y = type(x) == type(1)\n",
    "raise without from": "try:\n    f()\nexcept OSError:\n    raise E()\n",
    "noqa": "import os  # noqa\n",
    "noqa for the file": "# flake8: noqa\nimport os\n",
    "bugbear": "def f(a=[], b=g()):\n    for x in a:\n"
    "        yield lambda: +(+x)\n",
    "builtins bound": "from a import input\nprint = 1\n\n\n"
    "def len():\n    x = 2\n",
    "match": "match x:\n    case {'a': [*_], **y}:\n        pass\n",
    "an unclosed bracket": "x = (1,\n",
    "a bad dedent": "if 1:\n        x = 1\n    y = 2\n",
    "a keyword": "x = 1\nclass = 2\n",
    "an open string": "x = 'a\n",
    "a fault that parses": "def f():\n    return\nreturn 1\nbreak\n",
}


def small_modules(folder: Path, count: int, seed: int) -> Iterator[str]:
    """Texts of modules of a few KB, the same ones for the same Python."""
    paths = sorted(
        path
        for path in folder.rglob("*.py")
        if 0 < path.stat().st_size < 5000 and "lib2to3" not in path.parts
    )
    for path in random.Random(seed).sample(paths, min(count, len(paths))):
        try:
            yield path.read_text("utf-8")
        except UnicodeDecodeError:
            continue


def damaged(text: str, dice: random.Random) -> str:
    """The text with a few changes that pycodestyle may object to."""
    lines = text.splitlines(keepends=True)
    for _ in range(3):
        row = dice.randrange(len(lines))
        line = lines[row]
        lines[row] = dice.choice(
            (
                "",
                "\n" + line,
                line.replace(" ", "  ", 1),
                line.replace(", ", ",", 1),
                line.replace(" = ", "=", 1),
                line.replace("(", "( ", 1),
                line.rstrip("\n") + "  \n",
                line.rstrip("\n") + " #x\n",
                line + dice.choice(lines),
            )
        )
    return "".join(lines)


def corpus() -> dict[str, str]:
    dice = random.Random(20)
    modules = [
        *small_modules(LIBRARY, 25, seed=1),
        *small_modules(INSTALLED, 25, seed=2),
    ]
    texts = dict(STATEMENTS)
    for number, text in enumerate(modules):
        texts[f"module {number}"] = text
        texts[f"module {number}, damaged"] = damaged(text, dice)
    return texts


def flake8_findings(texts: dict[str, str], folder: Path) -> dict[str, list]:
    """What the command prints, by the name of the text."""
    names = {}
    for number, (name, text) in enumerate(texts.items()):
        names[f"./m{number}.py"] = name
        path = folder / f"m{number}.py"
        path.write_text(text, encoding="utf-8", newline="")
    done = subprocess.run(
        [
            sys.executable, "-W", "ignore", "-m", "flake8", "--isolated",
            "--disable-noqa", "--max-line-length", str(MAX_LINE),
            "--extend-select", ",".join(EXTRA), "--extend-ignore", "PLS",
            "--format", '["%(path)s", %(row)d, %(col)d, "%(code)s"]%(text)s',
            ".",
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1"},
        timeout=300,
    )
    assert done.returncode == 1, done.stderr
    found = defaultdict(list)
    for line in done.stdout.splitlines():
        place, _, message = line.partition("]")
        path, row, column, code = json.loads(place + "]")
        found[names[path]].append((row, column, code, message))
    return found


def test_the_findings_are_those_of_the_command(tmp_path):
    texts = corpus()
    expected = flake8_findings(texts, tmp_path)
    assert sum(map(len, expected.values())) > 300
    session = Flake8Session()
    # Twice: as statements are met, and as they are remembered.
    for _ in range(2):
        for number, (name, text) in enumerate(texts.items()):
            found = [
                (each.line, each.column, each.code, each.message)
                for each in session.lint(text, f"./m{number}.py")
            ]
            assert found == sorted(expected[name]), name


def test_statements_are_remembered_with_what_is_around_them():
    """Neighbours, in every order, do not leak into each other."""
    parts = [
        "import os\n",
        "x = 1\n",
        "\n",
        "\n\n\n",
        "# y\n",
        "def f():\n    return 1\n",
        "class C:\n    x = 1\n    def f(self):\n        pass\n",
        "if 1:\n        # z\n        y = (2,\n          3)\n",
    ]
    dice = random.Random(3)
    session = Flake8Session()
    for _ in range(150):
        text = "".join(dice.choices(parts, k=7))
        lines = text.splitlines(keepends=True)
        found, _ = session._style.check(lines)
        whole = session._style.check_whole(lines)
        assert wanted(found) == wanted(whole), text


# A statement without findings, one that is nearly like it, and what is found
# in that.
ALIKE = {
    "types compared": ("kind(a) == kind(b)", "type(a) == type(b)", "E721"),
    "a function with a name": ("name = named, 1", "name = lambda: 1", "E731"),
    "a single letter": ("abc = 1", "l = 1", "E741"),
    "a word too long": ("abc = 1", f"{'abc' * 30} = 1", "E501"),
    "a string too long": ("abc = 'd'", f"abc = '{'d' * 80}'", "E501"),
    "a number too long": ("abc = 1", f"abc = {'1' * 80}", "E501"),
    "an escape": ("abc = 'a'", "abc = '\\d'", "W605"),
    "a negation": ("some(one if two in a)", "some(not two in a)", "E713"),
    "a comment": ("abc = 'a# b'", "abc = 'a'# b'", "E261"),
    "code in a string": ("a = f'{abc}' + 'a'", "a = f'{abc}' +'a'", "E225"),
    "a quote in a string": ('abc = "it\'s", "a"', 'abc = "its","a"', "E231"),
    "no space after a string": ("abc('a', 'b')", "abc('a','b')", "E231"),
    "a dunder": ("abc = 1", "__all__ = 1", ""),
    "another word": ("abc = defg", "abcd = efg", ""),
    "another number": ("abc = 1, 0.5", "abc = 12, 10.75", ""),
    "another string": ("abc = 'a', \"b\"", "abc = 'a, b', \"# c\"", ""),
}


@pytest.mark.parametrize("what", list(ALIKE))
def test_findings_are_those_of_the_statement_itself(what):
    known, text, code = ALIKE[what]
    session = Flake8Session()
    for each in (known, text):
        lines = [f"{each}\n"]
        found, _ = session._style.check(lines)
        whole = session._style.check_whole(lines)
        assert wanted(found) == wanted(whole)
    assert (code in {each[2][:4] for each in found}) == bool(code)


def varied(text: str, dice: random.Random) -> str:
    """The text with other words, numbers and strings in the same places."""
    lines = text.splitlines(keepends=True)
    tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    for kind, word, (row, start), (last, end), _ in reversed(tokens):
        if row != last:
            continue
        if kind == tokenize.NAME and not keyword.iskeyword(word):
            word = dice.choice(["name", "some_name", "word", "l", "type"])
        elif kind == tokenize.NUMBER:
            word = dice.choice(["7", "1234", "0.5", "0x1F"])
        elif kind == tokenize.STRING and word[0] in "'\"":
            quote = word[0]
            inner = dice.choice(["", "a b", "it", "a # b", "x" * 30])
            word = f"{quote}{inner}{quote}"
        else:
            continue
        line = lines[row - 1]
        lines[row - 1] = line[:start] + word + line[end:]
    return "".join(lines)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_remembered_of_one_text_holds_for_those_like_it(seed):
    dice = random.Random(seed)
    session = Flake8Session()
    borrowed = count_borrowed(session)
    found_something = 0
    for name, text in corpus().items():
        try:
            texts = [varied(text, dice), varied(text, dice), text]
        except (tokenize.TokenError, SyntaxError):
            continue
        for each in texts:
            try:
                lines = each.splitlines(keepends=True)
                whole = session._style.check_whole(lines)
            except (tokenize.TokenError, SyntaxError, IndexError):
                continue
            found, _ = session._style.check(lines)
            assert wanted(found) == wanted(whole), name
            found_something += bool(whole)
    assert found_something > 100
    assert len(borrowed) > 500


def count_borrowed(session: Flake8Session) -> list[str]:
    """The lines whose findings are taken from others, from now on."""
    borrowed: list[str] = []
    borrow = session._style._borrow

    def borrowing(lead: int, line: str) -> object:
        statement = borrow(lead, line)
        if statement is not None:
            borrowed.append(line)
        return statement

    session._style._borrow = borrowing
    return borrowed


def wanted(found: list[Found]) -> list[Found]:
    return sorted(each for each in found if not each[2].startswith(IGNORED))


@pytest.mark.parametrize("name", STATEMENTS)
def test_findings_do_not_depend_on_what_was_linted_before(name):
    before = Flake8Session().lint(STATEMENTS[name], "solution.py")
    session = Flake8Session()
    for text in STATEMENTS.values():
        session.lint(text, "solution.py")
    assert session.lint(STATEMENTS[name], "solution.py") == before


def test_the_plugin_says_in_any_flake8_what_lint_says(tmp_path):
    source = (
        "import time\n\n\ndef test_add():\n"
        "    # TODO: more\n    foo = time.time()\n    assert foo == foo\n"
    )
    path = tmp_path / "test_solution.py"
    path.write_text(source)
    config = tmp_path / "config"
    config.write_text(
        "[flake8:local-plugins]\n"
        "extension =\n    PLS = plse.linter:Checker\n"
    )
    done = subprocess.run(
        [
            sys.executable, "-m", "flake8", "--config", str(config),
            "--select", "PLS", path.name,
            "--format", "%(row)d:%(col)d: %(code)s %(text)s",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parent.parent.parent),
        },
        timeout=60,
    )
    assert done.stderr == ""
    # Where plse is installed, its entry point reports the same once more.
    assert sorted(set(done.stdout.splitlines())) == sorted(
        str(found) for found in lint(source, path.name)
    )
