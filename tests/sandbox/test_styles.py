"""Every style of test that a lesson may be written in works."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from plse.patterns import File
from plse.sandbox import Conditions, Program, Sandbox
from plse.sandbox.names import read_tests

Make = Callable[..., Program]
SOLUTION = """\
import asyncio

seen = []


def f(x):
    seen.append(x)
    return x + 1


async def later(x):
    await asyncio.sleep(0)
    return x + 1
"""
# Tests that pass with the solution above, and the names of those that fail
# when `+ 1` becomes `+ 2`.
STYLES: dict[str, tuple[str, set[str]]] = {
    "plain functions": (
        """\
from solution import f


def test_right():
    assert f(1) == 2


def test_callable():
    assert callable(f)
""",
        {"test_right"},
    ),
    "fresh modules for each test": (
        """\
import solution
from solution import f, seen


def test_first():
    f(1)
    assert seen == [1]


def test_second():
    assert seen == []
    assert solution.seen is seen
    assert f(2) == 3
""",
        {"test_second"},
    ),
    "pytest-style classes": (
        """\
from solution import f


class TestF:
    def setup_method(self):
        self.x = 1

    def test_right(self):
        assert f(self.x) == 2

    def test_place(self, tmp_path):
        assert not list(tmp_path.iterdir())
""",
        {"TestF::test_right"},
    ),
    "unittest classes": (
        """\
import unittest

from solution import f, later


