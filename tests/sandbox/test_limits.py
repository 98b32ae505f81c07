"""Limits hold, are settings, and are counted so that speed does not matter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

import pytest

from plse.sandbox import Limits, Program, Sandbox, SandboxSettings

Make = Callable[..., Program]
SMALL = Limits(
    cpu_seconds=0.4,
    wall_seconds=0.6,
    memory_mb=256,
    file_mb=2,
    files=64,
    output_kb=4,
)
# Code that needs more than the small limits, and limits that are enough.
NEEDS: dict[str, tuple[str, dict[str, object], str]] = {
    "processor time": (
        "import time\nend = time.process_time() + 0.8\n"
        "while time.process_time() < end:\n    pass",
        {"cpu_seconds": 5.0},
        "timeout",
    ),
    "idle time": (
        "import time\ntime.sleep(0.9)",
        {"wall_seconds": 5.0},
        "timeout",
    ),
    "memory": ("bytearray(300 << 20)", {"memory_mb": 700}, "failed"),
    "a long file": (
        "open('x', 'wb').write(bytes(3 << 20))",
        {"file_mb": 8},
        "failed",
    ),
    "many files": (
        "for n in range(80):\n    open(f'x{n}', 'w').close()",
        {"files": 200},
        "failed",
    ),
    "descriptors": (
        "import os\nall_open = [os.dup(0) for _ in range(80)]",
        {"files": 200},
        "failed",
    ),
    "processes": (
        "import subprocess\n"
        "subprocess.run(['sh', '-c', 'exit 0'], check=True)",
        {"processes": 4},
        "failed",
    ),
    "a pool of processes": (
        "from concurrent.futures import ProcessPoolExecutor\n"
        "with ProcessPoolExecutor(2) as pool:\n"
        "    assert list(pool.map(abs, [-1, 2])) == [1, 2]",
        {"processes": 16, "cpu_seconds": 5.0, "wall_seconds": 5.0},
        "failed",
    ),
    "a loopback": (
        "import socket\nserver = socket.create_server(('127.0.0.1', 0))\n"
        "client = socket.create_connection(server.getsockname())\n"
        "client.sendall(b'x')\nassert server.accept()[0].recv(1) == b'x'",
        {"loopback": True},
        "failed",
    ),
}


def _test(code: str) -> str:
    body = "\n".join(f"    {line}" for line in code.splitlines())
    return f"def test_it():\n{body}\n"


@pytest.mark.parametrize("need", list(NEEDS))
def test_a_limit_holds_and_can_be_raised(
    need: str, sandbox: Sandbox, program: Make
) -> None:
    code, more, status = NEEDS[need]
    if sandbox.tier != "A" and need in ("many files", "a loopback"):
        pytest.skip("needs a jail")
    short, enough = sandbox.run(
        [
            program("", _test(code), limits=SMALL),
            program("", _test(code), limits=replace(SMALL, **more)),
        ]
    )
    assert short.status == status, short
    assert enough.status == "passed", enough


def test_what_is_printed_is_cut(sandbox: Sandbox, program: Make) -> None:
    tests = _test("print('x' * 100_000)")
    outcome = sandbox.run([program("", tests, limits=SMALL)])[0]
    assert outcome.passed
    assert outcome.output == "x" * 4096


def test_a_program_may_ask_for_no_more_than_the_ceiling(
    program: Make,
) -> None:
    settings = SandboxSettings(ceiling=replace(SMALL, memory_mb=300))
    greedy = Limits(memory_mb=2000, cpu_seconds=100, wall_seconds=100)
    tests = _test("bytearray(600 << 20)")
    with Sandbox(settings) as sandbox:
        outcome = sandbox.run([program("", tests, limits=greedy)])[0]
    assert outcome.tests[0].exception == "MemoryError"


def test_every_limit_has_a_ceiling() -> None:
    high = Limits(9.0, 99.0, 9999, 99, 9999, 999, 9, True)
    assert high.within(SMALL) == SMALL
    assert SMALL.within(high) == SMALL
    assert len(fields(Limits)) == 8


def test_computing_does_not_count_as_idling(
    sandbox: Sandbox, program: Make
) -> None:
    """So a slow machine, where it takes longer, changes no verdict."""
    tests = _test(
        "import time\nend = time.process_time() + 0.7\n"
        "while time.process_time() < end:\n    pass"
    )
    limits = replace(SMALL, cpu_seconds=5.0, wall_seconds=0.4)
    assert sandbox.run([program("", tests, limits=limits)])[0].passed


def test_each_program_of_a_batch_has_its_full_time(
    sandbox: Sandbox, program: Make
) -> None:
    tests = _test("import time\ntime.sleep(0.25)")
    outcomes = sandbox.run([program("", tests, limits=SMALL)] * 4)
    assert all(outcome.passed for outcome in outcomes)
