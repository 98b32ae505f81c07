"""The text that explains a rejected sample."""

import pytest

from plse.chunks import Explorer, Settings
from plse.findings import Finding
from plse.patterns import Template
from plse.registry import load_pattern, open_library
from plse.reporting import explain_rejection, pattern_line
from plse.validation import Verdict
from tests.plugin.conftest import LESSON

TEMPLATE = """\
{% import "x.jinja" as x %}
def {{ name }}(value):
    {% if doubled %}
    total = {{ value }} + 1
    total = {{ value }} + 2
    {% endif %}
    return total
"""


@pytest.mark.parametrize(
    ("rendered", "line", "expected"),
    [
        ("def f(value):\n    total = 3 + 1\n    return total\n", 1, 11),
        ("def f(value):\n    total = 3 + 1\n    return total\n", 2, 13),
        ("def f(value):\n    total = 3 + 2\n    return total\n", 2, 14),
        ("def f(value):\n    total = 3 + 1\n    return total\n", 3, 16),
        ("def f(value):\n    from_a_fragment()\n", 2, 10),
        ("def f(value):\n    return total\n", 0, 10),
        ("def f(value):\n    return total\n", 9, 10),
    ],
)
def test_a_rendered_line_is_traced_to_the_pattern(rendered, line, expected):
    template = Template(TEMPLATE, "solution.code", 10)
    assert pattern_line(template, rendered, line) == expected


@pytest.fixture
def explorer(tmp_path):
    path = tmp_path / "patterns" / "one" / "alpha.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(LESSON.format(title="A", difficulty="expert", tags="x"))
    library = open_library(tmp_path / "patterns")
    return Explorer(load_pattern(path, library), Settings())


def explain(explorer, *findings):
    sample = explorer.generator.sample(5)
    return explain_rejection(
        Verdict(sample, findings, {}), explorer.generator
    )


def test_every_finding_has_its_place_and_the_sample_its_address(explorer):
    text = explain(
        explorer,
        Finding("execution", "test_scales failed", "test_solution.py", 5, "X"),
        Finding("execution", "the file is bad", "solution", 1),
    )
    path = explorer.pattern.path
    tests, code = explorer.pattern.tests, explorer.pattern.solution
    assert f"{path}:{tests.line + 1}: execution: test_solution.py:5: X" in text
    assert f"{path}:{code.line}: execution: solution:1: the file" in text
    assert "plse show plse.one.alpha --index 5" in text
    assert "  > 5 |     assert scale(3) == " in text


def test_hostile_text_cannot_reach_the_terminal(explorer):
    text = explain(
        explorer,
        Finding("execution", "\x1b[2J\x07 boo \u202e" + "x" * 9000, "nowhere"),
    )
    assert "\x1b" not in text and "\x07" not in text and "\u202e" not in text
    assert len(text) < 2500


def test_many_findings_are_counted(explorer):
    findings = [
        Finding("style", f"E50{number} too long", "solution", 1)
        for number in range(9)
    ]
    text = explain(explorer, *findings)
    assert "E504" in text and "E505" not in text
    assert "and 4 more findings" in text
    assert text.count("def scale") == 1
