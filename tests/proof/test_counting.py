"""Counters count what they say, the same on every version of Python."""

from __future__ import annotations

import pytest

from plse.counting import EXACT
from plse.counting.meter import COUNTERS, measure
from plse.samples import ClaimProgram
from plse.schema import COUNTERS as OFFERED
from plse.stages.claims import Measurement
from plse.stages.claims import measure as measured_claims

LOOP = "def f(n):\n    for each in range(n):\n        pass\n"
EXACTLY = {
    "turns of a loop": ("iterations", LOOP, "f(7)", 7),
    "turns of loops and of comprehensions": (
        "iterations",
        "def f(n):\n    while n:\n        n -= 1\n"
        "    return [a for a in range(3) if a], sum(a for a in range(4))\n",
        "f(5)\nfor _ in range(2):\n    pass",
        14,
    ),
    "only what is measured": (
        "iterations",
        LOOP,
        "f(100)\nwith measuring():\n    f(3)\nf(100)",
        3,
    ),
    "calls that begin": (
        "calls",
        "def f(n):\n    'doc'\n"
        "    return 1 if n < 2 else f(n - 1) + f(n - 2)\n",
        "f(10)",
        177,
    ),
    "calls that a cache spares": (
        "calls",
        "from functools import lru_cache\n\n\n@lru_cache(maxsize=None)\n"
        "def f(n):\n    return 1 if n < 2 else f(n - 1) + f(n - 2)\n",
        "f(10)",
        30,
    ),
    "calls of what is built in": (
        "calls",
        "def f(n):\n    found = []\n    found.append(len(str(n)))\n",
        "f(1)",
        4,
    ),
    "calls through super and of lambdas": (
        "calls",
        "class A:\n    def __init__(self):\n        super().__init__()\n",
        "A()\nlist(map(lambda n: n, [1, 2]))",
        7,
    ),
    "comparisons in the code": (
        "comparisons",
        "def f(n):\n    return sum(0 < each < 5 for each in range(n))\n",
        "f(10)",
        19,
    ),
    "comparisons of marked values, wherever they happen": (
        "comparisons",
        "def f(values, one):\n    return one in values\n",
        "values = [counted(n) for n in range(100)]\n"
        "with measuring():\n    f(values, counted(99))",
        100,
    ),
    "comparisons that a set needs": (
        "comparisons",
        "def f(values, one):\n    return one in values\n",
        "values = {counted(n) for n in range(100)}\n"
        "with measuring():\n    f(values, counted(99))",
        1,
    ),
}


@pytest.mark.parametrize("phrase", EXACTLY)
def test_exact_counters(phrase):
    counter, code, program, expected = EXACTLY[phrase]
    assert counter in EXACT
    assert measure(counter, code, program) == expected


def test_written_bytes_are_counted(tmp_path):
    program = f"write({str(tmp_path / 'note')!r})"
    code = (
        "import json\nfrom pathlib import Path\n\n\ndef write(path):\n"
        "    Path(path).write_text('\u00e9' * 10, encoding='utf-8')\n"
        "    with open(path, 'wb') as file:\n"
        "        file.write(b'12345')\n"
        "    with open(path, 'a', encoding='utf-8') as file:\n"
        "        json.dump([1, 2], file)\n"
        "        print('ab', file=file)\n"
        "        file.writelines(['c', 'd'])\n"
    )
    assert measure("bytes_written", code, program) == 20 + 5 + 6 + 3 + 2


LISTED = "def f(n):\n    return sum([each * 999 for each in range(n)])\n"
LAZY = "def f(n):\n    return sum(each * 999 for each in range(n))\n"


def test_the_peak_grows_with_what_is_held():
    held = measure("peak_bytes", LISTED, "f(1000)")
    assert held > 1000 * 28
    assert measure("peak_bytes", LAZY, "f(1000)") < held / 20


@pytest.mark.parametrize("n", [50, 100])
def test_allocated_bytes_add_up_what_was_given_back(n):
    code = (
        "def f(n):\n    held = []\n    for each in range(n):\n"
        "        held = held + [each]\n    return held\n"
    )
    needed = sum(8 * size for size in range(n))
    taken = measure("allocated_bytes", code, f"f({n})")
    assert needed < taken < 2 * needed + 200 * n


def test_instructions_grow_with_the_work():
    few = measure("instructions", LOOP, "f(100)")
    many = measure("instructions", LOOP, "f(1000)")
    assert 8 < many / few < 11


@pytest.mark.parametrize("counter", COUNTERS)
def test_a_count_is_the_same_again(counter):
    code = "def f(n):\n    return [str(each) for each in range(n)]\n"
    assert measure(counter, code, "f(50)") == measure(counter, code, "f(50)")


@pytest.mark.parametrize("counter", COUNTERS)
def test_dataclasses_can_be_counted(counter):
    code = (
        "from __future__ import annotations\n"
        "from dataclasses import dataclass\n\n\n@dataclass\nclass A:\n"
        "    n: int\n"
    )
    assert measure(counter, code, "A(1) == A(2)") >= 0


def test_every_counter_that_the_schema_offers_is_there():
    assert set(COUNTERS) == set(OFFERED)


def claim(counter: str = "iterations", by: float = 5.0, **texts: str):
    return ClaimProgram(
        says="A loop turns",
        counter=counter,
        program=texts.get("program", "f(10)"),
        less_name="none",
        less="def f(n):\n    return n\n",
        more_name="loop",
        more=texts.get("more", LOOP),
        by=by,
        line=3,
    )


def test_claims_are_measured_in_the_sandbox(tools):
    true, false, broken = claim(), claim(more="f = len"), claim(program="g()")
    [[found]] = measured_claims([[true]], tools.sandbox)
    assert (found.more, found.less, found.holds) == (10, 0, True)
    assert found.text == (
        "A loop turns. Measured: 10 iterations with `loop`, 0 with `none`."
    )
    cells = [[true], [false], [broken], [], [true, true]]
    together = measured_claims(cells, tools.sandbox)
    assert [[each.holds for each in cell] for cell in together] == [
        [True],
        [False],
        [False],
        [],
        [True, True],
    ]
    assert "NameError" in together[2][0].failure
    assert together[0][0] == together[4][0] == found


def test_what_garbage_there_is_does_not_count(tools):
    littered = (
        "class Node:\n    pass\n\n"
        "for _ in range(5000):\n    n = Node()\n    n.me = n\n"
        "with measuring():\n    x = [0] * 1000\n"
    )
    clean = "x = None\nwith measuring():\n    x = [0] * 1000\n"
    for counter in ("peak_bytes", "allocated_bytes"):
        [[one], [other]] = measured_claims(
            [[claim(counter, program=each)] for each in (littered, clean)],
            tools.sandbox,
        )
        assert one.more == other.more > 8000


@pytest.mark.parametrize(
    ("found", "exact"),
    {
        "iterations": (claim(), True),
        "bytes, which versions lay out differently": (
            claim("peak_bytes"),
            False,
        ),
        "comparisons of a sort, which versions do differently": (
            claim("comparisons", more="def f(n):\n    return sorted(n)\n"),
            False,
        ),
    }.values(),
)
def test_numbers_that_depend_on_the_version_are_not_told(found, exact):
    measurement = Measurement(found, 10, 1234)
    assert measurement.is_exact is exact
    assert ("1,234" in measurement.text) is exact
    assert exact or "at least 5 times as many" in measurement.text
