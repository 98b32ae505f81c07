"""Commands that take turns in one child: as if each had its own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

import pytest

from plse.patterns import File
from plse.sandbox import Command, CommandOutcome, Limits, Sandbox

from .test_other_uses import COMMANDS, FILES

SHARING = {
    "a script": (("python", "tool.py", "a"), ()),
    "a module": (("python3", "-m", "tool"), ()),
    "code": (("python", "-c", "print()"), ()),
    "variables": (("env", "A=1", "python", "tool.py"), ()),
    "a redirection": (("sh", "-c", "python tool.py a > made.txt"), ()),
}
ALONE = {
    "options of the interpreter": ("python", "-X", "utf8", "tool.py"),
    "another program": ("make", "-s"),
    "another program in a shell": ("sh", "-c", "echo a > made.txt"),
    "a pipe": ("sh", "-c", "python tool.py | cat > made.txt"),
    "two commands": ("sh", "-c", "python tool.py; python tool.py > a.txt"),
    "an expansion": ("sh", "-c", "python tool.py $HOME > a.txt"),
    "a quoted word": ("sh", "-c", "python tool.py 'a b' > a.txt"),
    "a process": ("python", "-c", "import subprocess"),
    "a fork": ("python", "-c", "import os; os.fork()"),
    "only variables": ("env", "A=1"),
}
LEAVES = {
    "a variable": "import os; os.environ['LEFT'] = '1'",
    "a variable behind env": "",
    "a path": "import sys; sys.path.append('left')",
    "a folder": "import os; os.mkdir('left'); os.chdir('left')",
    "a module": "import part; part.x = 'left'",
    "an argument": "import sys; sys.argv = ['left', 'left']",
    "a main module": "left = 1",
    "a stream": "import sys; sys.stdout = None",
    "a closed stream": "import sys; sys.stdout.close()",
    "a handler of signals": (
        "import signal; signal.signal(signal.SIGTERM, print)"
    ),
    "a handler of logs": "import logging; logging.basicConfig(level=10)",
    "an exit handler": "import atexit; atexit.register(print, 'bye')",
    "a thread": (
        "import threading, time; "
        "threading.Thread(target=time.sleep, args=[0.05]).start()"
    ),
    "a thread for ever": (
        "import threading, time; threading.Thread("
        "target=time.sleep, args=[50], daemon=True).start()"
    ),
    "an attribute of a module": "import json; json.left = 1",
    "an end at once": "import os; os._exit(0)",
    "a signal": "import os; os.kill(os.getpid(), 9)",
}
LOOK = """\
import json
import logging
import os
import signal
import sys

import part

