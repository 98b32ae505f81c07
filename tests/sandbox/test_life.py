"""Zygotes come, are replaced and go, and nothing outlives a worker."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import plse.sandbox.batching as batching
from plse.sandbox import Program, Sandbox, SandboxSettings

from .ordinary import ROOT

Make = Callable[..., Program]
TIERS = ["A", "B"]


def children_of(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(word) for word in text.split()]


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return state.rpartition(")")[2].split()[0] not in "ZX"


def scratch_folders(supervisor: int) -> list[str]:
    start = f"plse-sandbox-{supervisor}-"
    names = os.listdir(tempfile.gettempdir())
    return [name for name in names if name.startswith(start)]


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture(params=TIERS)
def fresh(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A sandbox of its own for one test."""
    with Sandbox(SandboxSettings(tier=request.param)) as sandbox:
        if sandbox.tier != request.param:
            pytest.skip(f"not to be had: {sandbox.missing}")
        yield sandbox


def test_nothing_starts_before_it_is_needed() -> None:
    assert Sandbox().processes == ()


def test_closing_ends_everything_and_may_be_repeated(
    fresh: Sandbox, program: Make
) -> None:
    assert fresh.run([program()])[0].passed
    (supervisor,) = fresh.processes
    (zygote,) = children_of(supervisor)
    fresh.close()
    fresh.close()
    assert not is_alive(supervisor) and not is_alive(zygote)
    assert fresh.run([program()])[0].passed


def test_a_forgotten_sandbox_is_closed(program: Make) -> None:
    sandbox = Sandbox()
    sandbox.run([program()])
    (supervisor,) = sandbox.processes
    del sandbox
    gc.collect()
    assert not is_alive(supervisor)


@pytest.mark.parametrize("whom", ["supervisor", "zygote"])
def test_a_zygote_that_dies_is_replaced(
    whom: str, fresh: Sandbox, program: Make
) -> None:
    fresh.run([program()])
    (supervisor,) = fresh.processes
    (zygote,) = children_of(supervisor)
    os.kill(supervisor if whom == "supervisor" else zygote, signal.SIGKILL)
    assert wait_until(lambda: not is_alive(zygote))
    outcomes = fresh.run([program()] * 3)
    assert [outcome.status for outcome in outcomes] == ["passed"] * 3
    assert fresh.processes != (supervisor,)
    fresh.close()
    assert not scratch_folders(supervisor)


def test_a_zygote_that_hangs_is_replaced(
    fresh: Sandbox, program: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh.run([program()])
    (supervisor,) = fresh.processes
    (zygote,) = children_of(supervisor)
    os.kill(zygote, signal.SIGSTOP)
    monkeypatch.setattr(batching, "patience", lambda *_: 1.0)
    assert fresh.run([program()])[0].passed
    assert not is_alive(zygote)
    assert not scratch_folders(supervisor)


def test_descriptors_do_not_leak(fresh: Sandbox, program: Make) -> None:
    def opened() -> int:
        return len(os.listdir("/proc/self/fd"))

    before = opened()
    fresh.run([program()])
    running = opened()
    for _ in range(5):
        fresh.run([program(), program("def f(x):\n    return 0\n")])
    assert opened() == running
    fresh.close()
    assert opened() == before


def test_threads_take_turns(sandbox: Sandbox, program: Make) -> None:
    statuses: list[str] = []

    def work() -> None:
        for _ in range(5):
            outcomes = sandbox.run([program(), program()])
            statuses.extend(outcome.status for outcome in outcomes)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == ["passed"] * 40


def test_a_fork_of_the_worker_gets_zygotes_of_its_own(
    sandbox: Sandbox, program: Make
) -> None:
    assert sandbox.run([program()])[0].passed
    before = sandbox.processes
    child = os.fork()
    if child == 0:
        status = 1
        try:
            passed = sandbox.run([program()])[0].passed
            other = not set(sandbox.processes) & set(before)
            sandbox.close()
            status = 0 if passed and other else 2
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert sandbox.run([program()])[0].passed
    assert sandbox.processes == before


WORKER = """\
import sys
from plse.patterns import File
from plse.sandbox import Limits, Program, Sandbox, SandboxSettings

sandbox = Sandbox(SandboxSettings(tier=sys.argv[1]))
sandbox.run([Program((File("test_solution.py", "def test_a():\\n    pass"),))])
print(*sandbox.processes, flush=True)
code = "import time\\n\\n\\ndef test_a():\\n    time.sleep(60)"
limits = Limits(wall_seconds=60.0)
sandbox.run([Program((File("test_solution.py", code),), limits=limits)])
"""


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_worker_leaves_nothing(
    tier: str, number: int, tmp_path: Path
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WORKER, tier],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)},
    ) as worker:
        supervisor = int(worker.stdout.readline())
        (zygote,) = children_of(supervisor)
        assert wait_until(lambda: children_of(zygote) != [])
        everyone = [supervisor, zygote, *children_of(zygote)]
        worker.send_signal(number)
        worker.wait()
    assert wait_until(lambda: not any(map(is_alive, everyone)))
    assert list(tmp_path.iterdir()) == []


def test_no_mount_is_seen_outside(sandbox: Sandbox, program: Make) -> None:
    mounts = Path("/proc/self/mountinfo").read_text()
    assert sandbox.run([program()])[0].passed
    assert Path("/proc/self/mountinfo").read_text() == mounts


def test_no_scratch_folder_stays(program: Make) -> None:
    with Sandbox(SandboxSettings(tier="B")) as sandbox:
        sandbox.run([program()])
        (supervisor,) = sandbox.processes
        assert len(scratch_folders(supervisor)) == 1
    assert not scratch_folders(supervisor)
