"""Whatever is killed, what was finished is kept, and the rest is made."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from tests.plugin.conftest import ROOT, SMALL

OLD = '{"made": "long ago"}\n'
SLOW = "time.sleep(0.15)"
# Early in the run: xdist 3.8 ends with an internal error when a worker dies
# while the replacement of another is starting and no test is left to hand
# out. Nothing is lost then, either, but the session has to be run again.
DEATHS = """
time.sleep(0.05)
if pattern == 'alpha' and first_time(f'died {positions.start}'):
    if positions.start == 0: os._exit(3)
    if positions.start == 2: os.kill(os.getpid(), signal.SIGKILL)
    if positions.start == 4: os.kill(os.getpid(), signal.SIGSEGV)
    if positions.start == 6: time.sleep(60)
"""


def test_chunks_whose_workers_die_are_made_again(project, undisturbed):
    project.behave(DEATHS)
    run = project.run(*SMALL, "-n2", "--timeout=6", "--timeout-method=thread")
    assert run.status == 0, run.output
    assert "4 chunks were made again after a worker died" in run
    assert project.digest() == undisturbed


def test_a_chunk_whose_worker_dies_twice_is_lost_and_said_to_be(project):
    project.behave(
        "if pattern == 'beta' and positions.start == 4: os._exit(3)"
    )
    run = project.run(*SMALL, "-n2")
    assert run.status == 1, run.output
    assert "LOST plse.one.beta[4-5]" in run
    assert "2 of 30 samples are missing" in run
    assert len(project.rows()) == 28
    assert sum(each["lost"] for each in project.manifest()["patterns"]) == 2
    # What was lost is all that the next session makes.
    project.behave("(HERE / f'made {pattern} {positions.start}').touch()")
    run = project.run(*SMALL, "-n2")
    assert run.status == 0, run.output
    assert [path.name for path in project.folder.glob("made *")] == [
        "made beta 4"
    ]
    assert len(project.rows()) == 30
    assert not list(project.folder.glob("training_dataset.*.jsonl"))
    assert not project.spool.exists()


def test_more_deaths_than_restarts_never_end_well(project, undisturbed):
    project.behave("if pattern == 'beta' and first_time('died'): os._exit(3)")
    run = project.run(*SMALL, "-n1", "--max-worker-restart=0")
    assert run.status != 0, run.output
    assert "is not written" in run
    assert project.bytes() is None
    assert project.run(*SMALL).status == 0
    assert project.digest() == undisturbed


def test_pytest_timeouts_signal_method_fails_a_chunk(project):
    project.behave(
        "if pattern == 'beta' and positions.start == 4 "
        "and first_time('hung'): time.sleep(60)"
    )
    run = project.run(*SMALL, "--timeout=2")
    assert run.status == 1, run.output
    assert "1 chunk was not made" in run
    assert project.bytes() is None
    assert project.run(*SMALL).status == 0
    assert len(project.rows()) == 30


@pytest.mark.parametrize(
    ("number", "workers"),
    [
        (signal.SIGINT, "-n2"),
        (signal.SIGTERM, "-n0"),
        (signal.SIGKILL, "-n2"),
    ],
)
def test_a_killed_session_keeps_the_old_dataset_and_is_gone_on_with(
    project, undisturbed, number, workers
):
    project.write("training_dataset.jsonl", OLD)
    project.behave("(HERE / f'pid {os.getpid()}').touch(); " + SLOW)
    process = project.start(*SMALL, workers)
    project.wait_for(".*.spool/*.chunk", process)
    os.kill(process.pid, number)
    run = project.end(process)
    pids = [int(path.name.split()[1]) for path in project.folder.glob("pid *")]
    assert project.bytes() == OLD.encode()
    if number == signal.SIGKILL:
        assert run.status == -signal.SIGKILL
        wait_for_the_end_of(pids)
    else:
        assert run.status == 2, run.output
        assert "stopped: training_dataset.jsonl is left as it was" in run
        assert f"{len(project.chunks())} finished chunk" in run
    assert not any(map(is_alive, pids))
    kept = project.chunks()
    assert kept
    project.behave("(HERE / f'made {pattern} {positions.start}').touch()")
    run = project.run(*SMALL)
    assert run.status == 0, run.output
    assert len(list(project.folder.glob("made *"))) == 15 - len(kept)
    assert project.digest() == undisturbed
    (aside,) = project.folder.glob("training_dataset.*.jsonl")
    assert aside.read_text() == OLD
    assert not project.spool.exists()


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_stopping_at_the_first_failure_is_the_same_with_workers(
    project, workers
):
    project.write("training_dataset.jsonl", OLD)
    project.behave(reject="return pattern == 'beta'")
    run = project.run(*SMALL, "-x", workers)
    assert run.status in (1, 2), run.output
    assert "stopped: training_dataset.jsonl is left as it was" in run
    assert project.bytes() == OLD.encode()


def test_an_error_inside_a_worker_is_not_taken_for_success(project):
    # xdist 3.8 exits with 0 when a report cannot be sent.
    with (project.folder / "conftest.py").open("a") as file:
        file.write(
            "def pytest_runtest_setup(item):\n"
            "    if item.nodeid.endswith('beta.yaml::test_generate[2-3]'):\n"
            "        item.user_properties.append(('path', HERE))\n"
        )
    run = project.run(*SMALL, "-n2")
    assert run.status != 0, run.output
    assert project.bytes() is None


def test_a_second_session_on_one_output_is_refused(project):
    project.behave(
        "while pattern == 'beta' and not (HERE / 'go').exists(): "
        "time.sleep(0.02)"
    )
    first = project.start(*SMALL)
    project.wait_for(".*.spool/*.chunk", first)
    second = project.run(*SMALL)
    other = project.run(*SMALL, "--plse-output=other.jsonl", "-k", "alpha")
    assert second.status == 4, second.output
    assert re.search(r"another session \(process \d+\)", second.output)
    assert other.status == 0, other.output
    project.write("go", "")
    run = project.end(first)
    assert run.status == 0, run.output
    assert len(project.rows()) == 30


def wait_for_the_end_of(pids):
    deadline = time.monotonic() + 20
    while alive := [pid for pid in pids if is_alive(pid)]:
        assert time.monotonic() < deadline, alive
        time.sleep(0.05)


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def tiny_disk():
    """Words that run a command where ``disk`` is a disk of 300 KB."""
    words = ["unshare", "-rm", "sh", "-c"]
    mount = "mount -t tmpfs -o size=300k tmpfs disk"
    try:
        tried = subprocess.run(
            [*words, "mkdir -p disk && " + mount],
            cwd="/tmp",
            capture_output=True,
            timeout=20,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return (words, mount) if tried.returncode == 0 else None


@pytest.mark.skipif(sys.platform != "linux", reason="needs unshare")
def test_a_full_disk_is_named_and_the_old_dataset_stays(project):
    words, mount = tiny_disk() or pytest.skip("no mounts here")
    (project.folder / "disk").mkdir()
    python = f"{sys.executable} -m pytest patterns -p no:cacheprovider"
    output = "--plse-output=disk/data.jsonl"
    script = (
        f"{mount} && {python} -q --plse-samples=9 {output} && "
        "cp disk/data.jsonl old && "
        f"{python} --plse-samples=400 {output}; echo status $?; "
        "cmp old disk/data.jsonl && echo the same; ls -a disk"
    )
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTHONPYCACHEPREFIX": str(project.bytecode),
    }
    ended = subprocess.run(
        [*words, script],
        cwd=project.folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=90,
    )
    said = ended.stdout
    assert "status 1" in said, said
    assert "the same" in said
    assert "No space left on device" in said
    assert str(project.folder / "disk") in said
    assert "is left as it was" in said


def test_lf_fills_in_what_was_rejected(project):
    project.behave(reject="return (HERE / 'flawed').exists() and "
                          "pattern == 'beta' and cell['factor'] < 31")
    (project.folder / "flawed").touch()
    words = ("patterns", "--plse-samples=12")
    first = project.run(*words, "-n2")
    assert first.status == 1
    rejected = len(project.rows("rejected.jsonl"))
    remembered = json.loads(project.bytes(".pytest_cache/v/cache/lastfailed"))
    assert 0 < rejected == len(remembered), first.output
    assert len(project.rows()) == 12 - rejected
    (project.folder / "flawed").unlink()
    run = project.run(*words, "--lf", "-n2")
    both = f"{first.output}\n{remembered}\n{run.output}"
    assert run.status == 0, both
    assert f" {len(remembered)} passed" in run, both
    assert len(project.rows()) == 12
    assert project.bytes("rejected.jsonl") == b""
    assert not project.spool.exists()


def test_single_chunks_are_tests_where_a_dataset_is(project):
    node = "patterns/one/beta.yaml::test_generate[7]"
    first = project.run(node)
    assert first.status == 0, first.output
    assert [row["pattern"] for row in project.rows()] == ["plse.one.beta"]
    single = project.rows()
    project.run("patterns", "--plse-samples=30")
    whole = project.digest()
    assert single[0] in project.rows()
    again = project.run(node)
    assert again.status == 0, again.output
    assert "single chunks do not replace a dataset" in again
    assert project.digest() == whole
    assert not project.spool.exists()
    other = project.run(node, "--plse-output=one.jsonl")
    assert other.status == 0, other.output
    assert project.rows("one.jsonl") == single


def test_a_dataset_says_what_it_is(project):
    project.behave(reject="return pattern == 'beta'")
    project.run("patterns", "--plse-samples=30", "-n2")
    manifest = project.manifest()
    assert manifest["dataset"]["rows"] == len(project.rows()) == 20
    assert manifest["stages"] == {"style": 10}
    assert manifest["settings"]["samples"] == 30
    rejected = project.rows("rejected.jsonl")
    assert {row["stage"] for row in rejected} == {"style"}
    assert str(project.folder) not in json.dumps([manifest, rejected])
