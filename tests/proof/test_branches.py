"""Ways through a template that no cell takes are found, at their line."""

from __future__ import annotations

import pytest

from plse.generator import Generator
from plse.proof.branches import Branches

from .conftest import SOLUTION

# What stands in the place of `return -1`, and what is missed of it, as
# (lines below, text); the factor is 2, 3 or 4 and the shape one of two.
WAYS = {
    "a condition that is never true": (
        "{% if factor > 9 %}\n        pass\n        {% endif %}\n",
        [(0, "the condition is never true")],
    ),
    "a condition that is always true": (
        "{% if factor %}\n        pass\n        {% endif %}\n",
        [(0, "the condition is always true")],
    ),
    "an else that is never reached": (
        "{% if factor %}\n        pass\n        {% else %}\n        return\n"
        "        {% endif %}\n",
        [(0, "`else` is never reached")],
    ),
    "a second condition that is never true": (
        "{% if factor == 2 %}\n        pass\n        {% elif factor == 9 %}\n"
        "        pass\n        {% else %}\n        pass\n"
        "        {% endif %}\n",
        [(2, "the condition is never true")],
    ),
    "a chain that names every case needs no else": (
        "{% if factor == 2 %}\n        pass\n        {% elif factor > 2 %}\n"
        "        pass\n        {% endif %}\n",
        [],
    ),
    "a condition inside an expression": (
        '{{ "pass" if factor < 9 else "return" }}\n',
        [(0, "the condition is always true")],
    ),
    "a loop over nothing": (
        "{% for each in [] %}\n        {{ each }}\n        {% endfor %}\n",
        [(0, "the loop never has anything to go through")],
    ),
    "an entry that is never chosen": (
        '{{ {2: "pass", 3: "pass", 4: "pass", 5: "x = 1"}[factor] }}\n',
        [(0, "the entry 5 of the mapping is never chosen")],
    ),
    "what stands inside something never reached": (
        "{% if factor > 9 %}\n        {{ 1 if factor else 2 }}\n"
        "        {% endif %}\n",
        [(0, "the condition is never true"), (1, "this is never rendered")],
    ),
    "all ways are taken": (
        "{% for each in range(factor) if each %}\n        {% if loop.first %}"
        "\n        pass\n        {% endif %}\n        {% endfor %}\n",
        [],
    ),
}


@pytest.mark.parametrize("phrase", WAYS)
def test_ways(load, phrase):
    text, expected = WAYS[phrase]
    spoilt = SOLUTION.replace("            return -1\n", "        " + text)
    assert spoilt != SOLUTION
    pattern = load("best practice", (SOLUTION, spoilt))
    branches = Branches(pattern)
    watched = Generator(pattern, branches.env)
    plain = Generator(pattern)
    for index in range(plain.size):
        assert watched.sample(index).files == plain.sample(index).files
    begin = pattern.solution.line + 2
    assert [
        (each.line - begin, each.what) for each in branches.unreached()
    ] == expected


def test_looking_for_a_line_adds_no_ways(load):
    pattern = load("best practice")
    branches = Branches(pattern)
    generator = Generator(pattern, branches.env)
    sample = generator.sample(0)
    before = branches.total
    generator.line_of(sample, "solution", 2)
    assert branches.total == before > 0
