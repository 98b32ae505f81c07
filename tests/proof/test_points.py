"""Each kind of proof fails the lessons made to fail it, and only those."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from plse.proof import POINTS, Examination

from .conftest import KINDS, SOLUTION, TESTS

WORDS = ["pear", "fig", "plum", "lime", "date", "kiwi", "sloe", "quince"]


def failed(examination: Examination) -> list[str]:
    return [
        point.name
        for point in examination.points
        if point.status not in ("passed", "skipped")
    ]


def order_of_a_set(words: list[str]) -> list[str]:
    """In which order the sandbox's usual hash seed lists a set of words."""
    done = subprocess.run(
        [sys.executable, "-c", f"print(*set({words!r}))"],
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


@pytest.mark.parametrize("kind", KINDS)
def test_a_sound_lesson_passes_every_point(examined, kind):
    examination = examined(kind)
    assert examination.passed, examination.failure()
    assert [point.name for point in examination.points] == [
        point.name for point in POINTS
    ]


WEAK = """\
tests: |
  def test_scales():
      assert scale(3) != 4.5
      assert scale(10) != 4.5
      assert scale(1) != 4.5


  def test_keeps_zero():
      assert scale(0) != 4.5
      assert scale(5) != 4.5
"""
LARGE = "      assert len(bytearray(700 << 20)) == 700 << 20\n"
SPOILT = {
    "tests that hold of nearly any code": (
        "teeth",
        "best practice",
        [(TESTS, WEAK)],
        "passes on a stub",
    ),
    "such tests, which need the memory that the lesson asks for": (
        "teeth",
        "best practice",
        [
            (
                TESTS,
                "requires: {memory_mb: 1400}\n"
                + WEAK.replace("():\n", f"():\n{LARGE}"),
            )
        ],
        "passes on a stub",
    ),
    "too few assertions": (
        "teeth",
        "best practice",
        [
            (
                "      assert scale(10) == {{ factor * 10 }}\n"
                "      assert scale(1) == {{ factor }}\n",
                "",
            )
        ],
        "3 assertions; at least 5",
    ),
    "an assertion that is never reached": (
        "teeth",
        "best practice",
        [
            (
                "      assert scale(0) == 0\n",
                "      assert scale(0) == 0\n"
                "      for each in ():\n"
                "          assert scale(each) == 7\n",
            )
        ],
        "the assertion cannot fail: negated",
    ),
    "a mistake that passes": (
        "contrast",
        "anti-pattern",
        [
            (
                "        {{ noun }} * {{ factor }}\n  flags: [B018]",
                "        return {{ noun }} * {{ factor }}\n  flags: []",
            )
        ],
        "test_keeps_zero passes on the mistake",
    ),
    "a lint code that is not stated": (
        "contrast",
        "anti-pattern",
        [("flags: [B018]", "flags: []")],
        "B018",
    ),
    "a solution that fails for one option": (
        "contrast",
        "best practice",
        [
            (
                "        {{ noun }} *= {{ factor }}",
                "        {{ noun }} *= "
                "{{ 7 if noun == 'depth' else factor }}",
            )
        ],
        "to blame: noun=depth, shape=statement",
    ),
    "a dead parameter": (
        "space",
        "best practice",
        [
            ("  shape: [", "  mood: [calm, wild]\n  shape: ["),
            ("why: Only", "why: Only{{ '' if mood == 'calm' else '' }}"),
        ],
        "the parameter mood is dead",
    ),
    "a branch that no cell reaches": (
        "space",
        "best practice",
        [
            (
                "    def scale({{ noun }}):\n",
                "    {% if factor > 4 %}\n    import math\n    {% endif %}\n"
                "    def scale({{ noun }}):\n",
            )
        ],
        "solution.code: the condition is never true",
    ),
    "an option that the constraints forbid": (
        "space",
        "best practice",
        [("ask:\n", "constraints:\n  - noun != 'depth'\nask:\n")],
        "no cell has noun=depth",
    ),
    "an instruction that hides the name": (
        "instruction",
        "best practice",
        [("`scale({{ noun }})`", "a function of a {{ noun }}")],
        "the tests use scale",
    ),
    "a false claim": (
        "claims",
        "tradeoff",
        [("by: 10", "by: 10000")],
        "the claim is false",
    ),
    "a claim that raises": (
        "claims",
        "tradeoff",
        [("      common(values, others)", "      common(values)")],
        "TypeError",
    ),
    "a Dockerfile that copies a missing file": (
        "artefacts",
        "orchestration",
        [("COPY scale.py .", "COPY scale.py requirements.txt ./")],
        "COPY requirements.txt: there is no such file",
    ),
    "a workflow with a wrong key": (
        "artefacts",
        "orchestration",
        [("runs-on:", "run-on:")],
        "a job knows no key `run-on`",
    ),
    "a step that fails": (
        "artefacts",
        "orchestration",
        [("        - run: python scale.py 2", "        - run: exit 3")],
        "the step `exit 3` exits with 3",
    ),
    "an entry point that does not start": (
        "artefacts",
        "orchestration",
        [
            (
                'ENTRYPOINT ["python", "scale.py"]',
                'ENTRYPOINT ["python", "-m", "scale.main"]',
            ),
        ],
        "it cannot be run",
    ),
}


@pytest.mark.parametrize("phrase", SPOILT)
def test_a_spoilt_lesson_fails_one_point(examined, phrase):
    point, kind, spoilt, message = SPOILT[phrase]
    examination = examined(kind, *spoilt)
    assert failed(examination) == [point], examination.failure()
    assert message in examination.failure()


LEAKS = {
    "the clock": (
        "clock",
        "    import time\n\n\n    def scale",
        f"        if time.time() > {time.time() + 90 * 86_400:.0f}:\n"
        "            return 0\n",
        "time.time() at line 5 of the solution",
    ),
    "the time zone": (
        "time zone",
        "    import time\n\n\n    def scale",
        "        if time.localtime(0).tm_hour:\n            return 0\n",
        "time.localtime() at line 5 of the solution",
    ),
    "the order of a set": (
        "hash seed",
        "    def scale",
        f"        words = set({' '.join(WORDS)!r}.split())\n"
        f"        if '-'.join(words) != {'-'.join(order_of_a_set(WORDS))!r}:\n"
        "            return 0\n",
        "set order at line 3 of the solution",
    ),
    "the default encoding": (
        "locale",
        "    def scale",
        '        with open("note", "w") as file:\n'
        '            file.write("\\u00e9")\n',
        "open() without an encoding at line 2 of the solution",
    ),
}


@pytest.mark.parametrize("phrase", LEAKS)
def test_a_lesson_that_leaks_is_told_where(examined, phrase):
    kind, opening, line, place = LEAKS[phrase]
    check = "        if {{ noun }} < 0"
    leaking = SOLUTION.replace("    def scale", opening)
    leaking = leaking.replace(check, line + check)
    examination = examined(
        "best practice", (SOLUTION, leaking), kill_rate=0.0, search=1
    )
    text = examination.failure()
    assert examination.point("hermetic").status == "failed", text
    assert f"the verdict on the solution depends on the {kind}" in text
    assert place in text


def test_the_failure_names_file_line_cell_and_diff(examined):
    examination = examined("best practice", (TESTS, WEAK))
    survivors = [
        flaw
        for flaw in examination.flaws
        if "no test notices this mutant" in flaw.message
    ]
    assert survivors
    text = survivors[0].text("lesson.yaml")
    assert text.startswith(f"lesson.yaml:{survivors[0].line}: ")
    assert "cell: noun=" in text
    assert "\n    -" in text and "\n    +" in text


def test_a_pattern_over_its_budget_is_unproven(examined):
    examination = examined("best practice", cpu_seconds=0.0)
    assert not examination.passed
    assert {point.status for point in examination.points[1:]} == {"unproven"}
    assert "not begun" in examination.failure()


def test_a_branch_that_few_samples_reach_is_searched_for(examined):
    end = "and -1 for a negative one."
    rare = "{{ ' Now.' if noun == 'depth' and factor == 4 else '' }}"
    examination = examined(
        "best practice",
        (f"{end}\n", f"{end}{rare}\n"),
        cells=2,
        rendered=4,
        structures=1,
        instructions=1,
    )
    assert examination.point("space").status == "passed"
    assert examination.point("space").facts["rendered"] < 18
