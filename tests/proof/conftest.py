"""Lessons that prove everything, to be spoilt in one place each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from plse.patterns import Pattern
from plse.proof import Examination, ProofSettings, examine
from plse.registry import load_pattern, open_library
from plse.sandbox import Sandbox
from plse.validation import Tools

SMALL = ProofSettings(
    min_cells=8,
    structures=2,
    instructions=4,
    rendered=24,
    cells=16,
    search=20,
    mutation_cells=2,
    hermetic_cells=1,
    claim_cells=2,
)
"""What lessons of a few cells can live up to."""

HEAD = """\
title: Scaling
concept: numbers.scaling
difficulty: beginner
tags: [numbers]
why: Only `return` hands a result to the caller.
parameters:
  noun: [width, height, depth]
  factor: {from: 2, to: 4}
  shape: [expression, statement]
ask:
  write:
    - >-
      Write `scale({{ noun }})`, which returns {{ factor }} times the
      {{ noun }}, and -1 for a negative one.
"""

SOLUTION = """\
solution:
  code: |
    def scale({{ noun }}):
        if {{ noun }} < 0:
            return -1
        {% if shape == "expression" %}
        return {{ noun }} * {{ factor }}
        {% else %}
        {{ noun }} *= {{ factor }}
        return {{ noun }}
        {% endif %}
"""

TESTS = """\
tests: |
  def test_scales():
      assert scale(3) == {{ factor * 3 }}
      assert scale(10) == {{ factor * 10 }}
      assert scale(1) == {{ factor }}


  def test_keeps_zero():
      assert scale(0) == 0


  def test_tells_what_is_negative():
      assert scale(-1) == -1
"""

MISTAKE = """\
mistake:
  code: |
    def scale({{ noun }}):
        if {{ noun }} < 0:
            return -1
        {{ noun }} * {{ factor }}
  flags: [B018]
  fails: [test_scales, test_keeps_zero]
"""

TRADEOFF = """\
title: Set or list
concept: data.membership
difficulty: beginner
tags: [data]
why: A set looks up by hash, a list compares one after the other.
parameters:
  noun: [codes, names, keys]
  size: {from: 60, to: 62}
ask:
  write:
    - "{{ situation }} Write `common({{ noun }}, others)`, which counts the
      {{ noun }} that are among the others."
alternatives:
  hashed:
    when: ["There are many {{ noun }}.", "It is called all the time."]
    code: |
      def common({{ noun }}, others):
          known = set(others)
          return sum(1 for each in {{ noun }} if each in known)
  scanned:
    when: ["There are few {{ noun }}.", "The {{ noun }} cannot be hashed."]
    code: |
      def common({{ noun }}, others):
          found = 0
          for each in {{ noun }}:
              if each in others:
                  found += 1
          return found
claims:
  - says: A list compares far more often.
    counter: comparisons
    less: hashed
    more: scanned
    by: 10
    program: |
      values = [counted(number) for number in range({{ size }})]
      others = [counted(number) for number in range({{ size }})]
      common(values, others)
tests: |
  def test_counts_what_both_have():
      assert common([1, 2, 3], [3, 2, 9]) == 2
      assert common([5], [5]) == 1
      assert common([7, 8, 9], [9, 8, 7]) == 3


  def test_counts_nothing_where_nothing_is_common():
      assert common([1, 2], [3]) == 0
      assert common([], [3]) == 0
"""

ORCHESTRATION = """\
title: A tool with its surroundings
concept: scripts.tool
difficulty: intermediate
tags: [scripts]
why: The image and the workflow start the same script.
parameters:
  noun: [width, height, depth]
  factor: {from: 2, to: 4}
  shape: [expression, statement]
ask:
  write:
    - "Write `scale.py`, which prints {{ factor }} times a {{ noun }}, with
      tests, a Dockerfile and CI."
files:
  - path: scale.py
    content: |
      import sys


      def scale({{ noun }}):
      {% if shape == "expression" %}
          return {{ noun }} * {{ factor }}
      {% else %}
          {{ noun }} *= {{ factor }}
          return {{ noun }}
      {% endif %}


      if __name__ == "__main__":
          print(scale(int(sys.argv[1])))
  - path: test_scale.py
    content: |
      from scale import scale


      def test_scales():
          assert scale(3) == {{ factor * 3 }}
          assert scale(1) == {{ factor }}
          assert scale(10) == {{ factor * 10 }}


      def test_keeps_zero_and_sign():
          assert scale(0) == 0
          assert scale(-1) == -{{ factor }}
  - path: Dockerfile
    content: |
      FROM python:3.12-slim
      WORKDIR /app
      COPY scale.py .
      USER nobody
      ENTRYPOINT ["python", "scale.py"]
  - path: .github/workflows/ci.yml
    content: |
      name: CI
      on: [push]
      jobs:
        test:
          runs-on: ubuntu-latest
          steps:
            - uses: actions/checkout@v4
            - uses: actions/setup-python@v5
              with:
                python-version: "3.12"
            - run: python scale.py 2
runs:
  - run: python scale.py 2
    prints: ["{{ factor * 2 }}"]
"""

KINDS = {
    "best practice": ("numbers", HEAD + SOLUTION + TESTS),
    "anti-pattern": ("anti_patterns", HEAD + MISTAKE + SOLUTION + TESTS),
    "tradeoff": ("performance", TRADEOFF),
    "orchestration": ("orchestration", ORCHESTRATION),
}

Load = Callable[..., Pattern]


@pytest.fixture(scope="session")
def tools() -> Iterator[Tools]:
    with Sandbox() as sandbox:
        yield Tools(sandbox)


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A cache folder of these tests, in place of the user's."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setenv("XDG_CACHE_HOME", str(folder))
        yield


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Loads one of the ``KINDS``, spoilt: each key becomes its value."""

    def loaded(kind: str, *spoilt: tuple[str, str]) -> Pattern:
        folder, text = KINDS[kind]
        for old, new in spoilt:
            assert old in text, f"the lesson has no {old!r}"
            text = text.replace(old, new)
        (tmp_path / "library.yaml").write_text("name: proving\n")
        path = tmp_path / folder / "lesson.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return load_pattern(path, open_library(tmp_path))

    return loaded


@pytest.fixture
def examined(load: Load, tools: Tools) -> Callable[..., Examination]:
    """Examines one of the ``KINDS``, spoilt as for ``load``."""

    def examination(
        kind: str, *spoilt: tuple[str, str], **settings: object
    ) -> Examination:
        return examine(
            load(kind, *spoilt), tools, None, replace(SMALL, **settings)
        )

    return examination
