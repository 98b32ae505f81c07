"""Whatever the bytes are, loading them ends in a pattern or a LibraryError."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plse.errors import LibraryError
from plse.patterns import Pattern
from plse.registry import Library, load_pattern, open_library
from tests.loading.conftest import HERE

SEEDS = [
    path.read_bytes()
    for folder in ("sound", "broken")
    for path in sorted((HERE / folder).glob("[a-z]*/*.yaml"))
]
FRAGMENTS = [
    *(b"{{", b"}}", b"{%", b"%}", b"{#", b"#}", b"- ", b": ", b"\n", b"\t"),
    *(b"&a ", b"*a", b"!!str ", b"<<: ", b"|\n", b">-\n", b'"', b"'", b"#"),
    *(b"[", b"]", b"{", b"}", b"? ", b"---\n", b"\xff", b"\x00", b"\r", b"\\"),
    *(b"no", b"null", b"1e999", b"9" * 5000, b"title", b"parameters:\n"),
    *(b"%YAML 1.2\n---\n", b"\xef\xbb\xbf", b"\xe2\x80\xa8", b"\xc2\x85"),
    *(b"{% set x %}", b"{% for a in b recursive %}", b"{{ ''.__class__ }}"),
    *(b"alternatives:\n  a: 1\n", b"files: [{}]\n", b"claims: [[]]\n"),
]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    root = tmp_path_factory.mktemp("hostile")
    (root / "idioms").mkdir()
    return open_library(root)


def attempt(content: bytes, library: Library) -> None:
    path = library.root / "idioms" / "hostile.yaml"
    path.write_bytes(content)
    lines = content.count(b"\n") + content.count(b"\r") + 2
    try:
        assert isinstance(load_pattern(path, library), Pattern)
    except LibraryError as error:
        assert error.errors
        for each in error.errors:
            assert each.cause
            assert 0 <= each.line <= lines
            str(each).encode()


@given(content=st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes(content: bytes, library: Library) -> None:
    attempt(content, library)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A file that was a lesson, cut, doubled and strewn with traps."""
    content = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.integers(0, 30)))
        middle = draw(
            st.sampled_from(FRAGMENTS)
            | st.binary(max_size=8)
            | st.just(content[start:end] * 2)
        )
        content = content[:start] + middle + content[end:]
    return content


@given(content=mutated())
@settings(
    max_examples=300,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
    ],
    deadline=None,
)
def test_mutated_lessons(content: bytes, library: Library) -> None:
    attempt(content, library)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["", "x", "{{ x }}", "{% if %}", "a.b", "test_x.py"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            "code when from to step let only run path content says by less "
            "more counter program flags fails write fix python modules name "
            "x".split()
        ),
        inner,
        max_size=3,
    ),
    max_leaves=10,
)
KEYS = st.sampled_from(
    "title concept difficulty needs tags sources requires why parameters "
    "constraints ask mistake solution alternatives claims tests files runs "
    "other".split()
)


@given(data=st.dictionaries(KEYS, VALUES, max_size=8))
@settings(
    max_examples=300,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
def test_any_data_under_known_keys(
    data: dict[str, object], library: Library
) -> None:
    import json

    attempt(json.dumps(data).encode(), library)
