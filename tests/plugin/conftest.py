"""Scratch projects with a small library, in which a real pytest is run.

Rendering, drawing, spooling and merging are the real ones. Most projects
validate nothing, so that a run takes a second: their conftest lets every
sample pass but those that a test wants rejected. What a whole run looks like,
with every stage, is the business of ``test_whole.py``.
"""

import hashlib
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

LESSON = """\
title: {title}
concept: numbers.scaling
difficulty: {difficulty}
tags: [{tags}]
why: Twice as much is more.
parameters:
  noun: [width, height, depth]
  factor: {{from: 2, to: 60}}
  shape: [expression, statement]
ask:
  write:
    - Write `scale({{{{ noun }}}})`, which returns {{{{ factor }}}} times it.
  explain:
    - What does this do to `{{{{ noun }}}}`?
solution:
  code: |
    def scale({{{{ noun }}}}):
    {{% if shape == "expression" %}}
        return {{{{ noun }}}} * {{{{ factor }}}}
    {{% else %}}
        {{{{ noun }}}} *= {{{{ factor }}}}
        return {{{{ noun }}}}
    {{% endif %}}
tests: |
  def test_scales():
      assert scale(3) == {{{{ 3 * factor }}}}


  def test_keeps_zero():
      assert scale(0) == 0
"""

CONFTEST = """\
pytest_plugins = ["plse"]

import os, signal, sys, time
from pathlib import Path
from plse.pytest_plugin.workshop import Workshop

HERE = Path(__file__).parent

def first_time(name):
    try:
        (HERE / name).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True

def reject(pattern, index, cell):
{reject}
    return False

def before(pattern, positions):
{before}
    return None

def validate(samples, tools):
    from plse.findings import Finding
    from plse.validation import Verdict
    return [
        Verdict(
            sample,
            (Finding("style", "E999 is what it shows", "solution", 2),)
            if reject(sample.pattern.name, sample.index, sample.plain_cell)
            else (),
            {{"stages": []}},
        )
        for sample in samples
    ]

make, examine = Workshop.make, Workshop.examine

def make_as_told(self, lesson, positions):
    import plse.chunks
    run_chunk = plse.chunks.run_chunk

    def run_chunk_as_told(explorer, positions, tools):
        before(explorer.pattern.name, positions)
        return run_chunk(explorer, positions, tools)

    plse.chunks.validate = validate
    plse.chunks.run_chunk = run_chunk_as_told
    try:
        return make(self, lesson, positions)
    finally:
        plse.chunks.run_chunk = run_chunk

Workshop.make = make_as_told
Workshop.examine = lambda self, lesson: (
    examine(self, lesson) if lesson.errors else ""
)
"""


_MARK = "=== exit status"


@dataclass
class Run:
    """How a pytest ended."""

    status: int
    output: str

    def __contains__(self, text: str) -> bool:
        return text in self.output