print(os.environ.get("LEFT"), [p for p in sys.path if "left" in p])
print(os.listdir(), os.path.basename(os.getcwd()), part.x, sys.argv)
print("left" in vars(sys.modules["__main__"]), hasattr(json, "left"))
print(signal.getsignal(signal.SIGTERM), len(logging.root.handlers))
"""


def _all(_: int, outcome: CommandOutcome) -> bool:
    return outcome.status == "exited"


def _counted(
    monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox
) -> list[str]:
    """What is asked of the zygotes from now on."""
    asked: list[str] = []
    ask = sandbox._pool.ask

    def counting(kind: object, request: dict, seconds: float) -> object:
        asked.append(request["do"])
        return ask(kind, request, seconds)

    monkeypatch.setattr(sandbox._pool, "ask", counting)
    return asked


def _plain(outcomes: Sequence[CommandOutcome]) -> list[CommandOutcome]:
    """Outcomes without what differs from run to run."""
    return [replace(outcome, cpu_seconds=0.0) for outcome in outcomes]


@pytest.fixture(params=["sandbox", "weaker"])
def box(request: pytest.FixtureRequest) -> Sandbox:
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("order", [1, -1])
def test_together_they_do_what_they_do_alone(box: Sandbox, order: int) -> None:
    names = [name for name in COMMANDS if name != "standard input"][::order]
    commands = [
        Command(COMMANDS[name][0], FILES, env=(("WORD", "word"),))
        for name in names
    ]
    outcomes = box.run_commands(commands, _all)
    for name, outcome in zip(names, outcomes):
        _, status, printed, written = COMMANDS[name]
        assert outcome.status == "exited", (name, outcome)
        assert (outcome.exit, outcome.stdout) == (status, printed), name
        assert outcome.written == written, name


def test_those_that_can_share_a_child(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = _counted(monkeypatch, sandbox)
    sandbox.run_commands(
        [Command(argv, FILES) for argv, _ in SHARING.values()], _all
    )
    assert asked == ["commands"]


@pytest.mark.parametrize("what", list(ALONE))
def test_what_cannot_has_one_of_its_own(
    what: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = _counted(monkeypatch, sandbox)
    sandbox.run_commands([Command(ALONE[what], FILES)] * 2, _all)
    assert asked == ["command"] * 2


def test_a_file_that_mentions_processes_keeps_its_commands_alone(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = _counted(monkeypatch, sandbox)
    files = (File("starts.py", "import os\nos.system('echo hello')\n"),)
    command = Command(("python", "starts.py"), files)
    outcomes = sandbox.run_commands([command] * 2, _all)
    assert [outcome.stdout for outcome in outcomes] == ["hello\n"] * 2
    assert asked == ["command"] * 2


@pytest.mark.parametrize("what", list(LEAVES))
def test_the_next_finds_nothing_of_what_one_leaves(
    what: str, box: Sandbox
) -> None:
    files = (
        File("leave.py", f"{LEAVES[what]}\n"),
        File("look.py", LOOK),
        File("part.py", "x = 'part'\n"),
    )
    leave = ("env", "LEFT=1", "python", "leave.py")
    commands = [
        Command(argv, files) for argv in (leave, ("python", "look.py")) * 2
    ]
    alone = [box.run_command(command) for command in commands]
    assert _plain(box.run_commands(commands, _all)) == _plain(alone)


def test_what_looks_unexpected_is_decided_alone(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Random numbers differ from run to run, so the two can be told apart.
    code = "import random; print(random.random())"
    seen: dict[int, str] = {}

    def second(place: int, outcome: CommandOutcome) -> bool:
        seen[place] = outcome.stdout
        return place == 0

    asked = _counted(monkeypatch, sandbox)
    first, other = sandbox.run_commands(
        [Command(("python", "-c", code), FILES)] * 2, second
    )
    assert asked == ["commands", "command"]
    assert first.stdout == seen[0]
    assert other.stdout != seen[1]


def test_a_command_that_must_be_the_last_lets_the_rest_go_on(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = _counted(monkeypatch, sandbox)
    code = "import atexit; atexit.register(print, 'bye'); print('hi')"
    plain = Command(("python", "tool.py"), FILES)
    outcomes = sandbox.run_commands(
        [plain, Command(("python", "-c", code), FILES), plain, plain], _all
    )
    assert [outcome.stdout for outcome in outcomes] == [
        "part\n",
        "hi\nbye\n",
        "part\n",
        "part\n",
    ]
    assert asked == ["commands"] * 2


def test_a_batch_cannot_start_processes(sandbox: Sandbox) -> None:
    # The word that would give it away is put together when it runs.
    code = "import os; getattr(os, 'fo' + 'rk')() or os._exit(0); print(1)"
    command = Command(("python", "-c", code))
    refused: list[str] = []

    def is_well(_: int, outcome: CommandOutcome) -> bool:
        refused.append(outcome.stderr.splitlines()[-1])
        return outcome.exit == 0

    outcomes = sandbox.run_commands([command] * 2, is_well)
    assert len(refused) == 2
    assert all("PermissionError" in each for each in refused), refused
    assert [outcome.exit for outcome in outcomes] == [0, 0]


def test_limits_are_kept_in_a_batch(sandbox: Sandbox) -> None:
    limits = Limits(cpu_seconds=0.5)
    endless = Command(("python", "-c", "while True: pass"), limits=limits)
    plain = Command(("python", "-c", "print(1)"), limits=limits)
    outcomes = sandbox.run_commands([plain, endless, plain], _all)
    assert [outcome.status for outcome in outcomes] == [
        "exited",
        "timeout",
        "exited",
    ]


def test_none_and_one(sandbox: Sandbox) -> None:
    assert sandbox.run_commands([], _all) == []
    (outcome,) = sandbox.run_commands(
        [Command(("python", "tool.py"), FILES)], _all
    )
    assert outcome.stdout == "part\n"


@pytest.mark.skipif(not os.path.exists("/bin/sh"), reason="needs a shell")
def test_an_output_that_cannot_be_written_is_the_shells_to_tell(
    box: Sandbox,
) -> None:
    argv = ("sh", "-c", "python tool.py > no/such/folder")
    (outcome,) = box.run_commands([Command(argv, FILES)], _all)
    assert outcome.exit == 2
    assert "no/such/folder" in outcome.stderr
