"""The ``plse`` command, run as a user runs it."""

import io
import json
import os
import subprocess
import sys
import textwrap
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from plse import __version__
from plse.cli import main
from tests.engine.conftest import DOUBLE, FORGET, SmallLibrary

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def library(tmp_path):
    library = SmallLibrary(tmp_path / "patterns")
    library.add(DOUBLE, "numbers", "doubling")
    library.add(FORGET, "anti_patterns", "forgetting")
    return library


@dataclass
class Done:
    """How a command ended, and what it printed."""

    returncode: int
    stdout: str
    stderr: str


def plse(*arguments, folder=None):
    """Run the command in this process, in a folder."""
    out, err = io.StringIO(), io.StringIO()
    before = Path.cwd()
    os.chdir(folder or before)
    try:
        with redirect_stdout(out), redirect_stderr(err):
            try:
                status = main([str(word) for word in arguments])
            except SystemExit as stop:
                status = stop.code
    finally:
        os.chdir(before)
    return Done(status or 0, out.getvalue(), err.getvalue())


def plse_process(*arguments, folder=None):
    """Run ``python -m plse`` and return the finished process."""
    return subprocess.run(
        [sys.executable, "-m", "plse", *map(str, arguments)],
        cwd=folder,
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )


def _environment():
    return {**os.environ, "PYTHONPATH": str(REPOSITORY), "NO_COLOR": "1"}


def test_says_its_version():
    assert plse_process("--version").stdout == f"plse {__version__}\n"


def test_without_a_command_says_which_there_are():
    done = plse()
    assert done.returncode == 2
    for verb in ("list", "lint", "show", "doctor", "new", "schema"):
        assert verb in done.stderr


def test_lists_a_table(library):
    done = plse_process("list", folder=library.root.parent)
    assert done.returncode == 0
    header, first, second, blank, total = done.stdout.splitlines()
    assert header.split() == "PATTERN KIND DIFFICULTY CELLS TITLE".split()
    assert first.split()[:4] == [
        "small.anti_patterns.forgetting",
        "anti-pattern",
        "beginner",
        "2",
    ]
    assert second.endswith("Doubling")
    assert total == "2 patterns in 2 topics: 14 cells, 42 samples."


def test_lists_for_machines(library):
    done = plse("list", "--json", folder=library.root)
    forgetting, doubling = json.loads(done.stdout)
    assert forgetting["tasks"] == ["write", "fix", "explain"]
    assert doubling["cells"] == 12
    assert doubling["file"] == "numbers/doubling.yaml"


def test_writes_the_index_into_the_library(library):
    done = plse("list", "--output-markdown", "--library", library.root)
    index = (library.root / "AVAILABLE_PATTERNS.md").read_text()
    assert done.returncode == 0
    assert index.startswith("# A small library\n")
    assert "[Doubling](numbers/doubling.yaml)" in index
    assert "## Anti-patterns" in index


def test_a_broken_pattern_does_not_hide_the_others(library):
    broken = library.root / "numbers" / "broken.yaml"
    broken.write_text("titel: Broken\n")
    done = plse("list", "--library", library.root)
    assert done.returncode == 1
    assert "small.numbers.doubling" in done.stdout
    assert f"{broken}:1: " in done.stderr
    assert "title" in done.stderr


@pytest.mark.parametrize("verb", ["lint", "show", "doctor"])
@pytest.mark.parametrize(
    "name", ["broken", "small.numbers.broken", "numbers/broken.yaml"]
)
def test_a_broken_pattern_that_is_named_says_what_is_wrong(
    library, verb, name
):
    broken = library.root / "numbers" / "broken.yaml"
    broken.write_text("titel: Broken\n")
    done = plse(verb, name, "--library", library.root)
    assert done.returncode == 2
    assert f"{broken}:1: " in done.stderr
    assert "`titel`" in done.stderr
    assert "no pattern is called" not in done.stderr


def test_without_a_library_says_what_to_do(tmp_path):
    done = plse("list", folder=tmp_path)
    assert done.returncode == 2
    assert "there is no pattern library here" in done.stderr
    assert "--library FOLDER" in done.stderr


@pytest.mark.parametrize(
    "name",
    [
        "doubling",
        "numbers/doubling",
        "numbers.doubling",
        "small.numbers.doubling",
        "patterns/numbers/doubling.yaml",
    ],
)
def test_shows_a_sample_by_any_of_its_names(library, name):
    done = plse("show", name, "--index", 4, folder=library.root.parent)
    assert done.returncode == 0, done.stderr
    assert "small.numbers.doubling#4, write" in done.stdout
    assert "Write `scale(width)`" not in done.stdout
    assert "`scale(3)` must give 6" in done.stdout
    assert "    width *= 2\n" in done.stdout
    assert "def test_scales():" in done.stdout
    assert "passed: syntax, style, artefacts, execution" in done.stdout


