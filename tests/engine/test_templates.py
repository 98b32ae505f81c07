"""Templates are strict, cannot reach out, and cannot take the machine."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plse.bounds import bounded
from plse.errors import RenderError
from plse.patterns import Bundle, Template
from plse.templates import Compiled, environment, names_used, tidy

PATH = Path("lesson.yaml")
FIRST_LINE = 40
BOX = Bundle({"name": "list", "items": ["a", "b"], "empty": "[]"})


def render(text, fragments=(), **context):
    with bounded(PATH, "solution.code", FIRST_LINE):
        return compiled(text, fragments).render(context)


def compiled(text, fragments=()):
    return Compiled(
        environment(dict(fragments)),
        Template(text, "solution.code", FIRST_LINE),
        PATH,
    )


RENDERED = {
    "a bundle's field may be called like a method": (
        "{{ box.items | join('+') }}",
        "a+b",
    ),
    "blocks leave no blank lines": (
        "a\n{% if true %}\nb\n{% endif %}\nc\n",
        "a\nb\nc\n",
    ),
    "a literal is Python": ("{{ box.items | repr }}", "['a', 'b']"),
    "a class name": ("{{ 'open_order' | pascal }}", "OpenOrder"),
    "a name in words": ("{{ 'open_order' | words }}", "open order"),
    "an article before a vowel": ("{{ 'order' | a }}", "an order"),
    "an article before a consonant": ("{{ 'van' | a }}", "a van"),
    "an article before a u that sounds like you": (
        "{{ 'unit' | a }}",
        "a unit",
    ),
    "an article before a silent h": ("{{ 'hour' | a }}", "an hour"),
    "a sentence keeps its capitals": (
        "{{ 'see README' | sentence }}",
        "See README",
    ),
}


@pytest.mark.parametrize("case", RENDERED)
def test_renders(case):
    text, expected = RENDERED[case]
    assert render(text, box=BOX) == expected


REFUSED = {
    "an undefined variable": ("{{ nothing }}", "'nothing' is undefined"),
    "a field that the bundle lacks": ("{{ box.colour }}", "colour"),
    "a whole bundle": ("{{ box }}", "whole bundle"),
    "the literal of a whole bundle": ("{{ box | repr }}", "whole bundle"),
    "a method left uncalled": ("{{ 'a'.upper }}", "prints a function"),
    "a dunder of a string": ("{{ ''.__class__ }}", "unsafe"),
    "a dunder of a tuple": ("{{ ().__class__.__mro__ }}", "unsafe"),
    "a dunder by subscript": ("{{ ''['__class__'] }}", "unsafe"),
    "a bundle's internals": ("{{ box._fields }}", "unsafe"),
    "format strings that reach attributes": (
        "{{ '{0.__class__}'.format(1) }}",
        "unsafe",
    ),
    "the attr filter": ("{{ 1 | attr('real') }}", "No filter named 'attr'"),
    "chance": ("{{ [1, 2] | random }}", "No filter named 'random'"),
    "a syntax error": ("{% if %}", "Expected an expression"),
    "an endless loop": (
        "{% for a in range(99999) %}{% for b in range(99999) %}"
        "{% endfor %}{% endfor %}",
        "processor time",
    ),
    "a gigabyte by repetition": ("{{ 'a' * 10 ** 9 }}", "repetition"),
    "a gigabyte by list": ("{{ ([0] * 10 ** 9) | length }}", "repetition"),
    "a gigabyte by format": ("{{ '%1000000000d' % 1 }}", "memory"),
    "a gigabyte by a filter": ("{{ 'a' | indent(10 ** 9) }}", "memory"),
    "a gigabyte by doubling": (
        "{% set n = namespace(t='aaaaaaaaaa') %}"
        "{% for i in range(60) %}{% set n.t = n.t ~ n.t %}{% endfor %}",
        "memory",
    ),
    "a tower of powers": ("{{ 9 ** (9 ** 9) }}", "power"),
    "too much output": (
        "{% for i in range(99999) %}0123456789abcdef{% endfor %}",
        "characters",
    ),
    "deep nesting": ("{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}", "deep"),
    "a range beyond reason": ("{{ range(10 ** 9) | list }}", "Range too big"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refuses(case):
    text, cause = REFUSED[case]
    with pytest.raises(RenderError) as caught:
        render(text, box=BOX)
    assert cause in caught.value.cause
    assert caught.value.line == FIRST_LINE
    assert str(caught.value).startswith(f"lesson.yaml:{FIRST_LINE}: ")


def test_names_the_line_at_fault():
    with pytest.raises(RenderError) as caught:
        render("one\ntwo\n{{ nothing }}\nfour\n")
    assert caught.value.line == FIRST_LINE + 2


def test_the_limits_are_lifted_afterwards():
    for _ in range(2):
        with pytest.raises(RenderError):
            render(REFUSED["an endless loop"][0])
    assert len(bytearray(300 << 20)) == 300 << 20


def test_limits_end_what_surrounds_the_template_too():
    with pytest.raises(RenderError, match="processor time"):
        with bounded(PATH, "solution.code", FIRST_LINE):
            while True:
                pass


LINES = {
    "plain text": ("a\nb\nc\n", [0, 1, 2]),
    "a branch that is taken": (
        "a\n{% if true %}\nb\n{% else %}\nc\n{% endif %}\nd\n",
        [0, 2, 6],
    ),
    "a loop repeats its lines": (
        "{% for i in range(2) %}\nx{{ i }}\n{% endfor %}\nz\n",
        [1, 1, 3],
    ),
    "a filter block": (
        "def f():\n{% filter indent(4, true) %}\na = 1\nb = 2\n"
        "{% endfilter %}\n",
        [0, 2, 3],
    ),
    "lines of a fragment count as the line before": (
        "{% from 'f' import two %}\na\n{{ two() }}b\n",
        [1, 1, 1, 2],
    ),
}


@pytest.mark.parametrize("case", LINES)
def test_lines_of_the_file_behind_the_lines_rendered(case):
    text, offsets = LINES[case]
    fragments = {"f": "{% macro two() %}\nx\ny\n{% endmacro %}"}
    template = compiled(text, fragments)
    lines = template.lines({})
    expected = [FIRST_LINE + offset for offset in offsets]
    assert lines[: len(expected)] == expected
    assert len(template.render({}).rstrip("\n").split("\n")) == len(expected)


TIDIED = {
    "trailing spaces go": ("a  \nb\t\n", "a\nb\n"),
    "blank lines before the code go": ("\n\n\na\n", "a\n"),
    "two blank lines stay": ("a\n\n\nb\n", "a\n\n\nb\n"),
    "three blank lines become two": ("a\n\n\n\nb\n", "a\n\n\nb\n"),
    "one newline ends the text": ("a\n\n\n", "a\n"),
    "a missing newline is added": ("a", "a\n"),
    "nothing stays nothing": ("\n \n", ""),
}


@pytest.mark.parametrize("case", TIDIED)
def test_tidies(case):
    text, expected = TIDIED[case]
    assert tidy(text)[0] == expected


@given(st.text(alphabet="ab \n\t", max_size=40))
def test_tidy_is_idempotent_and_numbers_every_line(text):
    numbers = list(range(text.count("\n") + 1))
    tidied, kept = tidy(text, numbers)
    assert tidy(tidied)[0] == tidied
    source = text.split("\n")
    assert [source[at].rstrip() for at in kept] == tidied.split("\n")[:-1]


def test_names_used_are_those_taken_from_the_context():
    env = environment({})
    text = "{% set a = b %}{% for c in range(d) %}{{ c ~ a }}{% endfor %}"
    assert names_used(env, text) == {"b", "d"}
