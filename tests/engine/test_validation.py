"""Each stage finds what it is there to find, and names the place."""

import pytest

from plse.chunks import Explorer, Settings, run_chunk
from plse.generator import Generator
from plse.sandbox import Limits, Sandbox, SandboxSettings
from plse.validation import STAGES, Tools, validate

from .conftest import CHOOSE, DOUBLE, FORGET, SCRIPT


@pytest.fixture(scope="module")
def tools():
    with Sandbox() as sandbox:
        yield Tools(sandbox)


def verdicts_of(generator, tools):
    samples = [generator.sample(index) for index in range(generator.size)]
    return validate(samples, tools)


def test_the_stages_are_cheap_first():
    assert [stage.name for stage in STAGES] == [
        "syntax",
        "style",
        "artefacts",
        "execution",
        "contrast",
        "claims",
    ]


@pytest.mark.parametrize(
    "name", ["doubling", "forgetting", "choosing", "scripting"]
)
def test_a_good_lesson_passes_every_stage(name, tools, request):
    for verdict in verdicts_of(request.getfixturevalue(name), tools):
        assert verdict.findings == ()
        assert verdict.passed
        assert verdict.proof["stages"] == [stage.name for stage in STAGES]
        assert verdict.proof["tests"] >= 1


def test_the_proof_says_how_the_mistake_showed(forgetting, tools):
    for verdict in verdicts_of(forgetting, tools):
        mistake = verdict.proof["mistake"]
        assert [flag["code"] for flag in mistake["flags"]] == ["B018"]
        assert [flag["line"] for flag in mistake["flags"]] == [2]
        (failure,) = mistake["fails"]
        assert failure["test"] == "test_doubles"
        assert failure["exception"] == "AssertionError"
        assert failure["line"] == 5


# What is changed in which lesson, and the finding that must come of it:
# stage, side, line, and part of the message.
SPOILED = {
    "code that does not parse": (
        DOUBLE,
        ("return {{ noun }} * {{ factor }}", "return {{ noun }} *"),
        ("syntax", "solution.py", 2, "invalid syntax"),
    ),
    "a template mark in the question": (
        DOUBLE,
        ("What does this do", "What {{ '{{' }} does this do"),
        ("syntax", "instruction", 1, "template mark"),
    ),
    "a question that renders to nothing": (
        DOUBLE,
        ("What does this do to `{{ noun }}`?", "'{{ noun[99:] }}'"),
        ("syntax", "instruction", 0, "nothing"),
    ),
    "an unused import": (
        FORGET,
        (
            "def twice({{ noun }}):\n            return",
            "import os\n\n\n"
            "        def twice({{ noun }}):\n            return",
        ),
        ("style", "solution.py", 1, "imported but unused"),
    ),
    "a long line in the tests": (
        DOUBLE,
        ("assert scale(0) == 0", "assert scale(0) == 0" + "  # zero" * 12),
        ("style", "test_solution.py", 9, "line too long"),
    ),
    "a test that fails on the solution": (
        DOUBLE,
        ("assert scale(0) == 0", "assert scale(0) == 1"),
        ("execution", "test_solution.py", 9, "test_keeps_zero failed"),
    ),
    "an exception in the solution": (
        DOUBLE,
        ("return {{ noun }} * {{ factor }}", "return {{ noun }}.real()"),
        ("execution", "solution", 2, "TypeError"),
    ),
    "an alternative that is wrong": (
        CHOOSE,
        ('ENTRIES = {"a", "b"}', 'ENTRIES = {"b", "c"}'),
        ("execution", "test_solution.py", 0, "lookup"),
    ),
    "a mistake that is none": (
        FORGET,
        (
            "{{ noun }} * 2\n      flags: [B018]",
            "return {{ noun }} + {{ noun }}\n      flags: []",
        ),
        ("contrast", "mistake", 0, "test_doubles passes on the mistake"),
    ),
    "a lint code that is not named": (
        FORGET,
        ("flags: [B018]", "flags: []"),
        ("contrast", "mistake", 2, "`flags` does not name"),
    ),
    "a lint code that is not reported": (
        FORGET,
        ("flags: [B018]", "flags: [B018, B006]"),
        ("contrast", "mistake", 0, "names B006, which is not reported"),
    ),
    "a failing test that is not named": (
        FORGET,
        ("fails: [test_doubles]", "fails: []"),
        ("contrast", "mistake", 0, "test_doubles fails on the mistake"),
    ),
    "a name in fails that is no test": (
        FORGET,
        ("fails: [test_doubles]", "fails: [test_doubles, 'test_{{ noun }}']"),
        ("contrast", "mistake", 0, "test_width, which is no test"),
    ),
    "a script that prints something else": (
        SCRIPT,
        ('prints: ["{{ word }}"]', "prints: [goodbye]"),
        ("execution", "run `python greet.py`", 0, "did not print"),
    ),
    "a script with another exit status": (
        SCRIPT,
        ('prints: ["{{ word }}"]', "exits: 3"),
        ("execution", "run `python greet.py`", 0, "exited with 0, not 3"),
    ),
    "a file that is not written": (
        SCRIPT,
        ('prints: ["{{ word }}"]', "writes: [greeting.txt]"),
        ("execution", "run `python greet.py`", 0, "did not write"),
    ),
}
TOPICS = {FORGET: "anti_patterns", SCRIPT: "orchestration"}


