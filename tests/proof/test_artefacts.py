"""Artefacts are parsed, and held against the files beside them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from plse.patterns import File
from plse.stages import artefacts

APP = File("app.py", "import sys\n\n\ndef main():\n    return sys.argv\n")
PACKAGE = File("shop/__init__.py", "")
RUNNABLE = File("shop/__main__.py", "print(1)\n")
TESTS = File("test_app.py", "from app import main\n")


def sample_of(*files: File, kind: str = "orchestration"):
    """As much of a sample as the stage looks at."""
    return SimpleNamespace(files=files, pattern=SimpleNamespace(kind=kind))


def findings(*files: File) -> list[str]:
    (check,) = artefacts.check([sample_of(*files)], None)
    return [
        f"{finding.side}:{finding.line}: {finding.message}"
        for finding in check.findings
    ]


def dockerfile(text: str) -> tuple[str, str]:
    return "Dockerfile", "FROM python:3.12-slim\n" + text


def workflow(job: str, head: str = "on: push\n") -> tuple[str, str]:
    body = "".join(f"    {line}\n" for line in job.split("\n"))
    return ".github/workflows/ci.yml", f"{head}jobs:\n  test:\n{body}"


def project(text: str) -> tuple[str, str]:
    head = '[project]\nname = "shop"\nversion = "1.0"\n'
    return "pyproject.toml", head + text


RUN = "runs-on: ubuntu-latest\nsteps:\n- run: python app.py"
FAULTS = {
    # Any file
    "a path that leaves the folder": (
        ("../a.txt", ""),
        "../a.txt:0: the path does not stay in the sample's folder",
    ),
    "broken YAML": (("a.yaml", "a: [\n"), "a.yaml:2: is no YAML"),
    "broken JSON": (("a.json", "{\n,}"), "a.json:2: is no JSON"),
    "broken TOML": (("a.toml", "a = 1\nb = \nc = 2"), "a.toml:2: is no TOML"),
    "broken INI": (("a.ini", "a = 1\n"), "a.ini:0: does not parse"),
    # Dockerfile
    "an image without a base": (
        ("Dockerfile", "RUN ls\n"),
        "Dockerfile:0: it has no FROM",
    ),
    "an unknown instruction": (
        dockerfile("COPPY app.py .\n"),
        "Dockerfile:2: COPPY is no instruction",
    ),
    "a copy of a missing file": (
        dockerfile("RUN ls \\\n    -l\nCOPY app.py setup.cfg ./\n"),
        "Dockerfile:4: COPY setup.cfg: there is no such file",
    ),
    "a copy from a stage that is not": (
        dockerfile("COPY --from=build /app /app\n"),
        "Dockerfile:2: there is no stage build before",
    ),
    "a copy of what is left out": (
        dockerfile("COPY app.py .\n"),
        "Dockerfile:2: COPY app.py: .dockerignore leaves it out",
        File(".dockerignore", "*.py\n"),
    ),
    "an entry point that is not there": (
        dockerfile('CMD ["python", "-u", "main.py"]\n'),
        "Dockerfile:2: python main.py: there is no such file",
    ),
    "a module that cannot be run": (
        dockerfile('ENTRYPOINT ["python", "-m", "shop.missing"]\n'),
        "Dockerfile:2: python -m shop.missing: it cannot be run",
    ),
    "a list in single quotes": (
        dockerfile("CMD ['python', 'app.py']\n"),
        "Dockerfile:2: CMD is no list of texts in double quotes",
    ),
    # Compose
    "a service without an image": (
        ("compose.yaml", "services:\n  web:\n    ports: ['80:80']\n"),
        "compose.yaml:2: web has neither image nor build",
    ),
    "a service that waits for nobody": (
        (
            "compose.yaml",
            "services:\n  web:\n    image: a\n    depends_on: [db]\n",
        ),
        "compose.yaml:4: web depends on db, which is no service",
    ),
    "a build without a Dockerfile": (
        ("compose.yaml", "services:\n  web:\n    build: shop\n"),
        "compose.yaml:3: web: there is no file shop/Dockerfile",
    ),
    "a volume that is not declared": (
        (
            "compose.yaml",
            "services:\n  db:\n    image: a\n    volumes: [data:/var]\n",
        ),
        "compose.yaml:4: db: data is not among the volumes",
    ),
    "a key that compose does not know": (
        ("docker-compose.yml", "servces: {}\nservices: {a: {image: b}}\n"),
        "docker-compose.yml:1: compose knows no key `servces`",
    ),
    "an env file that is not there": (
        (
            "compose.yaml",
            "services:\n  web:\n    image: a\n    env_file: .env\n",
        ),
        "compose.yaml:4: web: there is no file .env",
    ),
    # Workflow
    "a job with a wrong key": (
        workflow(RUN + "\ntimeout: 5"),
        ".github/workflows/ci.yml:7: a job knows no key `timeout`",
    ),
    "a step with a wrong key": (
        workflow(RUN + "\n  shel: sh"),
        ".github/workflows/ci.yml:7: a step knows no key `shel`",
    ),
    "a workflow without a trigger": (
        workflow(RUN, head=""),
        ".github/workflows/ci.yml:0: it has no `on`",
    ),
    "a job without a machine": (
        workflow("steps:\n- run: ls"),
        ".github/workflows/ci.yml:3: the job test has no `runs-on`",
    ),
    "a job that needs one that is not there": (
        workflow(RUN + "\nneeds: [lint]"),
        ".github/workflows/ci.yml:7: the job test needs lint",
    ),
    "a step that does two things": (
        workflow(RUN + "\n  uses: a/b@v1"),
        ".github/workflows/ci.yml:6: a step has either `run` or `uses`",
    ),
    "an action without a version": (
        workflow("runs-on: a\nsteps:\n- uses: actions/checkout"),
        ".github/workflows/ci.yml:6: actions/checkout names no version",
    ),
    "a version that YAML takes for a number": (
        workflow(
            "runs-on: a\nstrategy:\n  matrix:\n    python: [3.10, '3.11']\n"
            "steps:\n- run: python app.py"
        ),
        ".github/workflows/ci.yml:7: the version 3.1 is a number",
    ),
    "a variable that the matrix lacks": (
        workflow(RUN + " ${{ matrix.os }}"),
        ".github/workflows/ci.yml:3: the job test uses matrix.os",
    ),
    "requirements that are not there": (
        workflow(RUN + "\n- run: pip install -r dev.txt"),
        ".github/workflows/ci.yml:7: there is no dev.txt to install",
    ),
    # pyproject.toml
    "a key that a project does not know": (
        project('requires_python = ">=3.10"\n'),
        "pyproject.toml:4: project knows no key `requires_python`",
    ),
    "a project without a version": (
        ("pyproject.toml", '[project]\nname = "a"\n'),
        "pyproject.toml:1: project has no version",
    ),
    "an entry point into nothing": (
        project('[project.scripts]\nshop = "shop.cli:main"\n'),
        "pyproject.toml:5: shop: there is no module shop.cli",
    ),
    "an entry point that is not defined": (
        project('[project.scripts]\nshop = "app:run"\n'),
        "pyproject.toml:5: shop: app defines no run",
    ),
    "a readme that is not there": (
        project('readme = "README.md"\n'),
        "pyproject.toml:4: there is no file README.md",
    ),
    "a requirement that is none": (
        project('dependencies = ["a b"]\n'),
        "pyproject.toml:4: 'a b' is no requirement",
    ),
    # Requirements
    "a line that is no requirement": (
        ("requirements.txt", "# tools\npytest = 8\n"),
        "requirements.txt:2: is no requirement",
    ),
    "a requirement that stands twice": (
        ("requirements-dev.txt", "pytest\nPyTest>=8\n"),
        "requirements-dev.txt:2: pytest stands on line 1 already",
    ),
    "requirements of a missing file": (
        ("requirements.txt", "-r base.txt\n"),
        "requirements.txt:1: there is no base.txt",
    ),
    # Makefile
    "a recipe that is indented by spaces": (
        ("Makefile", "run:\n    python app.py\n"),
        "Makefile:2: recipes are indented by a tab",
    ),
    "a target that needs nothing there is": (
        ("Makefile", "run: build\n\tpython app.py\n"),
        "Makefile:1: run needs build",
    ),
    "a phony target that is none": (
        ("Makefile", ".PHONY: test\nrun:\n\tls\n"),
        "Makefile:1: .PHONY names test",
    ),
    # Shell
    "a script without a shell": (
        ("run.sh", "python app.py\n"),
        "run.sh:1: its first line names no shell",
    ),
    "a script that runs what is not there": (
        ("run.sh", "#!/bin/sh\npython main.py\n"),
        "run.sh:2: there is no main.py",
    ),
    # Several files
    "an import that nothing declares": (
        ("requirements.txt", "httpx\n"),
        "fetch.py:1: imports yaml, which nothing declares",
        File("fetch.py", "import yaml, httpx\n"),
    ),
    "a dependency that nothing uses": (
        ("requirements.txt", "httpx\n"),
        "requirements.txt:1: httpx is declared and not used",
    ),
    "a tool is no dependency of the program": (
        ("requirements-dev.txt", "pyyaml\n"),
        "fetch.py:1: imports yaml, which nothing declares",
        File("fetch.py", "import yaml\n"),
    ),
    "an image with a Python that the project refuses": (
        project('requires-python = ">=3.13"\n'),
        "Dockerfile:0: uses Python 3.12, but pyproject.toml wants >=3.13",
        File("Dockerfile", "FROM python:3.12-slim\nCOPY app.py .\n"),
    ),
    "an image with a Python that no workflow tests": (
        dockerfile("COPY app.py .\n"),
        "Dockerfile:0: uses Python 3.12, which no workflow tests (3.11)",
        File(
            *workflow(
                "runs-on: a\nsteps:\n- uses: actions/setup-python@v5\n"
                "  with: {python-version: '3.11'}\n- run: python app.py"
            )
        ),
    ),
}


@pytest.mark.parametrize("phrase", FAULTS)
def test_faults(phrase):
    (path, text), expected, *others = FAULTS[phrase]
    found = findings(
        APP, TESTS, PACKAGE, RUNNABLE, File(path, text), *others
    )
    assert any(each.startswith(expected) for each in found), found
    # Each file is wrong in one way only.
    assert len(found) == 1, found


SOUND = {
    "a Dockerfile with stages, a here-document and arguments": (
        "Dockerfile",
        "# syntax=docker/dockerfile:1\nARG VERSION=3.12\n"
        "FROM python:${VERSION}-slim AS build\nWORKDIR /app\n"
        "COPY app.py shop/ ./\nRUN <<EOF\nset -e\nls\nEOF\n"
        "FROM python:${VERSION}-slim\nCOPY --from=build /app /app\n"
        'ADD ["*.py", "/app/"]\nUSER nobody\n'
        'ENTRYPOINT ["python", "-m", "shop"]\nCMD ["--help"]\n',
    ),
    "a compose file": (
        "compose.yaml",
        "services:\n  web:\n    build: {context: ., dockerfile: app.py}\n"
        "    depends_on:\n      db: {condition: service_started}\n"
        "    volumes: ['./shop:/shop', data:/var, /var/log]\n"
        "  db:\n    image: postgres:16\nvolumes:\n  data:\nx-more: 1\n",
    ),
    "a workflow with a matrix": workflow(
        "runs-on: ${{ matrix.os }}\nstrategy:\n  fail-fast: false\n"
        "  matrix:\n    os: [ubuntu-latest]\n    python: ['3.10', '3.13']\n"
        "    include:\n    - {os: macos-latest, python: '3.13', slow: yes}\n"
        "steps:\n- uses: actions/checkout@v4\n"
        "- run: python app.py ${{ matrix.slow }}\n  shell: bash",
        head="name: CI\non: [push]\npermissions: {contents: read}\n",
    ),
    "a project": project(
        'requires-python = ">=3.10"\ndependencies = []\n'
        '[project.scripts]\nshop = "app:main"\n'
        '[build-system]\nrequires = ["hatchling"]\n'
        'build-backend = "hatchling.build"\n[tool.any]\nthing = 1\n'
        '[project.optional-dependencies]\ntest = ["pytest>=8"]\n'
    ),
    "a Makefile": (
        "Makefile",
        ".PHONY: all run\nPYTHON ?= python\nFILES := \\\n\tapp.py\n"
        "all: run app.py | shop\nrun: ; $(PYTHON) app.py\n"
        "%.txt: %.py\n\tcp $< $@\nifdef CI\nall: run\nendif\n",
    ),
    "a script": ("run.sh", "#!/usr/bin/env bash\nset -eu\npython app.py\n"),
    "requirements with hashes and markers": (
        "requirements-dev.txt",
        "--index-url https://example.org\n"
        "pytest==8.4.0 --hash=sha256:0123  # the tests\n"
        'tomli; python_version < "3.11"\n',
    ),
}


@pytest.mark.parametrize("phrase", SOUND)
def test_sound_files(phrase):
    file = File(*SOUND[phrase])
    assert findings(APP, TESTS, PACKAGE, RUNNABLE, file) == []


META = """\
title: A pattern of a pattern
concept: meta.pairs
difficulty: advanced
why: A pattern is data, so another can write it.
parameters:
  noun: [width, height]
  factor: [2, 3]
