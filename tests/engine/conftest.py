"""Small libraries, written to disk and loaded as a user's would be."""

import textwrap

import pytest

from plse.generator import Generator
from plse.registry import load_pattern, open_library

DOUBLE = """\
    title: Doubling
    concept: numbers.doubling
    difficulty: beginner
    tags: [numbers]
    why: Twice `{{ noun }}` is `{{ noun }} * {{ factor }}`.
    parameters:
      noun: [width, height]
      factor: {from: 2, to: 4}
      shape: [expression, statement]
    ask:
      write:
        - Write `scale({{ noun }})`, which returns {{ factor }} times it.
        - "`scale(3)` must give {{ factor * 3 }}: write `scale({{ noun }})`."
      explain:
        - What does this do to `{{ noun }}`?
    solution:
      code: |
        def scale({{ noun }}):
        {% if shape == "expression" %}
            return {{ noun }} * {{ factor }}
        {% else %}
            {{ noun }} *= {{ factor }}
            return {{ noun }}
        {% endif %}
    tests: |
      def test_scales():
          assert scale(3) == {{ factor * 3 }}


      def test_keeps_zero():
          assert scale(0) == 0
"""

FORGET = """\
    title: Forgetting to return
    concept: functions.return
    difficulty: beginner
    tags: [functions]
    why: A function without `return` gives None.
    parameters:
      noun: [width, height]
    ask:
      write: ["Write `twice({{ noun }})`."]
      fix: ["`twice(2)` gives None. Fix it."]
      explain: ["Why does `twice(2)` give None?"]
    mistake:
      code: |
        def twice({{ noun }}):
            {{ noun }} * 2
      flags: [B018]
      fails: [test_doubles]
    solution:
      code: |
        def twice({{ noun }}):
            return {{ noun }} * 2
    tests: |
      def test_doubles():
          assert twice(2) == 4


      def test_is_called_twice():
          assert twice.__name__ == "twice"
"""

CHOOSE = """\
    title: Set or list
    concept: data.membership
    difficulty: beginner
    tags: [data]
    why: A set looks up by hash.
    parameters:
      noun: [code, name]
    ask:
      write: ["Write `known({{ noun }})`. {{ situation }}"]
    alternatives:
      scan:
        when: ["It is called once.", "There are two entries."]
        code: |
          ENTRIES = ["a", "b"]


          def known({{ noun }}):
              return {{ noun }} in ENTRIES
      lookup:
        when: ["It is called a million times."]
        code: |
          ENTRIES = {"a", "b"}


          def known({{ noun }}):
              return {{ noun }} in ENTRIES
    claims:
      - says: A scan compares more.
        counter: comparisons
        program: known("b")
        less: lookup
        more: scan
        by: 1.5
    tests: |
      def test_knows():
          assert known("a")


      def test_does_not_know():
          assert not known("c")
"""

SCRIPT = """\
    title: A script
    concept: scripts.greeting
    difficulty: beginner
    tags: [scripts]
    why: A script has a main function.
    parameters:
      word: [hello, welcome]
    ask:
      write: ["Write `greet.py`, which prints {{ word }}, with its tests."]
    files:
      - path: greet.py
        content: |
          def main():
              print("{{ word }}")


          if __name__ == "__main__":
              main()
      - path: test_greet.py
        content: |
          from greet import main


          def test_greets(capsys):
              main()
              assert capsys.readouterr().out == "{{ word }}\\n"
      - path: Dockerfile
        content: |
          FROM python:3.12-slim
          COPY greet.py .
          CMD ["python", "greet.py"]
    runs:
      - run: python greet.py
        prints: ["{{ word }}"]
"""


class SmallLibrary:
    """A library in a folder of its own."""

    def __init__(self, root):
        self.root = root
        root.mkdir()
        (root / "library.yaml").write_text(
            "name: small\ntitle: A small library\nlicense: MIT\n"
        )

    def add(self, text, topic="basics", name="lesson"):
        """Write a pattern file and load it."""
        path = self.root / topic / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return load_pattern(path, open_library(self.root))


@pytest.fixture
def library(tmp_path):
    return SmallLibrary(tmp_path / "patterns")


@pytest.fixture
def doubling(library):
    return Generator(library.add(DOUBLE, "numbers", "doubling"))


@pytest.fixture
def forgetting(library):
    return Generator(library.add(FORGET, "anti_patterns", "forgetting"))


@pytest.fixture
def choosing(library):
    return Generator(library.add(CHOOSE, "data", "choosing"))


@pytest.fixture
def scripting(library):
    return Generator(library.add(SCRIPT, "orchestration", "scripting"))