class Base(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.y = 2

    def test_inherited(self):
        self.assertEqual(f(1), self.y)


class TestF(Base):
    def setUp(self):
        self.x = 1

    def test_right(self):
        with self.subTest(x=self.x):
            self.assertEqual(f(self.x), 2)

    def test_raises(self):
        with self.assertRaises(TypeError):
            f("x")


class TestLater(unittest.IsolatedAsyncioTestCase):
    async def test_later(self):
        self.assertEqual(await later(1), 2)
""",
        {
            "Base::test_inherited",
            "TestF::test_inherited",
            "TestF::test_right",
            "TestLater::test_later",
        },
    ),
    "coroutines": (
        """\
from solution import later


async def test_later():
    assert await later(1) == 2


async def test_type():
    assert isinstance(await later(1), int)
""",
        {"test_later"},
    ),
    "Hypothesis": (
        """\
from hypothesis import given, settings, strategies as st

from solution import f


@given(st.integers())
def test_adds_one(x):
    assert f(x) - x == 1


@settings(max_examples=5)
@given(x=st.integers(), y=st.integers())
def test_grows(x, y):
    assert f(x + abs(y)) >= f(x)
""",
        {"test_adds_one"},
    ),
    "parametrize, raises and approx": (
        """\
import pytest

from solution import f


@pytest.mark.parametrize("x", [1, 2])
@pytest.mark.parametrize(("y", "z"), [(1, 2), pytest.param(2, 4, id="b")])
def test_cases(x, y, z):
    assert f(x) == x + 1 and z == 2 * y


def test_raises():
    with pytest.raises(TypeError, match="str"):
        f("x")


def test_nearly():
    assert f(0.1) == pytest.approx(1.1)
""",
        {"test_cases", "test_nearly"},
    ),
    "built-in fixtures": (
        """\
import os

import solution


def test_all_three(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PLACE", str(tmp_path))
    monkeypatch.setattr(solution, "seen", [0])
    print(solution.f(1))
    assert capsys.readouterr().out == "2\\n"
    assert capsys.readouterr().out == ""
    assert os.environ["PLACE"] == str(tmp_path)


def test_nothing_stays():
    assert "PLACE" not in os.environ
    assert solution.seen == []
""",
        {"test_all_three"},
    ),
    "own fixtures": (
        """\
import pytest

from solution import f, seen

closed = []


@pytest.fixture(autouse=True)
def fresh():
    assert seen == []


@pytest.fixture
def one(two):
    yield two - 1
    closed.append("one")


@pytest.fixture
def two():
    return 2


def test_right(one):
    assert f(one) == 2


@pytest.mark.parametrize("x", [1, 2])
def test_cases(one, x):
    assert one == 1 and x


class TestIn:
    @pytest.fixture
    def three(self, two):
        return two + 1

    def test_three(self, three):
        assert f(three) == 4
""",
        {"test_right", "TestIn::test_three"},
    ),
    "plain fixtures of its own": (
        """\
import pytest

import solution
from solution import f, seen


@pytest.fixture
def wrong(right):
    yield right + 1
    assert seen == [right, "still"]


@pytest.fixture
def right(tmp_path, monkeypatch):
    monkeypatch.setattr(solution, "seen", seen)
    (tmp_path / "a").write_text("1")
    return int((tmp_path / "a").read_text())


@pytest.fixture()
def broken():
    assert f(0) == 1
    yield
    assert f(0) == 1


def test_both(right, wrong, tmp_path):
    assert f(right) == wrong == 2
    assert (tmp_path / "a").exists()
    seen.append("still")


@pytest.mark.parametrize("x", [1, 2])
def test_cases(right, x):
    assert right == 1 and x


def test_the_fixture_fails(broken):
    pass


class TestIn:
    def test_method(self, right):
        assert f(right) == 2
""",
        {"test_both", "test_the_fixture_fails", "TestIn::test_method"},
    ),
    "cases that share modules": (
        """\
import pytest

from solution import f, seen


@pytest.mark.parametrize("x", [1, 2, 3])
def test_cases(x, tmp_path):
    assert not list(tmp_path.iterdir())
    (tmp_path / "a").touch()
    seen.append(x)
    assert seen in ([1], [1, 2], [1, 2, 3])


def test_afterwards():
    assert seen == []
    assert f(1) == 2
""",
        {"test_afterwards"},
    ),
    "logs": (
        """\
import logging

import pytest

from solution import f

LAYOUT = "WARNING  x.y:test_solution.py:{} hello {}\\n"
logger = logging.getLogger("x.y")


@pytest.fixture
def noisy():
    logger.warning("from the fixture")
    return 1


def test_text(caplog):
    logger.warning("hello %s", f(1))
    logger.info("unheard")
    assert caplog.text == LAYOUT.format(18, 2)
    assert caplog.messages == ["hello 2"]
    assert caplog.record_tuples == [("x.y", 30, "hello 2")]


def test_levels(caplog):
    caplog.set_level("INFO", logger="x.y")
    with caplog.at_level(logging.DEBUG):
        logger.info("one")
        logging.getLogger("z").debug("two")
    logger.info("three")
    logging.getLogger("z").info("four")
    assert caplog.messages == ["one", "two", "three"]
    assert logging.getLogger("z").getEffectiveLevel() == logging.WARNING
    caplog.clear()
    assert caplog.records == [] and caplog.text == ""
    assert f(1) == 2


def test_what_fixtures_log_is_theirs(noisy, caplog):
    logger.warning("mine")
    assert [record.getMessage() for record in caplog.records] == ["mine"]


def test_a_bad_call(caplog):
    with pytest.raises(TypeError):
        logger.warning("%s %s", 1)


def test_nothing_stays():
    assert logging.root.manager.disable == 0
    assert logger.level == logging.NOTSET
    assert logging.root.level == logging.WARNING
""",
        {"test_text", "test_levels"},
    ),
    "logs that were disabled": (
        """\
import logging

from solution import f

logger = logging.getLogger("x.y")


def test_disabled(caplog):
    logging.disable(logging.CRITICAL)
    logger.critical("unheard")
    caplog.set_level(logging.ERROR)
    logger.error("heard")
    assert caplog.messages == ["heard"]


def test_nothing_stays():
    assert logging.root.manager.disable == 0
    assert f(1) == 2
""",
        {"test_nothing_stays"},
    ),
    "fixtures of pytest that need it": (
        """\
from solution import f


def test_requests(request):
    assert request.node.name == "test_requests"
    assert f(1) == 2
""",
        {"test_requests"},
    ),
}


@pytest.fixture(params=["sandbox", "weaker"])
def box(request: pytest.FixtureRequest) -> Sandbox:
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("style", list(STYLES))
def test_a_style_passes_and_fails_as_it_should(
    style: str, box: Sandbox, program: Make
) -> None:
    tests, fails = STYLES[style]
    wrong = SOLUTION.replace("+ 1", "+ 2")
    good, bad = box.run(
        [
            program(SOLUTION, tests),
            program(wrong, tests, expects_failures=frozenset(fails)),
        ]
    )
    assert good.status == "passed", good
    assert (bad.status, bad.failures) == ("failed", fails), bad


LIKE_PYTEST = ["built-in fixtures", "cases that share modules", "logs"]


@pytest.mark.parametrize("style", LIKE_PYTEST)
def test_what_is_made_here_is_like_what_pytest_makes(
    style: str, box: Sandbox, program: Make
) -> None:
    tests, fails = STYLES[style]
    with_pytest = f"{tests}\n\ndef test_name(request):\n    pass\n"
    assert not read_tests(tests).through_pytest
    assert read_tests(with_pytest).through_pytest
    for solution in (SOLUTION, SOLUTION.replace("+ 1", "+ 2")):
        here, there = box.run(
            [program(solution, tests), program(solution, with_pytest)]
        )
        assert here.tests == there.tests[:-1]


def test_cases_run_backwards_with_the_tests(
    sandbox: Sandbox, program: Make
) -> None:
    tests = (
        "import pytest\n\nseen = []\n\n\n"
        "@pytest.mark.parametrize('x', [1, 2, 3])\n"
        "def test_one(x):\n    seen.append(x)\n"
        "    assert len(seen) < 3, seen\n"
    )
    forwards, backwards = (
        sandbox.run(
            [program(tests=tests)],
            conditions=Conditions(reverse_tests=reverse),
        )[0]
        for reverse in (False, True)
    )
    assert forwards.tests[0].message.startswith("[1, 2, 3]")
    assert backwards.tests[0].message.startswith("[3, 2, 1]")


def test_a_failure_has_its_place_and_message(
    sandbox: Sandbox, program: Make
) -> None:
    outcome = sandbox.run([program("def f(x):\n    return x + 2\n")])[0]
    first = outcome.tests[0]
    assert (first.path, first.line) == ("test_solution.py", 5)
    assert first.exception == "AssertionError"
    assert first.message == "assert f(1) == 2"
    assert outcome.detail.startswith("test_solution.py:5: test_one")


def test_a_failure_in_the_solution_is_placed_there(
    sandbox: Sandbox, program: Make
) -> None:
    outcome = sandbox.run([program("def f(x):\n    return [][x]\n")])[0]
    first = outcome.tests[0]
    assert (first.path, first.line) == ("solution.py", 2)
    assert first.outcome == "failed"


FAILING_FIXTURES = {
    "before its yield": ("    raise OSError('no')\n    yield\n", 6),
    "after its yield": ("    yield\n    raise OSError('no')\n", 7),
    "in one that it asks for": ("    yield 1\n", 11),
}


@pytest.mark.parametrize("how", list(FAILING_FIXTURES))
@pytest.mark.parametrize("decorator", ["", "(scope='function')"])
def test_a_failing_fixture_is_an_error_with_and_without_pytest(
    how: str, decorator: str, sandbox: Sandbox, program: Make
) -> None:
    body, line = FAILING_FIXTURES[how]
    tests = (
        f"import pytest\n\n\n@pytest.fixture{decorator}\n"
        f"def one({'two' if '1' in body else ''}):\n{body}\n\n"
        "@pytest.fixture\ndef two():\n    raise OSError('no')\n\n\n"
        "def test_one(one):\n    pass\n"
    )
    assert read_tests(tests).through_pytest == bool(decorator)
    outcome = sandbox.run([program(tests=tests)])[0]
    found = outcome.tests[0]
    assert (outcome.status, found.outcome) == ("failed", "error")
    assert (found.exception, found.message) == ("OSError", "no")
    assert found.line == line


NEED_PYTEST = {
    "a scope": "@pytest.fixture(scope='module')\ndef a():\n    pass\n",
    "autouse": "@pytest.fixture(autouse=True)\ndef a():\n    pass\n",
    "a name": "@pytest.fixture(name='b')\ndef a():\n    pass\n",
    "one of pytest's": "@pytest.fixture\ndef a(request):\n    pass\n",
    "one that it replaces": "@pytest.fixture\ndef tmp_path():\n    pass\n",
    "a circle": "@pytest.fixture\ndef a(b):\n    pass\n\n"
    "@pytest.fixture\ndef b(a):\n    pass\n",
    "a default": "@pytest.fixture\ndef a(b=1):\n    pass\n",
    "a coroutine": "@pytest.fixture\nasync def a():\n    pass\n",
    "two decorators": "@pytest.fixture\n@cache\ndef a():\n    pass\n",
    "in a class": "class TestA:\n    @pytest.fixture\n"
    "    def a(self):\n        pass\n",
    "a rare part of the logs": "def test_a(caplog):\n    caplog.handler\n",
    "logs that are passed on": "def test_a(caplog):\n    print(caplog)\n",
}


@pytest.mark.parametrize("what", list(NEED_PYTEST))
def test_other_fixtures_are_left_to_pytest(what: str) -> None:
    facts = read_tests(f"{NEED_PYTEST[what]}\ndef test_one():\n    pass\n")
    assert facts.through_pytest and not facts.fixtures


CANNOT_START = {
    "the solution does not parse": ("def f(:\n", "SyntaxError", 1),
    "the solution raises": ("f = 1\nf()\n", "TypeError", 2),
    "the solution exits": ("raise SystemExit\n", "SystemExit", 1),
    "a name is missing": ("g = 1\n", "ImportError", 1),
}


@pytest.mark.parametrize("case", list(CANNOT_START))
def test_tests_that_cannot_start_are_errors(
    case: str, sandbox: Sandbox, program: Make
) -> None:
    solution, exception, line = CANNOT_START[case]
    outcome = sandbox.run([program(solution)])[0]
    assert outcome.status == "failed"
    assert {test.outcome for test in outcome.tests} == {"error"}
    assert (outcome.tests[0].exception, outcome.tests[0].line) == (
        exception,
        line,
    )


def test_the_slow_path_explains_the_assertion(
    sandbox: Sandbox, program: Make
) -> None:
    said = sandbox.explain(program("def f(x):\n    return x + 2\n"))
    assert "where 3 = f(1)" in said


def test_the_slow_path_shows_the_falsifying_example(
    sandbox: Sandbox, program: Make
) -> None:
    tests, _ = STYLES["Hypothesis"]
    said = sandbox.explain(program(SOLUTION.replace("+ 1", "+ 2"), tests))
    assert "test_adds_one(\nE       x=0," in said


def test_nothing_to_run_is_a_verdict_of_its_own(
    sandbox: Sandbox, program: Make
) -> None:
    assert sandbox.run([program(tests="x = 1\n")])[0].status == "no_tests"


def test_a_skipped_test_is_no_pass(sandbox: Sandbox, program: Make) -> None:
    tests = (
        "import pytest\n\n\ndef test_one():\n    pytest.skip('not now')\n"
    )
    outcome = sandbox.run([program(tests=tests)])[0]
    assert outcome.status == "skipped"
    assert "not now" in outcome.detail


def test_other_files_lie_in_the_current_folder(sandbox: Sandbox) -> None:
    tests = """\
from pathlib import Path

import helpers
from package.part import value


def test_files():
    assert Path("data/in.txt").read_text() == "text"
    assert helpers.value == value == 1
    Path("data/in.txt").unlink()
    helpers.value = 2


def test_files_are_fresh():
    assert Path("data/in.txt").exists()
    assert helpers.value == 1
"""
    files = (
        File("test_all.py", tests),
        File("helpers.py", "value = 1\n"),
        File("package/__init__.py", ""),
        File("package/part.py", "value = 1\n"),
        File("data/in.txt", "text"),
    )
    program = Program(files, "test_all.py")
    for outcome in sandbox.run([program, program]):
        assert outcome.passed, outcome


@pytest.mark.parametrize("path", ["/etc/x", "../x", "a/../../x", ""])
def test_a_file_outside_of_the_folder_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="not a path inside"):
        Program((File(path, ""),))
