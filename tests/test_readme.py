"""The README tells the truth: its sample, its columns, its commands."""

import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from plse.cli import main
from plse.dataset.records import COLUMNS

REPOSITORY = Path(__file__).parents[1]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
SHOWN = re.compile(r"`plse (show \S+ --index \d+)`:")


def block(name):
    """The text between ``<!-- name -->`` and ``<!-- end of name -->``."""
    found = re.search(
        f"<!-- {name} -->\n(.*?)<!-- end of {name} -->", README, re.DOTALL
    )
    return found[1].strip("\n")


def shell_commands():
    for body in re.findall(r"```sh\n(.*?)```", README, re.DOTALL):
        for line in body.splitlines():
            yield line.partition("  #")[0].strip()


def test_the_sample_is_what_plse_show_prints():
    printed = io.StringIO()
    with redirect_stdout(printed):
        words = shlex.split(SHOWN.search(README)[1])
        status = main([*words, "--library", str(REPOSITORY / "patterns")])
    assert status == 0
    assert block("sample") == f"````text\n{printed.getvalue().strip()}\n````"


def test_the_columns_are_those_of_a_record():
    rows = [f"| `{name}` | {text} |" for name, text in COLUMNS.items()]
    head = ["| column | holds |", "| --- | --- |"]
    assert block("columns") == "\n".join(head + rows)


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        if "://" not in target:
            assert (REPOSITORY / target).exists(), target


def test_ci_runs_the_readmes_test_command():
    (command,) = (line for line in shell_commands() if "tox" in line)
    assert command in (REPOSITORY / ".ci" / "run").read_text()


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A copy of what git tracks, with the commands in its ``bin`` folder."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    folder = tmp_path_factory.mktemp("clone")
    for name in listed.stdout.splitlines():
        if (REPOSITORY / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, folder / name)
    for name, module in (("pytest", " -m pytest"), ("plse", " -m plse")):
        _script(folder / "bin" / name, f'exec {sys.executable}{module} "$@"')
    _script(folder / "bin" / "python", f'exec {sys.executable} "$@"')
    return folder


def _script(path, line):
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_commands_work_as_written(clone):
    environment = {
        **os.environ,
        "PATH": f"{clone / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(clone),
    }
    for command in shell_commands():
        if "tox" in command or command.startswith("#"):
            continue
        # Installing is what a clone's CI does; what follows is run here.
        command = command.rpartition("&& ")[2].replace(".venv/bin/", "")
        command = command.replace("10000", "40")
        done = subprocess.run(
            command,
            shell=True,
            cwd=clone,
            env=environment,
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_files_of_a_row_run_with_plain_pytest(clone):
    (snippet,) = (
        body
        for body in re.findall(r"```python\n(.*?)```", README, re.DOTALL)
        if "tempfile" in body
    )
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "patterns",
            "-q",
            "-k",
            "bare_except",
            "--plse-samples",
            "2",
        ],
        cwd=clone,
        check=True,
        timeout=300,
    )
    done = subprocess.run(
        [sys.executable, "-c", snippet],
        cwd=clone,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert " passed" in done.stdout
