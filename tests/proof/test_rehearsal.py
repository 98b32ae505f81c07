"""CI steps run in the sandbox; programs of others are asked, or missed
loudly."""

from __future__ import annotations

from dataclasses import replace

import pytest

from plse.patterns import File
from plse.proof import artefacts
from plse.proof.rehearsal import rehearse
from plse.proof.specialists import SPECIALISTS

from .test_artefacts import sample_of

APP = File(
    "app.py",
    "import os\nimport sys\n\nprint(os.environ.get('MODE'), *sys.argv[1:])\n"
    "open('ran', 'w', encoding='utf-8').close()\n"
    "sys.exit(int(sys.argv[1]) if sys.argv[1:] else 0)\n",
)
TESTS = File("tests/test_app.py", "def test_one():\n    assert 1\n")


def rehearsed(tools, steps: str, head: str = ""):
    indented = "".join(f"    {line}\n" for line in steps.split("\n"))
    workflow = File(
        ".github/workflows/ci.yml",
        f"on: push\n{head}jobs:\n  test:\n    runs-on: a\n    strategy:\n"
        f"      matrix:\n        code: [0, 3]\n    steps:\n{indented}",
    )
    return rehearse(sample_of(APP, TESTS, workflow), tools.sandbox)


STEPS = {
    "a step that works": ("- run: python app.py 0", 1, [], ""),
    "a step that fails": (
        "- run: python app.py 4",
        1,
        [],
        "the step `python app.py 4` exits with 4",
    ),
    "the first failing line ends a step": (
        "- run: |\n    python app.py 5\n    true",
        1,
        [],
        "exits with 5",
    ),
    "a matrix variable has its first value": (
        "- run: python app.py ${{ matrix.code }}",
        1,
        [],
        "",
    ),
    "variables reach the step": (
        "- run: test \"$MODE-$CI\" = all-true\n  env: {MODE: all}",
        1,
        [],
        "",
    ),
    "what one line writes, the next one finds": (
        "- run: |\n    python app.py\n    test -e ran",
        1,
        [],
        "",
    ),
    "another folder": (
        "- run: test -e test_app.py\n  working-directory: tests",
        1,
        [],
        "",
    ),
    "what needs a network is left out of a step": (
        "- run: |\n    python -m pip install -r dev.txt\n    python app.py 0",
        1,
        ["python -m pip install -r dev.txt"],
        "",
    ),
    "a step of nothing else is left out": (
        "- run: docker build --tag a . && docker push a",
        0,
        ["docker build --tag a . && docker push a"],
        "",
    ),
    "what GitHub fills in is left out": (
        "- run: echo ${{ secrets.TOKEN }}",
        0,
        ["echo ${{ secrets.TOKEN }}"],
        "",
    ),
    "the tests of the project": ("- run: python -m pytest -q", 1, [], ""),
}


@pytest.mark.parametrize("phrase", STEPS)
def test_steps(tools, phrase):
    steps, ran, left_out, expected = STEPS[phrase]
    rehearsal = rehearsed(tools, steps)
    found = "\n".join(map(str, rehearsal.findings))
    assert (rehearsal.ran, list(rehearsal.left_out)) == (ran, left_out)
    assert expected in found and bool(found) == bool(expected), found


@pytest.mark.parametrize(
    ("command", "fails"),
    {
        "an entry point that loads": ('["python", "good.py"]', False),
        "an entry point that does not": ('["python", "bad.py"]', True),
        "a module that does not": ('["python", "-m", "bad"]', True),
        "another program": ('["sleep", "9"]', False),
    }.values(),
)
def test_entry_points_are_loaded_and_not_started(tools, command, fails):
    files = (
        File("good.py", "if __name__ == '__main__':\n    raise SystemExit(9)"),
        File("bad.py", "from good import missing\n"),
        File("Dockerfile", f"FROM python:3.12\nCOPY . .\nCMD {command}\n"),
    )
    findings = rehearse(sample_of(*files), tools.sandbox).findings
    assert [finding.line for finding in findings] == [3] * fails
    assert not fails or "ImportError" in findings[0].message


FAULTS = {
    "hadolint": File("Dockerfile", "FROM python\nRUN cd /tmp\n"),
    "shellcheck": File("a.sh", "#!/bin/sh\nif [ $1 = a ]\n"),
    "actionlint": File(
        ".github/workflows/a.yml", "on: push\njobs: {a: {steps: []}}\n"
    ),
    "the schema of workflows": File(
        ".github/workflows/a.yml",
        "on: push\njobs:\n  a:\n    run-on: b\n    steps: []\n",
    ),
    "the schema of compose files": File(
        "compose.yaml", "services:\n  a:\n    imag: b\n"
    ),
    "validate-pyproject": File("pyproject.toml", "[project]\nname = '!'\n"),
}


@pytest.mark.parametrize("specialist", SPECIALISTS, ids=lambda s: s.name)
def test_each_specialist_finds_a_fault(specialist):
    if not specialist.is_there():
        pytest.skip(f"needs {specialist.package}: plse[artefacts]")
    file = FAULTS[specialist.name]
    assert specialist.reads(file.path)
    found = list(specialist.judge(file))
    assert found
    assert all(finding.side == file.path for finding in found)


def test_a_specialist_that_is_missing_is_missed_loudly(examined, monkeypatch):
    absent = tuple(
        replace(each, is_there=lambda: False) for each in SPECIALISTS
    )
    monkeypatch.setattr(artefacts, "SPECIALISTS", absent)
    point = examined("orchestration").point("artefacts")
    assert point.status == "passed"
    assert "NOT consulted, since not installed: hadolint" in point.score
    assert "pip install 'plse[artefacts]'" in point.score


def test_a_specialist_that_objects_fails_the_point(examined, monkeypatch):
    def judge(file):
        from plse.artefacts import complaint

        yield complaint(file.path, "DL1 not like this", 4)

    strict = tuple(
        replace(each, is_there=lambda: True, judge=judge)
        for each in SPECIALISTS[:1]
    )
    monkeypatch.setattr(artefacts, "SPECIALISTS", strict)
    point = examined("orchestration").point("artefacts")
    assert point.status == "failed"
    assert "Dockerfile:4: DL1 not like this" in point.flaws[0].message
    assert point.flaws[0].line > 0
