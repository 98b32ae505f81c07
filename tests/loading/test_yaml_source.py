"""YAML text → plain data with lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from plse.errors import LibraryError
from plse.loading import yaml_source
from plse.loading.yaml_source import Place, parse

PATH = Path("lesson.yaml")


def data(text: str) -> object:
    source = parse(text.encode(), PATH)
    assert source.errors == []
    return source.data


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 1", {"a": 1}),
        ("a: -12", {"a": -12}),
        ("a: 0.5", {"a": 0.5}),
        ("a: 1e-07", {"a": 1e-07}),
        ("a: true", {"a": True}),
        ("a: False", {"a": False}),
        ("a:", {"a": None}),
        ("a: ~", {"a": None}),
        ("a: null", {"a": None}),
        ("a: None", {"a": "None"}),
        ("a: 2024-03-09", {"a": "2024-03-09"}),
        ("a: 12:30:45", {"a": "12:30:45"}),
        ("a: 1.2.3", {"a": "1.2.3"}),
        ("a: set()", {"a": "set()"}),
        ("a: x # a comment", {"a": "x"}),
        ("a: C#", {"a": "C#"}),
        ("a: 'no'", {"a": "no"}),
        ('a: "1.50"', {"a": "1.50"}),
        ("a: y", {"a": "y"}),
        ("a: {b: [c, {d: e}]}", {"a": {"b": ["c", {"d": "e"}]}}),
        ("a: |\n  x: {{ y }}\n  `z` #3\n", {"a": "x: {{ y }}\n`z` #3\n"}),
        ("a: >-\n  x: {{ y }}\n  z\n", {"a": "x: {{ y }} z"}),
        ("a: Write {{ x }} now", {"a": "Write {{ x }} now"}),
        ("---\na: 1\n...\n", {"a": 1}),
    ],
)
def test_values(text: str, value: object) -> None:
    found = data(text)
    assert found == value
    assert repr(found) == repr(value)


@pytest.mark.parametrize(
    "text",
    ["no", "Yes", "ON", "off", "TRUE", "NULL", "1.50", "1.", ".5", "+1", "010",
     "1_000", "0x1F", "0b1", "0o17", "1e3", ".inf", "-.INF", ".nan", "-0",
     "9" * 50],
)  # fmt: skip
def test_words_that_could_be_two_things(text: str) -> None:
    source = parse(f"a: 1\nb: [x, {text}]\n".encode(), PATH)
    (error,) = source.errors
    assert error.line == 2
    assert f'"{text}"' in error.remedy or "quotes" in error.remedy
    assert source.is_spoilt(("b", 1))
    assert not source.is_spoilt(("b", 0))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: x", Place(1, 1, 1, "")),
        ("\na: |\n\n  x\n  y\nb: z", Place(2, 3, 5, "|")),
        ("a: >  # folded\n  x\n  y\n", Place(1, 2, 3, ">")),
        ('a:\n  "x\n  y"\n', Place(1, 2, 3, '"')),
        ("a:\n  x\n  y\n", Place(1, 2, 3, "")),
        ("a: 'x'", Place(1, 1, 1, "'")),
    ],
)
def test_places_of_texts(text: str, place: Place) -> None:
    assert parse(text.encode(), PATH).places[("a",)] == place


def test_places_of_lists_and_mappings() -> None:
    source = parse(b"a:\n  - x\n  - b: 1\n    c: |\n      y\n", PATH)
    assert source.line(("a",)) == 1
    assert source.line(("a", 0)) == 2
    assert source.line(("a", 1, "c")) == 4
    assert source.place(("a", 1, "c")).text_line == 5
    assert source.line(("a", 1, "gone", 7)) == 3


def test_the_remedy_of_braces_is_what_to_write() -> None:
    source = parse(b"a: {{ b }} and c\nd: 1\ne: {{ f }}\n", PATH)
    assert [(error.line, error.remedy) for error in source.errors] == [
        (3, 'put it in quotes: "{{ f }}"'),
        (1, 'put it in quotes: "{{ b }} and c"'),
    ]
    assert source.data == {"a": "{{ b }} and c", "d": 1, "e": "{{ f }}"}


def test_the_loader_without_libyaml_says_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts = [
        path.read_bytes()
        for path in sorted(Path(__file__).parent.glob("broken/*/*.yaml"))
    ]

    def outcomes() -> list[object]:
        found: list[object] = []
        for text in texts:
            try:
                source = parse(text, PATH)
                found.append((source.data, sorted(map(str, source.errors))))
            except LibraryError as error:
                found.append(str(error))
        return found

    fast = outcomes()
    monkeypatch.setattr(yaml_source, "_Loader", yaml.SafeLoader)
    assert outcomes() == fast


SEEN = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Cn", "Z"])
    | st.just(" ")
)
PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False)
    | SEEN,
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(SEEN, inner, max_size=4),
    max_leaves=8,
)


@given(PLAIN)
def test_what_json_writes_is_read_as_it_was(value: object) -> None:
    """JSON is YAML, and quotes its texts: nothing in it is a trap."""
    text = json.dumps({"value": value}, ensure_ascii=False)
    source = parse(text.encode(), PATH)
    assert source.errors == []
    assert source.data == {"value": value}
