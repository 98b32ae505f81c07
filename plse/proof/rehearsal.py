"""Running what artefacts say will be run: CI steps, and entry points.

A step's commands run in the sandbox, in a scratch folder with the sample's
files. What needs a network or another machine (installing packages, building
images, publishing) is left out of a script, and named.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec

import yaml

from plse.artefacts import Folder, agreement, complaint, dockerfile, workflow
from plse.artefacts.yaml_lines import Lines
from plse.findings import Finding
from plse.samples import Sample
from plse.sandbox import Command, Limits, Sandbox

__all__ = ["Rehearsal", "rehearse"]

ELSEWHERE = frozenset(
    "apt apt-get brew cargo conda curl docker docker-compose gh git hatch "
    "helm kubectl npm npx pip pip3 pipx podman poetry sudo ssh systemctl "
    "terraform twine uv wget yarn".split()
)
"""Commands that need a network, or a service that is not here."""

MODULES_ELSEWHERE = frozenset("build ensurepip pip venv virtualenv".split())
PYTHON_PROGRAMS = frozenset(
    "bandit black coverage flake8 isort mypy pylint pyright ruff tox".split()
)
"""Commands that are there only where their package is installed."""

LIMITS = Limits(
    cpu_seconds=20.0,
    wall_seconds=30.0,
    memory_mb=1024,
    file_mb=16,
    processes=32,
)
ASSIGNMENT = re.compile(r"\w+=\S*\s+")


@dataclass(frozen=True)
class Rehearsal:
    """What a run-through found.

    :param ran: how many commands ran.
    :param left_out: command lines that cannot run here.
    """

    findings: tuple[Finding, ...]
    ran: int
    left_out: tuple[str, ...]


def rehearse(sample: Sample, sandbox: Sandbox) -> Rehearsal:
    """Run a sample's workflow steps, and load its containers' programs."""
    findings: list[Finding] = []
    left_out: list[str] = []
    ran = 0
    for file in sample.files:
        if workflow.is_workflow(file.path):
            data = yaml.safe_load(file.content)
            for step in workflow.run_steps(data, Lines(file.content)):
                script, dropped = _possible(step)
                left_out += dropped
                if script:
                    ran += 1
                    findings += _run(sample, file.path, step, script, sandbox)
        elif agreement.is_dockerfile(file.path):
            for finding in _start(sample, file.path, file.content, sandbox):
                findings += finding
                ran += 1
    return Rehearsal(
        tuple(findings), ran, tuple(dict.fromkeys(left_out))
    )


def _possible(step: workflow.RunStep) -> tuple[str, list[str]]:
    """A step's script without what cannot run here, and what that is."""
    if step.shell and step.shell.split()[0] not in ("bash", "sh"):
        return "", [f"a step for {step.shell}"]
    kept, dropped = [], []
    for line in re.sub(r"\\\n\s*", " ", step.script).split("\n"):
        if "${{" in line or not all(map(_is_here, _commands(line))):
            dropped.append(line.strip())
        else:
            kept.append(line)
    script = "\n".join(kept).strip()
    # A branch or loop that lost a line is no script any more.
    if dropped and re.search(r"^\s*(if|for|while|case)\b", step.script, re.M):
        return "", [step.script.strip().split("\n")[0]]
    return script, dropped


def _commands(line: str) -> Iterator[list[str]]:
    """The words of each simple command of a line."""
    for part in re.split(r"&&|\|\||[;|]", line):
        part = part.strip()
        while match := ASSIGNMENT.match(part):
            part = part[match.end() :]
        try:
            words = shlex.split(part, comments=True)
        except ValueError:
            words = part.split()
        if words:
            yield words


def _is_here(words: list[str]) -> bool:
    program = words[0].rsplit("/", 1)[-1]
    if program in ELSEWHERE:
        return False
    if re.fullmatch(r"python[\d.]*", program) and words[1:2] == ["-m"]:
        module = (words[2:3] or [""])[0].partition(".")[0]
        if module in MODULES_ELSEWHERE:
            return False
        return module not in PYTHON_PROGRAMS or find_spec(module) is not None
    if program in PYTHON_PROGRAMS:
        return find_spec(program) is not None
    return True


def _run(
    sample: Sample,
    path: str,
    step: workflow.RunStep,
    script: str,
    sandbox: Sandbox,
) -> Iterator[Finding]:
    if step.folder not in (".", "./"):
        script = f"cd {shlex.quote(step.folder)}\n{script}"
    outcome = sandbox.run_command(
        Command(
            ("sh", "-e", "-c", script),
            sample.files,
            env=(("CI", "true"), *step.env),
            limits=LIMITS,
        )
    )
    if outcome.status == "refused":
        return
    if outcome.status != "exited" or outcome.exit:
        said = (outcome.stderr or outcome.stdout).strip()[-400:]
        how = (
            f"exits with {outcome.exit}"
            if outcome.status == "exited"
            else f"{outcome.status}: {outcome.detail}"
        )
        first = script.split("\n")[0]
        yield complaint(
            path, f"the step `{first}` {how}: {said}", step.line
        )


def _start(
    sample: Sample, path: str, text: str, sandbox: Sandbox
) -> Iterator[list[Finding]]:
    """Load the Python file that a container starts with.

    The file is executed under another name than ``__main__``: whatever is
    wrong with its imports and definitions shows, and no service starts.
    """
    instructions = dockerfile.parse(text)
    try:
        words = dockerfile.entry_command(instructions)
    except ValueError:
        return
    if not words or not re.fullmatch(r"(.*/)?python[\d.]*", words[0]):
        return
    folder = Folder(sample.files)
    if any(find_spec(name) is None for name in folder.imports(tests=False)):
        return
    rest = [word for word in words[1:] if word not in ("-u", "-B", "-O")]
    if len(rest) > 1 and rest[0] == "-m" and folder.module(rest[1]):
        load = f"runpy.run_module({rest[1]!r}, run_name='loaded')"
    elif rest and rest[0].endswith(".py"):
        name = rest[0].rsplit("/", 1)[-1]
        own = [p for p in folder.files if p.rsplit("/", 1)[-1] == name]
        if not own:
            return
        load = f"runpy.run_path({min(own, key=len)!r}, run_name='loaded')"
    else:
        return
    code = f"import runpy, sys; sys.path[:0] = ['.', 'src']; {load}"
    outcome = sandbox.run_command(
        Command(("python", "-c", code), sample.files, limits=LIMITS)
    )
    failed = outcome.status == "crashed" or (
        outcome.status == "exited" and outcome.exit
    )
    said = outcome.stderr.strip().split("\n")[-1][:300]
    line = next(
        (e.line for e in instructions if e.name in ("CMD", "ENTRYPOINT")), 0
    )
    yield (
        [complaint(path, f"the entry point does not start: {said}", line)]
        if failed
        else []
    )
