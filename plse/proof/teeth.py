"""Tests with teeth: they notice mutants, stubs and turned assertions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from plse.imports import is_test_path
from plse.patterns import File
from plse.proof.assertions import assertions, controls, costly_tests
from plse.proof.examination import Flaw, PointResult
from plse.proof.mutants import Mutant, mutants, with_budget
from plse.proof.stubs import stub
from plse.proof.study import Study
from plse.samples import SOLUTION_PATH, Sample
from plse.sandbox import Limits, Outcome, Program, test_names
from plse.stages.execution import limits_of

__all__ = ["prove"]

CPU_SECONDS = 0.5
"""What a mutant may use, of a lesson that asks for nothing."""

CONTROLLED_CELLS = 2


@dataclass(frozen=True)
class _Terms:
    """How the mutants of a file are run.

    :param is_counted: the turns of their loops are counted, and bounded.
    :param wall_seconds: how long they may sit idle.
    """

    is_counted: bool
    wall_seconds: float


TERMS = (_Terms(True, 0.5), _Terms(True, 2.0), _Terms(False, 2.0))
"""From the strictest: the first that the original bears twice as strict."""


@dataclass(frozen=True)
class _Suspect:
    """A mutant of one file of one sample."""

    sample: Sample
    path: str
    mutant: Mutant


def prove(study: Study) -> PointResult:
    """Count assertions, run controls, stubs and mutants."""
    samples = [sample for sample in study.sound if _modules(sample)]
    if not samples:
        return PointResult(
            "teeth", "skipped", "no code of a passing cell to mutate"
        )
    flaws = [*_too_few(study, samples)]
    flaws += _controls(study, samples[:CONTROLLED_CELLS])
    flaws += _stubs(study, samples[:CONTROLLED_CELLS])
    trial = _try_mutants(study, samples)
    rate = trial.rate
    few = rate < study.settings.kill_rate
    if few:
        flaws += trial.survivors
    elif trial.flaky:
        flaws += trial.flaky
    if trial.total:
        score = (
            f"{trial.killed} of {trial.total} mutants ({rate:.1%}; "
            f"{study.settings.kill_rate:.0%} needed)"
        )
    else:
        score = "no mutants"
    failed = few or len(flaws) > len(trial.flaky)
    return PointResult(
        name="teeth",
        status=(
            "failed" if failed else "unproven" if trial.flaky else "passed"
        ),
        score=score,
        flaws=tuple(flaws),
        facts={
            "mutants": trial.total,
            "killed": trial.killed,
            "equivalent": trial.equivalent,
            "not_run": trial.not_run,
            "kill_rate": round(rate, 4),
            "survivors": [
                {
                    "message": flaw.message,
                    "line": flaw.line,
                    "cell": dict(flaw.cell),
                    "index": flaw.index,
                    "diff": flaw.detail,
                }
                for flaw in trial.survivors
            ],
        },
    )


def _modules(sample: Sample) -> list[File]:
    """The Python of a sample that its tests are about."""
    return [
        file
        for file in sample.files
        if file.path.endswith(".py") and not is_test_path(file.path)
    ]


def _test_files(sample: Sample) -> list[File]:
    return [file for file in sample.files if is_test_path(file.path)]


def _with_file(sample: Sample, path: str, text: str) -> tuple[File, ...]:
    return tuple(
        File(path, text) if file.path == path else file
        for file in sample.files
    )


def _side(sample: Sample, path: str) -> str:
    return "solution" if path == SOLUTION_PATH else path


def _too_few(study: Study, samples: Sequence[Sample]) -> Iterator[Flaw]:
    """Samples whose tests assert too little; the first of each kind."""
    settings = study.settings
    said: set[str] = set()
    for sample in samples:
        texts = [file.content for file in _test_files(sample)]
        asserted = sum(_assertions(text) for text in texts)
        tests = sum(len(test_names(text)) for text in texts)
        for count, needed, what in (
            (asserted, settings.assertions, "assertions"),
            (tests, settings.tests, "tests"),
        ):
            if count < needed and what not in said:
                said.add(what)
                yield study.flaw(
                    sample,
                    _test_files(sample)[0].path,
                    1,
                    f"there are {count} {what}; at least {needed} are needed",
                )


@lru_cache(maxsize=512)
def _assertions(text: str) -> int:
    return assertions(text)


def _controls(study: Study, samples: Sequence[Sample]) -> Iterator[Flaw]:
    """Turn each assertion around; whatever still passes asserts nothing."""
    jobs = [
        (sample, file.path, control)
        for sample in samples
        for file in _test_files(sample)
        for control in controls(file.content)
    ]
    outcomes = study.tools.sandbox.run(
        [
            Program(
                files=_with_file(sample, path, control.source),
                test_path=path,
                tests=(control.test,) if control.test else (),
                limits=limits_of(sample),
                expects_failures=None,
                until_failure=True,
            )
            for sample, path, control in jobs
        ]
    )
    seen: set[int] = set()
    for (sample, path, control), outcome in zip(jobs, outcomes):
        if outcome.status != "passed":
            continue
        flaw = study.flaw(
            sample,
            path,
            control.line,
            f"the assertion cannot fail: {control.how}, "
            f"{control.test or 'every test'} still passes",
        )
        if flaw.line not in seen:
            seen.add(flaw.line)
            yield flaw


def _stubs(study: Study, samples: Sequence[Sample]) -> Iterator[Flaw]:
    """Run the tests on code without bodies; each of them must fail."""
    jobs = []
    for sample in samples:
        hollow = {file.path: stub(file.content) for file in _modules(sample)}
        files = tuple(
            File(file.path, hollow.get(file.path, file.content))
            for file in sample.files
        )
        jobs += [(sample, files, test.path) for test in _test_files(sample)]
    outcomes = study.tools.sandbox.run(
        [
            Program(
                files=files,
                test_path=path,
                limits=limits_of(sample),
                expects_failures=None,
            )
            for sample, files, path in jobs
        ]
    )
    said: set[str] = set()
    for (sample, _, path), outcome in zip(jobs, outcomes):
        for test in outcome.tests:
            if test.outcome == "passed" and test.name not in said:
                said.add(test.name)
                yield study.flaw(
                    sample,
                    path,
                    _line_of_test(sample, path, test.name),
                    f"{test.name} passes on a stub whose bodies return None",
                )


def _line_of_test(sample: Sample, path: str, name: str) -> int:
    text = next(f.content for f in sample.files if f.path == path)
    function = f"def {name.rpartition('::')[2]}("
    for number, line in enumerate(text.splitlines(), 1):
        if function in line:
            return number
    return 1


@dataclass(frozen=True)
class _Trial:
    """How the tests did against mutants."""

    killed: int
    total: int
    equivalent: int
    not_run: int
    survivors: tuple[Flaw, ...]
    flaky: tuple[Flaw, ...]

    @property
    def rate(self) -> float:
        return self.killed / self.total if self.total else 1.0


def _try_mutants(study: Study, samples: Sequence[Sample]) -> _Trial:
    suspects, equivalent, not_run = _suspects(
        study, samples[: study.settings.mutation_cells]
    )
    terms = _terms(study, suspects)
    alive = list(suspects)
    flaky: list[_Suspect] = []
    for choose in (_cheap, _costly):
        outcomes = _run(study, alive, terms, choose)
        flaky += [s for s, outcome in zip(alive, outcomes) if outcome == "?"]
        alive = [s for s, outcome in zip(alive, outcomes) if outcome == "+"]
    return _Trial(
        killed=len(suspects) - len(alive) - len(flaky),
        total=len(suspects),
        equivalent=equivalent,
        not_run=not_run,
        survivors=tuple(
            _survivor(study, suspect, "no test notices") for suspect in alive
        ),
        flaky=tuple(
            _survivor(study, suspect, "flaky: tests notice only sometimes")
            for suspect in flaky
        ),
    )


def _suspects(
    study: Study, samples: Sequence[Sample]
) -> tuple[list[_Suspect], int, int]:
    """The mutants to run, how many are equivalent, how many too many."""
    suspects: list[_Suspect] = []
    sites: set[tuple[str, str]] = set()
    equivalent = not_run = 0
    for sample in samples:
        own = []
        for file in _modules(sample):
            for mutant in mutants(file.content):
                site = (file.path, mutant.site)
                if site in sites:
                    continue
                sites.add(site)
                if mutant.equivalent:
                    equivalent += 1
                else:
                    own.append(_Suspect(sample, file.path, mutant))
        most = study.settings.mutants
        not_run += max(len(own) - most, 0)
        # Evenly through the module, so that none of its parts is left out.
        step = max(len(own) / most, 1)
        suspects += [own[int(at * step)] for at in range(min(len(own), most))]
    return suspects, equivalent, not_run


def _terms(
    study: Study, suspects: Sequence[_Suspect]
) -> dict[tuple[int, str], _Terms]:
    """How to run the mutants of each (sample, file)."""
    left = {
        (suspect.sample.index, suspect.path): suspect.sample
        for suspect in suspects
    }
    found = {}
    for terms in TERMS[:-1]:
        bearing = _bearing(study, left, terms)
        found.update(dict.fromkeys(bearing, terms))
        left = {key: left[key] for key in left.keys() - bearing}
    return {**found, **dict.fromkeys(left, TERMS[-1])}


def _bearing(
    study: Study, originals: Mapping[tuple[int, str], Sample], terms: _Terms
) -> set[tuple[int, str]]:
    """The (sample, file) whose originals pass, and idle half as long."""
    jobs = [
        (key, sample, test.path)
        for key, sample in originals.items()
        for test in _test_files(sample)
    ]
    outcomes = study.tools.sandbox.run(
        [
            Program(
                files=_with_file(
                    sample, key[1], with_budget(_text(sample, key[1]))
                ),
                test_path=path,
                limits=replace(
                    limits_of(sample), wall_seconds=terms.wall_seconds / 2
                ),
                expects_failures=None,
                until_failure=True,
            )
            for key, sample, path in jobs
        ]
    )
    failed = {
        key
        for (key, _, _), outcome in zip(jobs, outcomes)
        if outcome.status != "passed"
    }
    return set(originals) - failed


def _text(sample: Sample, path: str) -> str:
    return next(file.content for file in sample.files if file.path == path)


# Every mutant of a sample has the same tests.
@lru_cache(maxsize=512)
def _costly(text: str) -> tuple[str, ...]:
    return costly_tests(text)


@lru_cache(maxsize=512)
def _cheap(text: str) -> tuple[str, ...]:
    costly = set(_costly(text))
    return tuple(name for name in test_names(text) if name not in costly)


def _run(
    study: Study,
    suspects: Sequence[_Suspect],
    terms: Mapping[tuple[int, str], _Terms],
    choose: Callable[[str], tuple[str, ...]],
) -> list[str]:
    """For each mutant "+" if all these tests pass, "-" if not, "?" if one
    of them cannot decide."""
    jobs: list[tuple[int, Program]] = []
    for at, suspect in enumerate(suspects):
        text = suspect.mutant.source
        own = terms[suspect.sample.index, suspect.path]
        if own.is_counted:
            text = with_budget(text)
        for file in _test_files(suspect.sample):
            names = choose(file.content)
            if names:
                jobs.append(
                    (
                        at,
                        Program(
                            files=_with_file(
                                suspect.sample, suspect.path, text
                            ),
                            test_path=file.path,
                            tests=names,
                            limits=_limits(suspect.sample, own),
                            expects_failures=None,
                            until_failure=True,
                        ),
                    )
                )
    outcomes = study.tools.sandbox.run([program for _, program in jobs])
    seen = ["+"] * len(suspects)
    for (at, _), outcome in zip(jobs, outcomes):
        seen[at] = _worse(seen[at], outcome)
    return seen


def _limits(sample: Sample, terms: _Terms) -> Limits:
    """What a mutant of a lesson may use.

    A lesson that needs more than is usual is given it here, too: a mutant
    that is stopped where the original would not yet be done counts as killed
    though no test has noticed it.
    """
    asked, usual = limits_of(sample), Limits()
    if asked.cpu_seconds <= usual.cpu_seconds:
        asked = replace(asked, cpu_seconds=CPU_SECONDS)
    return replace(
        asked, wall_seconds=max(terms.wall_seconds, asked.cpu_seconds)
    )


def _worse(seen: str, outcome: Outcome) -> str:
    if seen == "-" or outcome.status == "passed":
        return seen
    return "?" if outcome.status in ("flaky", "stopped", "refused") else "-"


def _survivor(study: Study, suspect: _Suspect, how: str) -> Flaw:
    mutant = suspect.mutant
    return study.flaw(
        suspect.sample,
        _side(suspect.sample, suspect.path),
        mutant.line,
        f"{how} this mutant ({mutant.operator})",
        mutant.diff(_text(suspect.sample, suspect.path)),
    )
