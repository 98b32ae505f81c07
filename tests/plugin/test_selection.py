"""What the command line selects is what is made, and how much of it."""

import re
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from plse.pytest_plugin.collection import chunk_name, positions_of
from plse.pytest_plugin.selection import cut, is_whole, shares

CAPACITIES = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=3),
    st.integers(0, 300),
    min_size=1,
    max_size=9,
)


@given(st.integers(1, 2000), CAPACITIES)
def test_shares_add_up_and_are_even(samples, capacities):
    given_out = shares(samples, capacities)
    assert given_out.keys() == capacities.keys()
    assert sum(given_out.values()) == min(samples, sum(capacities.values()))
    for name, share in given_out.items():
        assert share <= capacities[name]
        # Whoever has less than another has nothing more to give, or lacks
        # the one sample that the division left.
        assert share == capacities[name] or share >= max(
            given_out.values()
        ) - 1


def test_the_rest_of_a_division_goes_to_the_first():
    assert shares(8, {"c": 99, "a": 99, "b": 99}) == {"a": 3, "b": 3, "c": 2}


@given(st.integers(0, 400), st.integers(1, 60))
def test_chunks_cover_every_position_once(count, size):
    positions = [at for chunk in cut(count, size) for at in chunk]
    assert positions == list(range(count))


@given(st.integers(0, 10**6), st.integers(1, 500))
def test_a_node_id_names_its_positions(first, length):
    positions = range(first, first + length)
    nodeid = f"patterns/a/b.yaml::test_generate[{chunk_name(positions)}]"
    assert positions_of(nodeid) == positions


def test_other_node_ids_name_none():
    for nodeid in (
        "patterns/a/b.yaml::test_pattern",
        "tests/test_x.py::test_generate[x]",
        "tests/test_x.py::test_generate[5-3]",
        "tests/test_x.py::test_other[5-8]",
    ):
        assert positions_of(nodeid) is None


def test_whole_is_what_the_patterns_make_when_run_alone():
    capacities = {"a": 99, "b": 99, "c": 3}

    def whole(samples, **selected):
        return is_whole(
            samples, lambda: {name: capacities[name] for name in selected},
            selected,
        )

    assert whole(10, a=[range(0, 10)])
    assert whole(10, a=[range(0, 5)], b=[range(0, 5)])
    assert whole(10, c=[range(0, 2), range(2, 3)])
    assert whole(10, a=[range(3, 7), range(0, 3)], c=[range(0, 3)])
    assert whole(2, a=[range(0, 1)], b=[range(0, 1)])
    assert not whole(10, a=[range(3, 4)])
    assert not whole(10, a=[range(0, 4), range(5, 10)])
    assert not whole(10, a=[range(0, 5)])
    assert not whole(10, a=[range(0, 7)], b=[range(0, 3)])


def selected(project, *commands):
    """For each command, what pytest would run: pattern and test."""
    runs = project.run_each(*(f"--co -q {command}" for command in commands))
    for run in runs:
        assert run.status == 0, run.output
        ids = [line for line in run.output.splitlines() if "::" in line]
        yield run, [
            nodeid.removeprefix("patterns/").replace(".yaml::test_", " ")
            for nodeid in ids
        ]


def test_patterns_are_selected_by_name_topic_tag_kind_and_difficulty(project):
    shares_of = {
        "-k gamma": {"two/gamma": 4},
        "-k plse.one.beta": {"one/beta": 4},
        "-m two": {"two/gamma": 4},
        "-m rare": {"one/beta": 4},
        "-m beginner": {"one/alpha": 2, "two/gamma": 2},
        "-m best_practice": {"one/alpha": 2, "one/beta": 1, "two/gamma": 1},
    }
    commands = [f"patterns --plse-samples=4 {words}" for words in shares_of]
    for (run, ids), expected in zip(
        selected(project, *commands), shares_of.values(), strict=True
    ):
        tests = [nodeid.split(" ") for nodeid in ids]
        made = Counter(name for name, test in tests if test != "pattern")
        assert made == expected, run.output
        assert {name for name, test in tests if test == "pattern"} == set(made)
        # What is collected, deselected and left adds up in pytest's count.
        counts = re.search(
            r"(\d+)/(\d+) tests collected \((\d+) des", run.output
        )
        if counts:
            left, everything, gone = map(int, counts.groups())
            assert left == everything - gone == len(ids)