@pytest.mark.parametrize("case", SPOILED)
def test_finds(case, library, tools):
    text, (good, bad), expected = SPOILED[case]
    assert good in text
    pattern = library.add(
        text.replace(good, bad), TOPICS.get(text, "basics"), "spoiled"
    )
    found = [
        finding
        for verdict in verdicts_of(Generator(pattern), tools)
        for finding in verdict.findings
    ]
    stage, side, line, message = expected
    assert {finding.stage for finding in found} == {stage}
    assert any(
        finding.side == side
        and message in finding.message
        and (not line or finding.line == line)
        for finding in found
    ), "\n".join(map(str, found))


def test_a_batch_judges_each_sample_by_itself(library, tools):
    text = DOUBLE.replace(
        "return {{ noun }} * {{ factor }}",
        "return {{ noun }} * {{ factor if noun == 'width' else 7 }}",
    )
    generator = Generator(library.add(text))
    for verdict in verdicts_of(generator, tools):
        cell = verdict.sample.plain_cell
        wrong = (cell["noun"], cell["shape"]) == ("height", "expression")
        assert verdict.passed is not wrong


def test_a_chunk_gives_rows_and_rejects_in_draw_order(library, tools):
    text = DOUBLE.replace(
        "assert scale(3)", "assert scale(3 + {{ factor // 4 }})"
    )
    explorer = Explorer(library.add(text), Settings(seed=7))
    whole = run_chunk(explorer, range(12), tools)
    assert len(whole.lines) == 8
    assert [each.position for each in whole.rejected] == sorted(
        each.position for each in whole.rejected
    )
    assert {each.cell["factor"] for each in whole.rejected} == {4}
    row = whole.rejected[0].row(explorer.pattern)
    assert row["stage"] == "execution"
    assert "def scale" in row["code"]


def test_the_rows_do_not_depend_on_the_chunks(doubling, tools):
    settings = Settings(seed=3)
    whole = run_chunk(
        Explorer(doubling.pattern, settings), range(12), tools
    ).lines
    for size in (1, 5):
        explorer = Explorer(doubling.pattern, settings)
        pieces = [
            run_chunk(explorer, range(at, min(at + size, 12)), tools).lines
            for at in reversed(range(0, 12, size))
        ]
        assert tuple(line for piece in reversed(pieces) for line in piece) == (
            whole
        )


def test_what_the_space_does_not_reach_is_missing(doubling, tools):
    result = run_chunk(
        Explorer(doubling.pattern, Settings()), range(10, 40), tools
    )
    assert len(result.lines) == 2
    assert result.missing == 28


def test_a_template_that_fails_rejects_its_cell_only(library, tools):
    text = DOUBLE.replace(
        "{{ factor }}\n        {% else",
        "{{ 12 // (factor - 3) }}\n        {% else",
    )
    explorer = Explorer(library.add(text), Settings())
    result = run_chunk(explorer, range(12), tools)
    failed = [each for each in result.rejected if each.verdict is None]
    assert failed
    assert all(each.findings[0].stage == "render" for each in failed)


def test_tasks_choose_the_phrasings(doubling, tools):
    explorer = Explorer(doubling.pattern, Settings(tasks=("explain",)))
    lines = run_chunk(explorer, range(4), tools).lines
    assert all('"task":"explain"' in line for line in lines)


SLOW = DOUBLE.replace(
    "return {{ noun }} * {{ factor }}",
    "sum(range(20_000_000))\n            return {{ noun }} * {{ factor }}",
)


@pytest.mark.parametrize(
    "needs, ceiling, expected",
    [(0.05, 60, "timeout"), (30, 60, ""), (30, 0.05, "timeout")],
)
def test_a_lesson_may_ask_for_more_time_within_the_ceiling(
    library, needs, ceiling, expected
):
    text = SLOW.replace(
        "    why:", f"    requires: {{cpu_seconds: {needs}}}\n    why:"
    )
    explorer = Explorer(library.add(text), Settings())
    settings = SandboxSettings(ceiling=Limits(cpu_seconds=ceiling))
    with Sandbox(settings) as sandbox:
        result = run_chunk(explorer, range(2), Tools(sandbox))
    found = {
        finding.code for each in result.rejected for finding in each.findings
    }
    assert found == ({expected} if expected else set())


def test_samples_that_keep_timing_out_stop_the_chunk(library):
    text = DOUBLE.replace(
        "return {{ noun }} * {{ factor }}",
        "while True:\n                pass",
    ).replace("{from: 2, to: 4}", "{from: 2, to: 40}")
    explorer = Explorer(library.add(text), Settings())
    settings = SandboxSettings(
        ceiling=Limits(cpu_seconds=0.2), timeouts=2, batch=4
    )
    with Sandbox(settings) as sandbox:
        first = run_chunk(explorer, range(20), Tools(sandbox))
        again = run_chunk(explorer, range(20), Tools(sandbox))
    codes = [each.findings[0].code for each in first.rejected]
    assert codes.count("timeout") < 10
    assert "stopped" in codes
    assert codes == [each.findings[0].code for each in again.rejected]


def test_foreign_patterns_are_refused_by_a_weak_sandbox(doubling, library):
    weak = SandboxSettings(tier="C")
    with Sandbox(weak) as sandbox:
        explorer = Explorer(doubling.pattern, Settings())
        result = run_chunk(explorer, range(2), Tools(sandbox))
    assert not result.lines
    for each in result.rejected:
        assert each.findings[0].code == "refused"
        assert "tier C" in each.findings[0].message
