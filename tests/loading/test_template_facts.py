"""Which names a template needs, held against Jinja's own account."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import meta

from plse.loading.template_facts import read_template
from plse.templates import environment

ENV = environment({})


def names(text: str) -> set[str]:
    facts = read_template(ENV, text)
    assert facts.findings == ()
    return {use.name for use in facts.uses}


def by_jinja(text: str) -> set[str]:
    found = meta.find_undeclared_variables(ENV.parse(text))
    return found - set(ENV.globals)


SCOPES = {
    "a name": "{{ a }}",
    "an attribute": "{{ a.b.c }}",
    "a subscript": "{{ a[b] }}",
    "a global": "{{ range(a) }}",
    "set": "{% set a = b %}{{ a }}",
    "set before and after": "{{ a }}{% set a = 1 %}",
    "set block": "{% set a %}{{ b }}{% set c = 1 %}{% endset %}{{ a }}",
    "set block with a filter": "{% set a | upper %}{{ b }}{% endset %}{{ a }}",
    "set of two": "{% set a, b = c %}{{ a }}{{ b }}",
    "namespace": "{% set n = namespace(x=a) %}{% set n.x = b %}{{ n.x }}",
    "for": "{% for a in b %}{{ a }}{{ loop.index }}{% endfor %}",
    "for with a test": "{% for a in b if a > c %}{% endfor %}",
    "for with else": "{% for a in b %}{{ a }}{% else %}{{ c }}{% endfor %}",
    "after for": "{% for a in b %}{% endfor %}{{ a }}",
    "set in for": "{% for a in b %}{% set c = a %}{% endfor %}{{ c }}",
    "two targets": "{% for a, b in c %}{{ a }}{{ b }}{% endfor %}",
    "elif": "{% if a %}{% elif b %}{{ c }}{% else %}{{ d }}{% endif %}",
    "macro": "{% macro m(a, b=c) %}{{ a }}{{ b }}{{ d }}{% endmacro %}"
    "{{ m(e) }}",
    "after a macro": "{% macro m(a) %}{% endmacro %}{{ a }}",
    "macro's own names": "{% macro m() %}{{ varargs }}{{ kwargs }}"
    "{{ caller() }}{% endmacro %}",
    "call": "{% macro m() %}{{ caller(1) }}{% endmacro %}"
    "{% call(a) m() %}{{ a }}{{ b }}{% endcall %}{{ a }}",
    "with": "{% with a = b %}{{ a }}{% endwith %}{{ a }}",
    "filter block": "{% filter indent(a) %}{{ b }}{% endfilter %}",
    "import": '{% import "x" as a %}{{ a.b }}{{ c }}',
    "from": '{% from "x" import a, b as c %}{{ a }}{{ b }}{{ c }}',
    "import in for": "{% for a in b %}"
    '{% import "x" as c %}{{ c.d(a) }}{% endfor %}{{ c }}',
    "conditional": "{{ a if b else c }}",
    "test and filter": "{{ a | replace(b, c) is divisibleby d }}",
    "raw and comment": "{% raw %}{{ a }}{% endraw %}{# {{ b }} #}{{ c }}",
    "dict and list": "{{ {a: b, 'x': [c, (d, 1)]}[e] }}",
    "loop outside": "{{ loop }}",
}


@pytest.mark.parametrize("text", SCOPES.values(), ids=SCOPES.keys())
def test_names_are_those_that_jinja_finds(text: str) -> None:
    assert names(text) == by_jinja(text)


PIECES = st.recursive(
    st.sampled_from(
        ["{{ a }}", "{{ b.c }}", "{% set a = b %}", "{% set b = 1 %}", "x"]
    ),
    lambda inner: st.builds("".join, st.lists(inner, max_size=3))
    | inner.map("{{% for a in b %}}{}{{% endfor %}}".format)
    | inner.map("{{% with b = a %}}{}{{% endwith %}}".format)
    | inner.map("{{% set d %}}{}{{% endset %}}".format),
    max_leaves=8,
)


@given(PIECES)
def test_no_name_that_jinja_misses_goes_unseen(text: str) -> None:
    assert by_jinja(text) <= names(text)


@pytest.mark.parametrize("other", ["", "{% else %}{% set b = 2 %}"])
def test_a_name_set_in_a_branch_counts_as_set(other: str) -> None:
    """Jinja counts it as free; whether it is, the cell decides."""
    text = "{% if a %}{% set b = 1 %}" + other + "{% endif %}{{ b }}"
    assert names(text) == {"a"}


def test_lines_and_fields() -> None:
    facts = read_template(
        ENV, "a\n{{ box.empty }}\n{% if x %}\n\n{{ y }}\n{% endif %}"
    )
    assert [(use.name, use.line, use.field) for use in facts.uses] == [
        ("box", 2, "empty"),
        ("x", 3, ""),
        ("y", 5, ""),
    ]


def test_uses_know_their_macro_and_references_their_members() -> None:
    facts = read_template(
        ENV,
        "{% macro m(a) %}{{ a }}{{ b }}{% endmacro %}{{ b }}"
        '{% import "f" as f %}{{ f.x() }}{{ f.y }}'
        '{% from "g" import z as w with context %}{% include "h" %}',
    )
    assert [(use.name, use.macro) for use in facts.uses] == [
        ("b", "m"),
        ("b", ""),
    ]
    assert [
        (each.name, each.with_context, each.members)
        for each in facts.references
    ] == [
        ("f", False, ("x", "y")),
        ("g", True, ("z",)),
        ("h", True, ()),
    ]


def test_a_shadowed_name_is_reported_where_it_is_free() -> None:
    facts = read_template(
        ENV, "{% for a in b %}\n{{ a }}\n{% endfor %}\n{{ a }}"
    )
    assert [(use.name, use.line) for use in facts.uses] == [
        ("b", 1),
        ("a", 4),
    ]


@given(st.text(st.sampled_from("{}%# \nabif()[]'\"|.-+~"), max_size=60))
def test_any_text_has_facts(text: str) -> None:
    read_template(ENV, text)


def test_deep_nesting_is_a_finding() -> None:
    (finding,) = read_template(ENV, "{{ " + "(" * 20_000).findings
    assert "too deeply" in finding.cause or "not parse" in finding.cause


def test_a_number_that_python_refuses_is_a_finding() -> None:
    (finding,) = read_template(ENV, "{{ " + "9" * 5_000 + " }}").findings
    assert "does not parse" in finding.cause
