"""A cell is rendered the same wherever its address is used."""

import pytest

from plse.errors import RenderError, SpaceError
from plse.generator import Generator

from .conftest import DOUBLE, FORGET


def test_an_address_counts_cells_and_phrasings(doubling):
    assert doubling.space.size == 2 * 3 * 2
    assert doubling.size == doubling.space.size * 3
    asked = {doubling.sample(index).instruction for index in range(36)}
    assert len(asked) == 2 * 3 + 3 * 2 + 2
    tasks = [doubling.sample(index).ask.task for index in range(3)]
    assert tasks == ["write", "write", "explain"]


def test_a_sample_holds_what_is_needed_to_run_it(doubling):
    sample = doubling.sample(0)
    assert sample.id == "small.numbers.doubling#0"
    assert sample.plain_cell == {
        "noun": "width",
        "factor": 2,
        "shape": "expression",
    }
    assert sample.solution == "def scale(width):\n    return width * 2\n"
    assert sample.tests.startswith("from solution import scale\n\n\ndef ")
    assert [file.path for file in sample.files] == [
        "solution.py",
        "test_solution.py",
    ]
    assert sample.why == "Twice `width` is `width * 2`."
    assert sample.code == sample.solution


@pytest.mark.parametrize("index", [-1, 36])
def test_an_index_outside_the_space_is_refused(doubling, index):
    with pytest.raises(SpaceError, match="0 to 35"):
        doubling.sample(index)


def test_every_index_renders_something_else(doubling):
    seen = {
        (sample.instruction, sample.solution)
        for sample in map(doubling.sample, range(doubling.size))
    }
    assert len(seen) == doubling.size


def test_two_generators_render_the_same(doubling):
    other = Generator(doubling.pattern)
    for index in reversed(range(doubling.size)):
        one, two = doubling.sample(index), other.sample(index)
        assert (one.instruction, one.files) == (two.instruction, two.files)


def test_code_is_that_of_the_sample(doubling, choosing, scripting):
    for generator in (doubling, choosing, scripting):
        for index in range(generator.size):
            sample = generator.sample(index)
            assert generator.code(sample.cell) == sample.code


def test_a_tradeoff_has_a_choice_and_its_situation(choosing):
    asked = {}
    for index in range(choosing.size):
        sample = choosing.sample(index)
        situation = sample.instruction.partition(". ")[2]
        asked.setdefault(situation, set()).add(
            (sample.solution[10], tuple(sample.others))
        )
    assert asked == {
        "It is called once.": {("[", ("lookup",))},
        "There are two entries.": {("[", ("lookup",))},
        "It is called a million times.": {("{", ("scan",))},
    }


def test_claims_bring_both_codes(choosing):
    (claim,) = choosing.claims(choosing.space.cell(0))
    assert claim.program == 'known("b")\n'
    assert (claim.less_name, claim.more_name) == ("lookup", "scan")
    assert "{" in claim.less
    assert "[" in claim.more


def test_a_script_brings_its_files(scripting):
    sample = scripting.sample(1)
    assert [file.path for file in sample.files] == [
        "greet.py",
        "test_greet.py",
        "Dockerfile",
    ]
    assert 'print("welcome")' in sample.code
    assert "test_greets" in sample.tests
    assert sample.runs[0].prints == ("welcome",)


def test_the_mistake_can_take_the_place_of_the_solution(forgetting):
    sample = forgetting.sample(0)
    files = {file.path: file for file in sample.files_with(sample.mistake)}
    assert "return" not in files["solution.py"].content
    assert files["test_solution.py"] == sample.files[-1]
    assert sample.fails == ("test_doubles",)


CONSTRAINED = DOUBLE.replace(
    "    ask:",
    "    constraints:\n      - {constraint}\n    ask:",
    1,
)


def test_constraints_leave_out_cells(library):
    text = CONSTRAINED.replace(
        "{constraint}", 'factor > 2 or shape == "expression"'
    )
    generator = Generator(library.add(text))
    assert generator.space.size == 2 * (2 * 2 + 1)


def test_constraints_may_read_derived_values(library):
    text = CONSTRAINED.replace("{constraint}", "thrice != 9").replace(
        "  shape:", '  thrice: {let: "{{ factor * 3 }}"}\n      shape:'
    )
    generator = Generator(library.add(text))
    factors = {
        generator.space.cell(at)["factor"]
        for at in range(generator.space.size)
    }
    assert factors == {2, 4}
    assert generator.sample(0).cell.keys() == {"noun", "factor", "shape"}


def test_constraints_that_leave_nothing_are_an_error(library):
    text = CONSTRAINED.replace("{constraint}", "factor > 9")
    generator = Generator(library.add(text))
    with pytest.raises(SpaceError, match="factor > 9"):
        print(generator.space.size)


def test_a_constraint_that_fails_names_its_line(library):
    text = CONSTRAINED.replace("{constraint}", "noun > factor")
    generator = Generator(library.add(text))
    with pytest.raises(RenderError) as caught:
        print(generator.space.size)
    assert (
        caught.value.line
        == text.split("\n").index("      - noun > factor") + 1
    )


@pytest.mark.parametrize(
    "side, line, expected",
    [
        ("solution", 1, "def scale({{ noun }}):"),
        ("solution", 3, "return {{ noun }}"),
        ("solution.py", 2, "{{ noun }} *= {{ factor }}"),
        ("test_solution.py", 5, "assert scale(3) == {{ factor * 3 }}"),
        ("tests", 8, "def test_keeps_zero():"),
    ],
)
def test_a_rendered_line_is_traced_to_the_file(doubling, side, line, expected):
    sample = next(
        sample
        for sample in map(doubling.sample, range(doubling.size))
        if sample.cell["shape"] == "statement"
    )
    _, number = doubling.line_of(sample, side, line)
    source = doubling.pattern.path.read_text().split("\n")
    assert source[number - 1].strip() == expected


def test_a_mistake_is_traced_to_the_file(forgetting):
    _, number = forgetting.line_of(forgetting.sample(0), "mistake", 2)
    source = forgetting.pattern.path.read_text().split("\n")
    assert source[number - 1].strip() == "{{ noun }} * 2"
    assert forgetting.line_of(forgetting.sample(0), "elsewhere", 1) is None


def test_the_digest_follows_the_file(library):
    one = library.add(FORGET, "anti_patterns", "one")
    same = library.add(FORGET, "anti_patterns", "two")
    other = library.add(FORGET + "\n", "anti_patterns", "three")
    assert one.digest == same.digest
    assert one.digest != other.digest
