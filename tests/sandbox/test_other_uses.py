"""Commands, values and conditions: what else the sandbox runs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plse.errors import SandboxError
from plse.patterns import File
from plse.sandbox import (
    Command,
    Conditions,
    EvaluationError,
    Program,
    Sandbox,
    SandboxSettings,
)
from plse.sandbox.inside.evaluation import encode
from plse.sandbox.plain import decode

Make = Callable[..., Program]
FILES = (
    File("tool.py", "import sys, part\nprint(part.x, *sys.argv[1:])\n"),
    File("part.py", "x = 'part'\n"),
    File("Makefile", "all:\n\techo made > made.txt\n"),
    File("run.sh", "cat > copy.txt\n"),
)
SHOWN = "import os; print(*map(os.environ.get, ['A', 'B', 'WORD']))"
COMMANDS: dict[str, tuple[tuple[str, ...], int, str, tuple[str, ...]]] = {
    "a script": (("python", "tool.py", "a", "b"), 0, "part a b\n", ()),
    "a module": (("python", "-m", "tool", "a"), 0, "part a\n", ()),
    "code": (("python3", "-c", "import part; print(part.x)"), 0, "part\n", ()),
    "an interpreter of its own": (
        ("python", "-X", "utf8", "-c", "print('hi')"),
        0,
        "hi\n",
        (),
    ),
    "a script behind variables": (
        ("env", "A=1", "B=x=y", "python", "-c", SHOWN),
        0,
        "1 x=y word\n",
        (),
    ),
    "an environment alone": (
        ("env", "-i", "A=1", "env"),
        0,
        "A=1\n",
        (),
    ),
    "another program behind variables": (
        ("env", "A=1", "sh", "-c", "echo $A $WORD"),
        0,
        "1 word\n",
        (),
    ),
    "variables and nothing of that name": (
        ("env", "A=1", "no-such-program"),
        127,
        "",
        (),
    ),
    "an exit status": (("python", "-c", "raise SystemExit(3)"), 3, "", ()),
    "a message as status": (("python", "-c", "exit('no')"), 1, "", ()),
    "an exception": (("python", "-c", "1 / 0"), 1, "", ()),
    "an exit handler": (
        ("python", "-c", "import atexit; atexit.register(print, 'bye')"),
        0,
        "bye\n",
        (),
    ),
    "a shell": (("sh", "-c", "echo $WORD; exit 4"), 4, "word\n", ()),
    "python in a shell": (
        ("sh", "-c", "python -c 'import sys; print(sys.version_info[1])'"),
        0,
        f"{sys.version_info[1]}\n",
        (),
    ),
    "make": (("make", "-s"), 0, "", ("made.txt",)),
    "standard input": (("sh", "run.sh"), 0, "", ("copy.txt",)),
    "a changed file": (
        ("sh", "-c", "echo >> part.py; mkdir a; echo > a/b"),
        0,
        "",
        ("a/b", "part.py"),
    ),
    "nothing of that name": (("no-such-program",), 127, "", ()),
}


@pytest.fixture(params=["sandbox", "weaker"])
def box(request: pytest.FixtureRequest) -> Sandbox:
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("what", list(COMMANDS))
def test_a_command_runs_in_a_folder_with_its_files(
    what: str, box: Sandbox
) -> None:
    argv, status, printed, written = COMMANDS[what]
    outcome = box.run_command(
        Command(argv, FILES, stdin="input\n", env=(("WORD", "word"),))
    )
    assert outcome.status == "exited", outcome
    assert (outcome.exit, outcome.stdout) == (status, printed), outcome
    assert outcome.written == written


def test_a_traceback_is_that_of_the_program(sandbox: Sandbox) -> None:
    files = (File("fails.py", "def f():\n    1 / 0\n\n\nf()\n"),)
    outcome = sandbox.run_command(Command(("python", "fails.py"), files))
    lines = outcome.stderr.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert "fails.py" in lines[1] and "line 5" in lines[1]
    assert lines[-1] == "ZeroDivisionError: division by zero"


def test_a_module_that_loads_others_when_used_has_them_before_the_fork(
    sandbox: Sandbox,
) -> None:
    code = (
        "import argparse, sys\nbefore = set(sys.modules)\n"
        "argparse.ArgumentParser('it').format_help()\n"
        "result = sorted(set(sys.modules) - before)\n"
    )
    assert sandbox.evaluate(code) == []


def test_a_child_does_not_sweep_what_its_zygote_holds(
    sandbox: Sandbox,
) -> None:
    code = "import gc\nresult = len(gc.get_objects()), gc.isenabled()"
    held, enabled = sandbox.evaluate(code)
    assert held < 500
    assert enabled


def test_what_a_command_leaves_running_is_ended(box: Sandbox) -> None:
    command = Command(("sh", "-c", "sleep 50 & (setsid sleep 50 &) ; echo"))
    assert box.run_command(command).exit == 0
    for pid in box.processes:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            (zygote,) = file.read().split()
        with open(f"/proc/{zygote}/task/{zygote}/children") as file:
            assert file.read() == ""


def test_a_command_needs_words() -> None:
    with pytest.raises(ValueError, match="at least one word"):
        Command(())


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.sets(st.integers())
    | st.frozensets(st.text()),
    lambda inner: st.lists(inner)
    | st.tuples(inner, inner)
    | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=20,
)


@settings(max_examples=40, deadline=None)
@given(VALUES)
def test_plain_data_survives_being_sent(value: object) -> None:
    received = decode(json.dumps(encode(value)))
    assert received == value
    assert type(received) is type(value)


@settings(max_examples=40, deadline=None)
@given(st.text() | st.recursive(st.none() | st.text(), st.lists).map(str))
def test_reading_a_value_raises_one_error_only(text: str) -> None:
    try:
        decode(text)
    except ValueError:
        pass


def test_code_is_evaluated_beside_its_files(box: Sandbox) -> None:
    code = "import solution\nresult = [solution.x, {1.5: (True, b'x')}]"
    files = [File("solution.py", "x = 10**5000\n")]
    assert box.evaluate(code, files) == [10**5000, {1.5: (True, b"x")}]


NO_VALUES = {
    "raises": ("x = 1\nraise KeyError('k')", "KeyError", 2),
    "exits": ("import sys\nsys.exit()", "SystemExit", 2),
    "leaves": ("import os\nos._exit(0)", "incomplete", 0),
    "is no plain data": ("result = [object()]", "TypeError", 0),
    "is not bound": ("x = 1", "NameError", 0),
    "imitates plain data": (
        "class Int(int):\n    pass\n\n\nresult = Int(1)",
        "TypeError",
        0,
    ),
    "contains itself": ("result = []\nresult.append(result)", "TypeError", 0),
    "is written by hand": (
        "import os\nos.write(3, b'value\\t1\\n')\nos._exit(0)",
        "forged",
        0,
    ),
}


@pytest.mark.parametrize("case", list(NO_VALUES))
def test_code_without_a_value_is_an_error(
    case: str, sandbox: Sandbox
) -> None:
    code, exception, line = NO_VALUES[case]
    with pytest.raises(EvaluationError) as caught:
        sandbox.evaluate(code)
    assert (caught.value.exception, caught.value.line) == (exception, line)


# A test that holds only under the conditions beside it.
CONDITIONS = {
    "a hash seed": (
        Conditions(hash_seed=7),
        "import os\n\n\ndef test_it():\n"
        "    assert os.environ['PYTHONHASHSEED'] == '7'\n"
        "    assert sum(map(hash, 'abcdefgh')) % 1009 != BASE\n",
    ),
    "a time zone": (
        Conditions(time_zone="Asia/Kathmandu"),
        "import time\n\n\n"
        "def test_it():\n    assert time.timezone == -20700\n",
    ),
    "a locale": (
        Conditions(locale="POSIX"),
        "import locale\n\n\ndef test_it():\n"
        "    assert 'UTF' not in locale.getpreferredencoding(False)\n",
    ),
    "a clock": (
        Conditions(clock_offset_seconds=86400 * 3660.0),
        "import datetime\nimport time\n\n\ndef test_it():\n"
        "    now = datetime.datetime.now()\n"
        "    assert isinstance(now, datetime.date)\n"
        "    assert now.year == time.localtime().tm_year > YEAR + 8\n"
        "    assert datetime.date.today().year == now.year\n"
        "    assert time.strftime('%Y') == str(now.year)\n",
    ),
    "an order": (
        Conditions(reverse_tests=True),
        "import sys\n\n\ndef test_it():\n    assert sys.second\n\n\n"
        "def test_second():\n    sys.second = True\n",
    ),
}


@pytest.mark.parametrize("what", list(CONDITIONS))
def test_conditions_reach_the_program(
    what: str, sandbox: Sandbox, program: Make
) -> None:
    import time

    conditions, tests = CONDITIONS[what]
    base = sandbox.evaluate("result = sum(map(hash, 'abcdefgh')) % 1009")
    tests = tests.replace("BASE", str(base))
    tests = tests.replace("YEAR", time.strftime("%Y"))
    usual = sandbox.run([program("", tests)])[0]
    changed = sandbox.run([program("", tests)], conditions=conditions)[0]
    assert (usual.status, changed.status) == ("failed", "passed"), changed


def test_unseeded_randomness_differs_from_run_to_run(
    sandbox: Sandbox,
) -> None:
    code = "import random\nresult = random.getrandbits(64)"
    assert len({sandbox.evaluate(code) for _ in range(3)}) == 3


def test_code_that_is_not_trusted_is_refused_in_tier_c(program: Make) -> None:
    with Sandbox(SandboxSettings(tier="C")) as sandbox:
        assert sandbox.tier == "C"
        refused, trusted = (
            sandbox.run([program()], trusted=trust)[0]
            for trust in (False, True)
        )
        assert (refused.status, trusted.status) == ("refused", "passed")
        assert sandbox.run_command(Command(("true",))).status == "refused"
        with pytest.raises(SandboxError, match="too weak here"):
            sandbox.evaluate("result = 1")
    with Sandbox(SandboxSettings(tier="C", allow_unsafe=True)) as sandbox:
        assert sandbox.run([program()])[0].passed