def test_shows_any_sample(library):
    done = plse("show", "forgetting", "--random", "--library", library.root)
    assert done.returncode == 0
    assert "the mistake shows B018, test_doubles" in done.stdout


def test_shows_the_record(library):
    done = plse(
        "show", "doubling", "--json", "--index", 2, "--library", library.root
    )
    row = json.loads(done.stdout)
    assert row["id"] == "small.numbers.doubling#2"
    assert row["task"] == "explain"


def test_an_index_that_is_none_is_refused(library):
    done = plse("show", "doubling", "--index", 36, "--library", library.root)
    assert done.returncode == 2
    assert "has the indices 0 to 35" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_sample_that_fails_is_explained(library):
    library.add(
        DOUBLE.replace("scale(0) == 0", "scale(0) == 1"), "numbers", "wrong"
    )
    done = plse("show", "wrong", "--library", library.root)
    assert done.returncode == 1
    assert "REJECTED" in done.stdout
    source = (library.root / "numbers" / "wrong.yaml").read_text()
    line = source.split("\n").index("      assert scale(0) == 1") + 1
    assert f"wrong.yaml:{line}" in done.stderr


def test_a_wrong_name_suggests_the_right_one(library):
    done = plse("show", "dubbling", "--library", library.root)
    assert done.returncode == 2
    assert "did you mean small.numbers.doubling" in done.stderr


def test_lints_and_counts(library):
    done = plse_process("lint", "-j", 2, "--library", library.root)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "small.anti_patterns.forgetting: ok (2 samples)",
        "small.numbers.doubling: ok (12 samples)",
        "2 of 2 patterns are fine",
    ]


def test_lint_explains_what_is_wrong(library):
    text = DOUBLE.replace("scale(0) == 0", "scale(0) == 1")
    library.add(text, "numbers", "wrong")
    done = plse("lint", "wrong", "doubling", "--library", library.root)
    assert done.returncode == 1
    assert "small.numbers.wrong: FAILED" in done.stdout
    assert "test_keeps_zero" in done.stdout
    assert "1 of 2 patterns are fine" in done.stdout


@pytest.fixture
def demanding(library):
    """A lesson that no machine can prove, beside one that every one can."""
    text = textwrap.dedent(DOUBLE).replace(
        "parameters:", "requires: {modules: [no_such_module]}\nparameters:", 1
    )
    library.add(text, "numbers", "demanding")
    return library


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("lint",), "2 of 3 patterns are fine, 1 skipped"),
        (("lint", "demanding"), "demanding: skipped (needs no_such_module,"),
        (("doctor",), "NOT proven here: small.numbers.demanding needs no_su"),
        (("doctor", "demanding"), "space        needs no_such_module, which"),
        (("show", "demanding"), "not proven here: it needs no_such_module, w"),
        (("list",), "small.numbers.demanding"),
    ],
)
def test_what_a_machine_lacks_is_said_and_is_no_failure(
    demanding, words, said
):
    done = plse(*words, "--library", demanding.root)
    assert said in done.stdout
    assert done.returncode == (1 if words == ("doctor",) else 0)


@pytest.mark.parametrize("topic", ["io", "performance", "anti_patterns"])
def test_a_new_pattern_passes_as_it_is(library, topic):
    written = plse("new", f"{topic}/first_try", folder=library.root)
    assert written.returncode == 0, written.stderr
    path = library.root / topic / "first_try.yaml"
    assert path.read_text().count("title: First try\n") == 1
    done = plse("lint", "first_try", "--samples", 60, folder=library.root)
    assert done.returncode == 0, done.stdout + done.stderr
    done = plse("doctor", "first_try", folder=library.root)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_new_pattern_never_replaces_one(library):
    done = plse("new", "numbers/doubling", "--library", library.root)
    assert done.returncode == 2
    assert "is there already" in done.stderr
    path = library.root / "numbers" / "doubling.yaml"
    assert path.read_text() == textwrap.dedent(DOUBLE)


@pytest.mark.parametrize("name", ["doubling", "Numbers/x", "a/b/c", "../x/y"])
def test_a_new_pattern_needs_a_topic_and_a_name(library, name):
    done = plse("new", name, "--library", library.root)
    assert done.returncode == 2
    assert "write TOPIC/NAME" in done.stderr


@pytest.mark.parametrize("topic", ["orchestration", "meta"])
def test_a_new_set_of_files_is_begun_from_a_sound_one(library, topic):
    done = plse("new", f"{topic}/first_try", "--library", library.root)
    assert done.returncode == 2
    assert "copy a lesson of that folder" in done.stderr


def test_prints_the_schema():
    schema = json.loads(plse("schema").stdout)
    assert "parameters" in schema["properties"]
    assert schema["additionalProperties"] is False


def test_a_reader_that_goes_away_is_no_error(library):
    process = subprocess.Popen(
        [sys.executable, "-m", "plse", "schema"],
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.read(1)
    process.stdout.close()
    assert b"Traceback" not in process.stderr.read()
    process.stderr.close()
    process.wait(timeout=60)