def generated(name, count, first=0):
    return [f"{name} generate[{number}]" for number in range(first, count)]


def test_selections_by_chunk_keep_their_ranges(project):
    expected = {
        "patterns/one/beta.yaml::test_generate[40-49]": [
            "one/beta generate[40-49]"
        ],
        "patterns/one/beta.yaml::test_generate": generated("one/beta", 6),
        "patterns/one": [
            "one/alpha pattern",
            *generated("one/alpha", 3),
            "one/beta pattern",
            *generated("one/beta", 3),
        ],
        "patterns --deselect=patterns/one/alpha.yaml::test_generate[0]": [
            "one/alpha pattern",
            *generated("one/alpha", 2, first=1),
            "one/beta pattern",
            *generated("one/beta", 2),
            "two/gamma pattern",
            *generated("two/gamma", 2),
        ],
        "patterns --deselect=patterns/one": [
            "two/gamma pattern",
            *generated("two/gamma", 6),
        ],
        "patterns --plse-samples=2": [
            "one/alpha pattern",
            *generated("one/alpha", 1),
            "one/beta pattern",
            *generated("one/beta", 1),
            "two/gamma pattern",
        ],
        "patterns -k test_pattern": [
            "one/alpha pattern",
            "one/beta pattern",
            "two/gamma pattern",
        ],
        "patterns/two patterns/one/alpha.yaml::test_generate[5]": [
            "two/gamma pattern",
            *generated("two/gamma", 6),
            "one/alpha generate[5]",
        ],
    }
    commands = [f"--plse-samples=6 {words}" for words in expected]
    found = [ids for _, ids in selected(project, *commands)]
    assert found == list(expected.values())


def test_nothing_selected_is_status_5_and_writes_nothing(project):
    run = project.run("patterns", "-k", "nope")
    assert run.status == 5, run.output
    assert project.bytes() is None
    assert not project.spool.exists()


def test_what_cannot_be_made_takes_no_share(project):
    path = project.folder / "patterns/one/beta.yaml"
    whole = path.read_text()
    path.write_text(
        whole[: whole.index("  explain:")] + whole[whole.index("solution:") :]
    )
    project.write(
        "patterns/one/delta.yaml",
        whole.replace(
            "parameters:", "requires: {modules: [no_such_module]}\nparameters:"
        ),
    )
    project.write("patterns/two/tiny.yaml", whole.replace("to: 60", "to: 2"))
    words = "patterns --plse-samples=60 -rs --plse-output"
    runs = project.run_each(
        f"{words}=all.jsonl",
        f"{words}=explain.jsonl --plse-task=explain",
        f"{words}=tiny.jsonl -k tiny",
    )
    assert [run.status for run in runs] == [0, 0, 1], runs
    assert "needs no_such_module, which is not installed" in runs[0]
    for name, expected in {
        "all": {"alpha": 18, "beta": 18, "gamma": 18, "tiny": 6},
        "explain": {"alpha": 27, "gamma": 27, "tiny": 6},
        "tiny": {"tiny": 6},
    }.items():
        rows = project.rows(f"{name}.jsonl")
        made = Counter(row["pattern"].split(".")[2] for row in rows)
        assert made == expected
    assert {row["task"] for row in project.rows("explain.jsonl")} == {
        "explain"
    }
    assert "54 of 60 samples are missing" in runs[2]
    assert "the spaces hold no more than 6" in runs[2]
