"""GitHub Actions workflows: keys, jobs, steps, and what they refer to.

Keys after docs.github.com/actions, "Workflow syntax".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from plse.artefacts.folder import Folder, complaint
from plse.artefacts.yaml_lines import Lines
from plse.findings import Finding

__all__ = ["RunStep", "check", "is_workflow", "python_versions", "run_steps"]

TOP = frozenset(
    "concurrency defaults env jobs name on permissions run-name".split()
)
JOB = frozenset(
    "concurrency container continue-on-error defaults env environment if "
    "name needs outputs permissions runs-on secrets services steps strategy "
    "timeout-minutes uses with".split()
)
STEP = frozenset(
    "continue-on-error env id if name run shell timeout-minutes uses with "
    "working-directory".split()
)
STRATEGY = frozenset({"fail-fast", "matrix", "max-parallel"})


@dataclass(frozen=True)
class RunStep:
    """A step that runs commands.

    :param script: the commands, with the first value of each ``matrix``
        variable in its place.
    :param env: variables of the workflow, the job and the step.
    """

    job: str
    script: str
    env: tuple[tuple[str, str], ...]
    folder: str
    shell: str
    line: int


def is_workflow(path: str) -> bool:
    """Whether GitHub would take the file for a workflow."""
    return re.fullmatch(r"\.github/workflows/[^/]+\.ya?ml", path) is not None


def check(
    path: str, data: object, lines: Lines, folder: Folder
) -> Iterator[Finding]:
    """What is wrong with a workflow in a folder."""
    if not isinstance(data, Mapping):
        yield complaint(path, "it is not a mapping with `jobs`")
        return
    data = _named(data)
    yield from _unknown(path, data, TOP, "a workflow", (), lines)
    for key in ("on", "jobs"):
        if not data.get(key):
            yield complaint(path, f"it has no `{key}`")
    jobs = data.get("jobs")
    if not isinstance(jobs, Mapping):
        return
    for name, job in jobs.items():
        place = ("jobs", name)
        if not isinstance(job, Mapping):
            yield complaint(path, f"the job {name} is empty", lines.at(place))
            continue
        yield from _unknown(path, job, JOB, "a job", place, lines)
        yield from _job(path, name, job, jobs, lines)
        yield from _steps(path, name, job, lines, folder)


def _named(data: Mapping) -> dict[str, object]:
    return {"on" if key is True else str(key): v for key, v in data.items()}


def _unknown(
    path: str,
    data: Mapping,
    known: frozenset[str],
    what: str,
    place: tuple[object, ...],
    lines: Lines,
) -> Iterator[Finding]:
    for key in data:
        if key not in known:
            yield complaint(
                path, f"{what} knows no key `{key}`", lines.at((*place, key))
            )


def _job(
    path: str, name: str, job: Mapping, jobs: Mapping, lines: Lines
) -> Iterator[Finding]:
    place = ("jobs", name)
    if "uses" not in job and "runs-on" not in job:
        yield complaint(
            path, f"the job {name} has no `runs-on`", lines.at(place)
        )
    if "uses" not in job and not job.get("steps"):
        yield complaint(path, f"the job {name} has no steps", lines.at(place))
    needs = job.get("needs") or ()
    for other in [needs] if isinstance(needs, str) else needs:
        if other not in jobs:
            yield complaint(
                path,
                f"the job {name} needs {other}, which is no job",
                lines.at((*place, "needs")),
            )
    strategy = job.get("strategy") or {}
    yield from _unknown(
        path,
        strategy,
        STRATEGY,
        "a strategy",
        (*place, "strategy"),
        lines,
    )
    used = set(re.findall(r"\$\{\{[^}]*?\bmatrix\.([\w-]+)", repr(job)))
    known = _matrix_names(job)
    for variable in sorted(used - known):
        yield complaint(
            path,
            f"the job {name} uses matrix.{variable}, which the matrix lacks",
            lines.at(place),
        )
    for where, version in _versions(job):
        if isinstance(version, float):
            yield complaint(
                path,
                f"the version {version} is a number, so 3.10 would be 3.1; "
                "put it in quotes",
                lines.at((*place, *where)),
            )


def _matrix_names(job: Mapping) -> set[str]:
    matrix = (job.get("strategy") or {}).get("matrix") or {}
    if not isinstance(matrix, Mapping):
        return set()
    names = {str(key) for key in matrix if key not in ("include", "exclude")}
    for extra in matrix.get("include") or ():
        if isinstance(extra, Mapping):
            names |= set(map(str, extra))
    return names


def _versions(job: Mapping) -> Iterator[tuple[tuple[object, ...], object]]:
    """Where a job names versions of Python, and which."""
    matrix = (job.get("strategy") or {}).get("matrix") or {}
    if isinstance(matrix, Mapping):
        for key in ("python", "python-version"):
            values = matrix.get(key)
            if isinstance(values, list):
                for value in values:
                    yield ("strategy", "matrix", key), value
    for number, step in enumerate(job.get("steps") or ()):
        if isinstance(step, Mapping) and isinstance(step.get("with"), Mapping):
            version = step["with"].get("python-version")
            if version is not None:
                yield ("steps", number, "with", "python-version"), version


def python_versions(data: object) -> list[str]:
    """The versions of Python that a workflow runs, as ``3.12``."""
    if not isinstance(data, Mapping):
        return []
    found = []
    for job in (_named(data).get("jobs") or {}).values():
        if isinstance(job, Mapping):
            found += [str(version) for _, version in _versions(job)]
    return [v for v in found if re.fullmatch(r"3\.\d+(\.\d+)?", v)]


def _steps(
    path: str, name: str, job: Mapping, lines: Lines, folder: Folder
) -> Iterator[Finding]:
    for number, step in enumerate(job.get("steps") or ()):
        place = ("jobs", name, "steps", number)
        if not isinstance(step, Mapping):
            yield complaint(path, "a step is empty", lines.at(place))
            continue
        yield from _unknown(path, step, STEP, "a step", place, lines)
        if ("run" in step) == ("uses" in step):
            yield complaint(
                path,
                "a step has either `run` or `uses`",
                lines.at(place),
            )
        uses = str(step.get("uses", ""))
        if uses and not uses.startswith(("./", "docker:")) and "@" not in uses:
            yield complaint(
                path, f"{uses} names no version (`@v4`)", lines.at(place)
            )
        if uses.startswith("./") and not folder.exists(uses):
            yield complaint(path, f"there is no {uses}", lines.at(place))
        for file in re.findall(
            r"pip install[^\n]*?(?:-r|--requirement)[ =]+(\S+)",
            str(step.get("run", "")),
        ):
            if "$" not in file and not folder.exists(file):
                yield complaint(
                    path, f"there is no {file} to install", lines.at(place)
                )


def run_steps(data: object, lines: Lines) -> list[RunStep]:
    """The steps that run commands, in order."""
    if not isinstance(data, Mapping):
        return []
    found = []
    data = _named(data)
    for name, job in (data.get("jobs") or {}).items():
        if not isinstance(job, Mapping):
            continue
        defaults = _defaults(data) | _defaults(job)
        for number, step in enumerate(job.get("steps") or ()):
            if not isinstance(step, Mapping) or "run" not in step:
                continue
            env: dict[str, str] = {}
            for part in (data, job, step):
                for key, value in (part.get("env") or {}).items():
                    env[str(key)] = _filled(str(value), job)
            found.append(
                RunStep(
                    job=str(name),
                    script=_filled(str(step["run"]), job),
                    env=tuple(sorted(env.items())),
                    folder=str(
                        step.get(
                            "working-directory",
                            defaults.get("working-directory", "."),
                        )
                    ),
                    shell=str(step.get("shell", defaults.get("shell", ""))),
                    line=lines.at(("jobs", name, "steps", number, "run")),
                )
            )
    return found


def _defaults(part: Mapping) -> dict[str, object]:
    defaults = part.get("defaults") or {}
    return dict(defaults.get("run") or {})


def _filled(text: str, job: Mapping) -> str:
    """A text with the first value of each matrix variable."""
    matrix = (job.get("strategy") or {}).get("matrix") or {}

    def value(match: re.Match[str]) -> str:
        values = matrix.get(match[1]) if isinstance(matrix, Mapping) else None
        return str(values[0]) if isinstance(values, list) else match[0]

    return re.sub(r"\$\{\{\s*matrix\.([\w-]+)\s*\}\}", value, text)
