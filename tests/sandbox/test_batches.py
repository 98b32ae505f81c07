"""A batch is faster than single runs and never says anything else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from plse.patterns import File
from plse.sandbox import (
    Conditions,
    Limits,
    Program,
    Sandbox,
    SandboxSettings,
)

from .conftest import RIGHT, WRONG

Make = Callable[..., Program]
TWO = frozenset({"test_two"})
QUICK = Limits(cpu_seconds=0.4, wall_seconds=0.6)


@contextmanager
def counted(sandbox: Sandbox) -> Iterator[list[int]]:
    """Note how many programs each child is given meanwhile."""
    pool, sizes = sandbox._pool, []
    ask = pool.ask

    def counting(kind: object, request: dict, seconds: float) -> object:
        sizes.append(len(request["programs"]))
        return ask(kind, request, seconds)

    pool.ask = counting
    try:
        yield sizes
    finally:
        del pool.ask


def test_results_come_in_the_order_of_the_programs(
    sandbox: Sandbox, program: Make
) -> None:
    wrong = [number in (3, 4, 17) for number in range(30)]
    programs = [
        program(WRONG, expects_failures=TWO) if bad else program(RIGHT)
        for bad in wrong
    ]
    outcomes = sandbox.run(programs)
    assert [not outcome.passed for outcome in outcomes] == wrong


def test_expected_failures_cost_no_second_run(
    sandbox: Sandbox, program: Make
) -> None:
    with counted(sandbox) as sizes:
        outcomes = sandbox.run(
            [program(), program(WRONG, expects_failures=TWO)] * 10
        )
    assert sizes == [20]
    assert [outcome.failures for outcome in outcomes] == [set(), TWO] * 10


def test_any_failures_are_believed_where_any_are_expected(
    sandbox: Sandbox, program: Make
) -> None:
    with counted(sandbox) as sizes:
        outcomes = sandbox.run(
            [program(), program(WRONG, expects_failures=None)] * 5
        )
    assert sizes == [10]
    assert [outcome.passed for outcome in outcomes] == [True, False] * 5


@pytest.mark.parametrize(
    ("solution", "expected", "status"),
    [
        pytest.param(WRONG, frozenset(), "failed", id="fails unexpectedly"),
        pytest.param(RIGHT, TWO, "passed", id="passes unexpectedly"),
        pytest.param(
            WRONG, frozenset({"test_one"}), "failed", id="fails otherwise"
        ),
    ],
)
def test_what_differs_from_the_expectation_is_settled_alone(
    solution: str,
    expected: frozenset[str],
    status: str,
    sandbox: Sandbox,
    program: Make,
) -> None:
    with counted(sandbox) as sizes:
        outcomes = sandbox.run(
            [program(), program(solution, expects_failures=expected)]
        )
    assert sizes == [2, 1, 1]
    assert [outcome.status for outcome in outcomes] == ["passed", status]


# What a program may do to those after it, and a program that would then
# pass or fail where alone it does the opposite.
LEAKS = {
    "a replaced function": (
        "import json\njson.dumps = lambda *_: '2'\n",
        "import json\n\n\ndef f(x):\n    return int(json.dumps(2)) + x - 1\n",
        "passed",
    ),
    "a planted attribute": (
        "import string\nstring.offset = 1\n",
        "import string\n\n\ndef f(x):\n    return x + string.offset\n",
        "failed",
    ),
    "a planted builtin": (
        "import builtins\nbuiltins.offset = 1\n",
        "def f(x):\n    return x + offset\n",
        "failed",
    ),
    "a method of a class": (
        "import fractions\nfractions.Fraction.one = 1\n",
        "import fractions\n\n\ndef f(x):\n"
        "    return x + fractions.Fraction.one\n",
        "failed",
    ),
    "a blocked signal": (
        "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, {15})\n"
        "signal.raise_signal(15)\n",
        "import signal\n\n\ndef f(x):\n"
        "    mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())\n"
        "    return x + len(mask)\n",
        "failed",
    ),
    "a time zone": (
        "import os, time\nos.environ['TZ'] = 'Asia/Tokyo'\ntime.tzset()\n",
        "import time\n\n\ndef f(x):\n"
        "    return x + (time.localtime(0).tm_hour == 9)\n",
        "failed",
    ),
    "a name for a level": (
        "import logging\nlogging.addLevelName(1, 'ONE')\n",
        "import logging\n\n\ndef f(x):\n"
        "    return x + (logging.getLevelName(1) == 'ONE')\n",
        "failed",
    ),
    "a variable of the environment": (
        "import os\nos.environ['OFFSET'] = '1'\n",
        "import os\n\n\ndef f(x):\n    return x + int(os.environ['OFFSET'])\n",
        "failed",
    ),
    "a file": (
        "open('offset', 'w').write('1')\n",
        "def f(x):\n    return x + int(open('offset').read())\n",
        "failed",
    ),
    "a module": (
        "import sys\nsys.modules['offset'] = sys\n",
        "import offset\n\n\ndef f(x):\n    return x + 1\n",
        "failed",
    ),
    "a module in the place of another": (
        "import sys\n\n\nclass Equal:\n"
        "    def __eq__(self, other):\n        return True\n\n"
        "    dumps = None\n\n\nsys.modules['json'] = Equal()\n",
        "import json\n\n\ndef f(x):\n    return int(json.dumps(x)) + 1\n",
        "passed",
    ),
    "a module under another name": (
        "import sys\nname = [name for name in sys.modules\n"
        "        if not name.startswith(('solution', 'test'))][-1]\n"
        "sys.modules['offset'] = sys.modules.pop(name)\n",
        "import offset\n\n\ndef f(x):\n    return x + 1\n",
        "failed",
    ),
    "a module removed": (
        "import sys\ndel sys.modules['json']\n",
        RIGHT,
        "passed",
    ),
    "a recursion limit": (
        "import sys\nsys.setrecursionlimit(5000)\n",
        "def down(n):\n    return n and down(n - 1)\n\n\n"
        "def f(x):\n    return down(3000) + x + 1\n",
        "failed",
    ),
    "a working folder": (
        "import os\nos.mkdir('a')\nos.chdir('a')\n",
        "import os\n\n\ndef f(x):\n"
        "    return x + (os.path.basename(os.getcwd()) == 'a')\n",
        "failed",
    ),
    "a decimal context": (
        "import decimal\ndecimal.getcontext().prec = 1\n",
        "from decimal import Decimal\n\n\ndef f(x):\n"
        "    return x + int(Decimal('1.04') * 1 != Decimal('1.04'))\n",
        "failed",
    ),
    "a thread": (
        "import threading, time\nthreading.Thread(\n"
        "    target=time.sleep, args=(9,), daemon=True\n).start()\n",
        "import threading\n\n\ndef f(x):\n"
        "    return x + threading.active_count() - 1\n",
        "failed",
    ),
}


@pytest.mark.parametrize("leak", list(LEAKS))
def test_a_batch_changes_no_verdict(
    leak: str, sandbox: Sandbox, program: Make
) -> None:
    first, second, status = LEAKS[leak]
    victim = program(second)
    leaking = program(f"{first}{RIGHT}")
    alone = sandbox.run([victim])[0]
    assert alone.status == status, alone
    together = sandbox.run([leaking, victim, program()])
    assert [outcome.status for outcome in together] == [
        "passed",
        status,
        "passed",
    ]


# What the standard library notes for itself while it is being used.
USES = {
    "copying an object": (
        "import copy, tarfile\ncopy.copy(tarfile.TarInfo())\n"
    ),
    "a pool of threads": (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(1) as pool:\n    pool.submit(int).result()\n"
    ),
    "a time zone": (
        "import os, time\nos.environ['TZ'] = 'Asia/Tokyo'\ntime.tzset()\n"
    ),
    "a kind of file": "import mimetypes\nmimetypes.guess_type('a.txt')\n",
    "types by annotation": (
        "import functools\n\n\n@functools.singledispatch\n"
        "def g(value):\n    return value\n\n\n"
        "@g.register\ndef _(value: int):\n    return 1\n\n\n"
    ),
    "a parser of XML": (
        "import importlib\nimportlib.import_module('pyexpat')\n"
    ),
    "a kind of address": (
        "import urllib.request\nurllib.request.Request('data:,x')\n"
    ),
}


@pytest.mark.parametrize("use", list(USES))
def test_plain_use_of_the_library_spoils_no_batch(
    use: str, sandbox: Sandbox, program: Make
) -> None:
    with counted(sandbox) as sizes:
        outcomes = sandbox.run([program(USES[use] + RIGHT)] * 2)
    assert [outcome.status for outcome in outcomes] == ["passed", "passed"]
    assert sizes == [2]


def test_a_clock_that_is_off_spoils_no_batch(
    sandbox: Sandbox, program: Make
) -> None:
    late = Conditions(clock_offset_seconds=86_400.0)
    solution = "import time\n\n\ndef f(x):\n    return x + bool(time.time())\n"
    with counted(sandbox) as sizes:
        outcomes = sandbox.run([program(solution)] * 3, conditions=late)
    assert [outcome.status for outcome in outcomes] == ["passed"] * 3
    assert sizes == [3]


ENDINGS = {
    "loops": ("while True:\n    pass\n", "timeout"),
    "exits": ("import os\nos._exit(0)\n", "incomplete"),
    "crashes": ("import os, signal\nos.kill(os.getpid(), 9)\n", "crashed"),
    "forges": ("import os\nos.write(3, b'x')\n", "forged"),
}


@pytest.mark.parametrize("ending", list(ENDINGS))
def test_one_that_ends_the_batch_takes_nobody_with_it(
    ending: str, sandbox: Sandbox, program: Make
) -> None:
    solution, status = ENDINGS[ending]
    programs = [program(limits=QUICK) for _ in range(5)]
    programs[2] = program(solution + RIGHT, limits=QUICK)
    outcomes = sandbox.run(programs)
    assert [outcome.status for outcome in outcomes] == [
        "passed",
        "passed",
        status,
        "passed",
        "passed",
    ]


def test_a_flaky_program_is_called_flaky(
    sandbox: Sandbox, program: Make
) -> None:
    solution = (
        "import random\n\n\ndef f(x):\n"
        "    return x + (random.random() < 0.5)\n"
    )
    # Each is run up to three times, so of forty a few differ and a few do
    # not: 2 ** -40 for the former to be none.
    outcomes = sandbox.run([program(solution)] * 40)
    statuses = {outcome.status for outcome in outcomes}
    assert "flaky" in statuses
    assert statuses <= {"flaky", "failed", "passed"}


def test_a_group_that_keeps_timing_out_is_stopped(program: Make) -> None:
    settings = SandboxSettings(timeouts=2)
    loop = program(f"while True:\n    pass\n{RIGHT}", limits=QUICK)
    with Sandbox(settings) as sandbox:
        outcomes = sandbox.run([loop] * 5, group="plse.a.b")
        assert [outcome.status for outcome in outcomes] == (
            ["timeout"] * 2 + ["stopped"] * 3
        )
        assert "plse.a.b" in outcomes[-1].detail
        assert sandbox.run([program()], group="plse.a.c")[0].passed


FAILING = (
    "def test_one():\n    pass\n\n\ndef test_two():\n    assert 0\n\n\n"
    "def test_three():\n    print('ran')\n"
)


@pytest.mark.parametrize(
    ("until_failure", "third", "printed"),
    [(True, "skipped", ""), (False, "passed", "ran\n")],
)
def test_one_failed_test_may_be_enough(
    sandbox: Sandbox, until_failure: bool, third: str, printed: str
) -> None:
    program = Program(
        (File("solution.py", "x = 1\n"), File("test_solution.py", FAILING)),
        expects_failures=TWO,
        until_failure=until_failure,
    )
    with counted(sandbox) as sizes:
        outcomes = sandbox.run([program, program])
    assert sizes == [2]
    for outcome in outcomes:
        assert (outcome.status, outcome.failures) == ("failed", TWO)
        assert [test.outcome for test in outcome.tests] == [
            "passed",
            "failed",
            third,
        ]
        assert outcome.output == printed