class Project:
    """A folder with a library of three lessons, and a conftest."""

    def __init__(self, folder: Path, bytecode: Path) -> None:
        self.folder = folder
        self.bytecode = bytecode
        self.behave()
        self.write(
            "pytest.ini",
            "[pytest]\naddopts = --strict-markers -p no:hypothesispytest\n",
        )
        self.write("patterns/library.yaml", "name: plse\ntitle: Small\n")
        self.lesson("one/alpha", difficulty="beginner", tags="numbers")
        self.lesson("one/beta", difficulty="expert", tags="numbers, rare")
        self.lesson("two/gamma", difficulty="beginner", tags="letters")
        self.write("tests/test_plain.py", "def test_plain():\n    pass\n")

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def lesson(
        self, name: str, difficulty: str = "beginner", tags: str = "numbers"
    ) -> Path:
        title = f"Scaling, {name}"
        text = LESSON.format(title=title, difficulty=difficulty, tags=tags)
        return self.write(f"patterns/{name}.yaml", text)

    def behave(self, before: str = "", reject: str = "") -> None:
        """Say what happens before a chunk, and which samples fail."""
        texts = {
            "before": textwrap.indent(textwrap.dedent(before), "    "),
            "reject": textwrap.indent(textwrap.dedent(reject), "    "),
        }
        self.write("conftest.py", CONFTEST.format(**texts))

    def start(self, *words: str, **env: str) -> subprocess.Popen:
        """Begin a pytest in the folder."""
        return self._start(["-m", "pytest", *words], env)

    def _start(
        self, words: list[str], env: dict[str, str]
    ) -> subprocess.Popen:
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            # Bytecode that all runs share saves most of what a start costs.
            "PYTHONPYCACHEPREFIX": str(self.bytecode),
            "PYTHONUNBUFFERED": "1",
            "XDG_CACHE_HOME": str(self.bytecode.with_name("cache")),
            "COLUMNS": "200",
            **env,
        }
        # On CI, pytest shows every failure a second time, in full.
        for name in ("PYTHONDONTWRITEBYTECODE", "CI", "BUILD_NUMBER"):
            environment.pop(name, None)
        # Under tox, pytest keeps one cache for all that run at once.
        for name in list(environment):
            if name.startswith(("PYTEST_", "TOX_")) and name not in env:
                del environment[name]
        return subprocess.Popen(
            [sys.executable, *words],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            # Where these tests run in the background, Ctrl-C is ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def run(self, *words: str, **env: str) -> Run:
        return self.end(self.start(*words, **env))

    def run_each(self, *commands: str) -> list[Run]:
        """Run several sessions, one after the other, in one process."""
        script = (
            "import shlex, sys, pytest\n"
            "for command in sys.argv[1:]:\n"
            "    status = pytest.main(shlex.split(command))\n"
            f"    print('\\n{_MARK}', int(status), flush=True)\n"
            "    print(flush=True)\n"
        )
        ended = self.end(self._start(["-c", script, *commands], {}))
        parts = ended.output.split(f"\n{_MARK} ")
        assert len(parts) == len(commands) + 1, ended.output
        return [
            Run(int(after.split()[0]), before)
            for before, after in zip(parts, parts[1:])
        ]

    def end(self, process: subprocess.Popen) -> Run:
        try:
            output = process.communicate(timeout=90)[0]
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output = process.communicate()[0]
            pytest.fail(f"pytest did not end:\n{output}")
        return Run(process.returncode, output)

    def wait_for(self, pattern: str, process: subprocess.Popen) -> None:
        """Wait until a file is there, or fail with what pytest said."""
        deadline = time.monotonic() + 60
        while not list(self.folder.glob(pattern)):
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                pytest.fail(f"no {pattern}:\n{process.communicate()[0]}")
            time.sleep(0.02)

    def bytes(self, name: str = "training_dataset.jsonl") -> bytes | None:
        path = self.folder / name
        return path.read_bytes() if path.exists() else None

    def rows(self, name: str = "training_dataset.jsonl") -> list[dict]:
        return [json.loads(line) for line in self.bytes(name).splitlines()]

    def patterns(self) -> list[str]:
        """The names of the patterns in the dataset, each once."""
        return sorted({row["pattern"].split(".")[2] for row in self.rows()})

    def digest(self) -> str:
        """Of the three files of a run."""
        return hashlib.sha256(
            b"\0".join(
                self.bytes(name)
                for name in (
                    "training_dataset.jsonl",
                    "rejected.jsonl",
                    "manifest.json",
                )
            )
        ).hexdigest()

    def manifest(self) -> dict:
        return json.loads(self.bytes("manifest.json"))

    @property
    def spool(self) -> Path:
        return self.folder / ".training_dataset.jsonl.spool"

    def chunks(self) -> list[str]:
        return sorted(path.name for path in self.spool.glob("*.chunk"))


@pytest.fixture(scope="session")
def bytecode(tmp_path_factory):
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    return folder / "bytecode"


#: A run of 15 chunks of two samples, which many tests disturb.
SMALL = ("patterns", "--plse-samples=30", "--plse-chunk=2")


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory, bytecode):
    """The digest of ``SMALL`` when nothing happens to it."""
    project = Project(tmp_path_factory.mktemp("undisturbed"), bytecode)
    run = project.run(*SMALL)
    assert run.status == 0, run.output
    return project.digest()


@pytest.fixture
def project(tmp_path, bytecode):
    return Project(tmp_path, bytecode)