ask:
  write:
    - "Write a pattern that teaches to multiply a {{ noun }} by {{ factor }}."
files:
  - path: patterns/numbers/scaling.yaml
    content: |
      title: Scaling
      concept: numbers.scaling
      difficulty: beginner
      why: A product is written with a star.
      parameters:
        name: [scale, multiplied]
      ask:
        write:
          - "Write `{{ '{{ name }}' }}({{ noun }})`, {{ factor }} times it."
      solution:
        code: |
          def {{ '{{ name }}' }}({{ noun }}):
              return {{ noun }} * {{ factor }}
      tests: |
        def test_scales():
            assert {{ '{{ name }}' }}(2) == {{ factor * 2 }}
"""
NESTED = {
    "a pattern that loads and proves itself": ([], []),
    "a key that patterns do not have": (
        [("      difficulty: beginner\n", "      level: beginner\n")],
        ["as a pattern: "],
    ),
    "tests that fail": (
        [("== {{ factor * 2 }}", "== 0")],
        ["as a pattern, in cell ", "AssertionError"],
    ),
    "no pattern at all": (
        [("patterns/numbers/scaling.yaml", "scaling.yaml")],
        ["none of the files is a pattern"],
    ),
}


@pytest.mark.parametrize("phrase", NESTED)
def test_nested_patterns(tmp_path, tools, phrase):
    from plse.generator import Generator
    from plse.registry import load_pattern, open_library

    changes, expected = NESTED[phrase]
    text = META
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "meta" / "pairs.yaml"
    path.parent.mkdir()
    path.write_text(text)
    sample = Generator(load_pattern(path, open_library(tmp_path))).sample(3)
    (check,) = artefacts.check([sample], tools)
    found = "\n".join(map(str, check.findings))
    assert bool(found) == bool(expected), found
    assert all(each in found for each in expected), found
    assert str(tmp_path) not in found and "/tmp" not in found
