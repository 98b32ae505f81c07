"""A record has every column, one type a column, and tells the truth."""

import json

import pytest

from plse.dataset.formats import FORMATS, row_in, tasks_in
from plse.dataset.records import COLUMNS, canonical_json, split_of
from plse.generator import Generator
from plse.sandbox import Sandbox
from plse.tasks import fence, record_of
from plse.validation import Tools, validate

EXPLAINED = """\
    title: Adding up
    concept: numbers.sums
    difficulty: beginner
    tags: [numbers]
    why: A formula takes one step.
    parameters:
      number: [n, last]
    ask:
      explain: ["Why is `total({{ number }})` fast? {{ situation }}"]
    alternatives:
      formula:
        when: ["It is called often."]
        code: |
          def total({{ number }}):
              return {{ number }} * ({{ number }} + 1) // 2
      loop:
        when: ["It is read by beginners."]
        code: |
          def total({{ number }}):
              result = 0
              for each in range({{ number }} + 1):
                  result += each
              return result
    claims:
      - says: The loop takes a turn for each number.
        counter: iterations
        program: total(50)
        less: formula
        more: loop
        by: 10
    tests: |
      def test_adds_up():
          assert total(4) == 10


      def test_of_nothing():
          assert total(0) == 0
"""
PROOF = {
    "stages": ["syntax"],
    "tests": 2,
    "mistake": {
        "flags": [{"code": "B018", "line": 2, "message": "useless"}],
        "fails": [
            {"test": "test_doubles", "exception": "AssertionError", "line": 5}
        ],
    },
}


def records(generator):
    return [
        record_of(generator.sample(index), PROOF)
        for index in range(generator.size)
    ]


def of_task(generator, task):
    return next(record for record in records(generator) if record.task == task)


@pytest.fixture
def everything(doubling, forgetting, choosing, scripting):
    return [
        record.row()
        for generator in (doubling, forgetting, choosing, scripting)
        for record in records(generator)
    ]


def test_every_row_has_every_column_in_order(everything):
    for row in everything:
        assert list(row) == list(COLUMNS)


def test_a_column_has_one_type_and_is_never_null(everything):
    types = [
        {name: _type(value) for name, value in row.items()}
        for row in everything
    ]
    assert all(each == types[0] for each in types)


def _type(value):
    """A type as Arrow would infer it; an empty list has none."""
    if isinstance(value, list):
        assert value, "an empty list has no type"
        inner = {json.dumps(_type(each)) for each in value}
        assert len(inner) == 1
        return ["list", inner.pop()]
    if isinstance(value, dict):
        return {name: _type(each) for name, each in value.items()}
    assert isinstance(value, str)
    return "str"


def test_rows_differ_in_id_and_digest(everything):
    assert len({row["id"] for row in everything}) == len(everything)
    assert len({row["digest"] for row in everything}) == len(everything)


def test_write_asks_for_the_code(doubling):
    record = of_task(doubling, "write")
    assert record.input == ""
    assert record.output.startswith("def scale(width)")
    question, answer = record.messages
    assert question.content == record.instruction
    assert answer.content == fence(record.output)
    assert (record.chosen, record.rejected) == ("", "")


def test_fix_shows_the_flawed_code_and_gives_the_correct(forgetting):
    record = of_task(forgetting, "fix")
    assert "return" not in record.input
    assert "return" in record.output
    assert record.rejected == record.input
    assert record.chosen == record.output
    assert fence(record.input) in record.messages[0].content


def test_explain_says_why_and_what_was_observed(forgetting):
    record = of_task(forgetting, "explain")
    assert record.output.startswith("A function without `return` gives None.")
    assert "flake8 reports B018 on line 2" in record.output
    assert "`test_doubles` fails on it with AssertionError" in record.output
    assert "return" not in record.input
    assert record.output.rstrip().endswith("return width * 2\n```")
    assert record.rejected == ""


def test_a_tradeoff_is_a_pair_of_alternatives(choosing):
    for record in records(choosing):
        assert record.chosen == record.output != record.rejected
        assert "ENTRIES" in record.rejected


def test_a_script_answers_with_all_its_files(scripting):
    record = of_task(scripting, "write")
    assert "`greet.py`\n\n```python\n" in record.output
    assert "`Dockerfile`\n\n```dockerfile\nFROM" in record.output
    assert record.messages[1].content == record.output


def test_formats_come_from_the_same_record(forgetting):
    record = of_task(forgetting, "fix")
    prompt, answer = (message.content for message in record.messages)
    assert row_in("record", record) == record.row()
    assert row_in("messages", record) == {
        "messages": [
            {"role": "user", "content": prompt},
            {"role": "assistant", "content": answer},
        ]
    }
    assert row_in("prompt_completion", record) == {
        "prompt": prompt,
        "completion": answer,
    }
    assert row_in("alpaca", record) == {
        "instruction": record.instruction,
        "input": record.input,
        "output": record.output,
    }
    assert row_in("preference", record) == {
        "prompt": prompt,
        "chosen": fence(record.output),
        "rejected": fence(record.input),
    }


def test_preferences_come_only_from_pairs(doubling, forgetting, choosing):
    assert tasks_in("preference", doubling.pattern) == ()
    assert tasks_in("preference", forgetting.pattern) == ("write", "fix")
    assert tasks_in("preference", choosing.pattern) == ("write",)
    assert row_in("preference", of_task(doubling, "write")) is None


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_json(name, forgetting):
    row = row_in(name, of_task(forgetting, "write"))
    assert json.loads(canonical_json(row)) == row


def test_a_fence_is_longer_than_any_inside():
    assert fence("a = '```'") == "````python\na = '```'\n````"


def test_a_structure_is_in_one_split_only():
    splits = [split_of("small.a.b", f"shape {at}") for at in range(2000)]
    assert splits == [
        split_of("small.a.b", f"shape {at}") for at in range(2000)
    ]
    assert 0.87 < splits.count("train") / 2000 < 0.93
    assert 60 < splits.count("validation") < 150
    assert 60 < splits.count("test") < 150


def test_names_and_constants_do_not_change_the_split(doubling):
    splits = {}
    for record in records(doubling):
        shape = json.loads(record.cell)["shape"]
        splits.setdefault(shape, set()).add(record.split)
    assert all(len(found) == 1 for found in splits.values())


def test_an_explanation_states_what_was_measured(library):
    pattern = library.add(EXPLAINED, "data", "explained")
    with Sandbox() as sandbox:
        (verdict,) = validate([Generator(pattern).sample(0)], Tools(sandbox))
    assert verdict.findings == ()
    record = record_of(verdict.sample, verdict.proof)
    assert (
        "- The loop takes a turn for each number. "
        "Measured: 51 iterations with `loop`, 0 with `formula`."
        in record.output
    )
    claim = json.loads(record.proof)["claims"][0]
    assert claim["counter"] == "iterations"
