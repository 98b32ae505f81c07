"""How diverse, clean and tested is a dataset of Python code?

    python tests/benchmarks/diversity.py training_dataset.jsonl
    python tests/benchmarks/diversity.py other.jsonl --code output \
        --instruction instruction --tests test_code

Works on any JSONL file with a column of code; the columns of instructions and
of tests may be missing. Everything is counted exactly: near-duplicates by the
Jaccard index itself, found through an inverted index, not estimated. A row is
*removable* when an earlier row that was kept is at least as similar as the
threshold. Draws of 1,000 rows are made with a fixed seed.

Words are runs of letters, digits and underscores, as in the deduplication of
public code corpora; a shape is the syntax tree with names and constants
blanked and docstrings and annotations dropped (``plse.skeleton``).
"""

from __future__ import annotations

import argparse
import ast
import builtins
import io
import json
import keyword
import random
import re
import sys
import tokenize
import warnings
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from pathlib import Path

from plse.linter import lint
from plse.skeleton import skeleton

DRAW = 1000
NGRAM = 5
_FENCE = re.compile(
    r"^(`{3,})(\w*)[^\n]*\n(.*?)^\1[ ]*$", re.DOTALL | re.MULTILINE
)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--code", default="output")
    parser.add_argument("--instruction", default="instruction")
    parser.add_argument("--tests", default="tests")
    parser.add_argument(
        "--tasks",
        default="write,fix",
        help="only rows whose `task` is one of these, if there is a `task`",
    )
    parser.add_argument("--limit", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = _rows(options)
    if not rows:
        print("no row has code", file=sys.stderr)
        return 1
    measures = measure(rows, options.seed)
    if options.json:
        print(json.dumps(measures, indent=2))
    else:
        width = max(map(len, measures))
        for name, value in measures.items():
            shown = f"{value:,.2f}" if isinstance(value, float) else value
            print(f"{name:<{width}}  {shown}")
    return 0


Row = tuple[tuple[str, ...], str, str]
"""The Python modules of an answer, the instruction, and the tests."""


def _rows(options: argparse.Namespace) -> list[Row]:
    """The rows that have code."""
    tasks = set(options.tasks.split(","))
    rows = []
    with open(options.dataset, encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row.get("task", next(iter(tasks))) not in tasks:
                continue
            modules = _unfenced(str(row.get(options.code) or ""))
            if modules:
                rows.append(
                    (
                        modules,
                        str(row.get(options.instruction) or ""),
                        str(row.get(options.tests) or ""),
                    )
                )
            if len(rows) == options.limit:
                break
    return rows


def _unfenced(text: str) -> tuple[str, ...]:
    """The Python of an answer, which may put it in Markdown blocks."""
    blocks = tuple(
        code
        for _, language, code in _FENCE.findall(text)
        if language in ("", "py", "python")
    )
    return blocks or ((text,) if text.strip() else ())


def _is_clean(module: str) -> bool:
    is_test = re.search(r"^(async )?def test_", module, re.MULTILINE)
    return not lint(module, "test_it.py" if is_test else "it.py")


def measure(rows: Sequence[Row], seed: int = 0) -> dict[str, int | float]:
    """Every measure by name, percentages as numbers from 0 to 100."""
    codes = ["\n\n".join(modules) for modules, _, _ in rows]
    asked = [text for _, text, _ in rows if text]
    tests = [text for _, _, text in rows if text]
    trees = [tree for code in codes if (tree := _parsed(code)) is not None]
    drawn = _drawn(codes, seed)
    drawn_trees = [tree for code in drawn if (tree := _parsed(code))]
    measures: dict[str, int | float] = {
        "rows": len(rows),
        "code parses, %": _percent(len(trees), len(codes)),
        "flake8-clean at 79 columns, %": _percent(
            sum(all(map(_is_clean, modules)) for modules, _, _ in rows),
            len(rows),
        ),
        "exact duplicates of code": len(codes) - len(set(codes)),
        "exact duplicates of instructions": len(asked) - len(set(asked)),
        "near-duplicate code at 0.85, % of 1,000": _removable(
            [_shingles(_words(code)) for code in drawn], 0.85
        ),
        "near-duplicate code at 0.70, % of 1,000": _removable(
            [_shingles(_words(code)) for code in drawn], 0.70
        ),
        "near-duplicate blanked code at 0.85, % of 1,000": _removable(
            [_shingles(_blanked(code)) for code in drawn], 0.85
        ),
        "distinct shapes per 1,000": 1000
        * len({skeleton(tree) for tree in drawn_trees})
        / max(len(drawn_trees), 1),
    }
    if asked:
        measures |= _instructions(_drawn(asked, seed))
    if tests:
        measures |= _tests(tests)
    measures |= _breadth(trees)
    return measures


def _parsed(code: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError):
        return None


def _drawn(texts: Sequence[str], seed: int) -> list[str]:
    if len(texts) <= DRAW:
        return list(texts)
    return random.Random(seed).sample(list(texts), DRAW)


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0


def _words(text: str) -> list[str]:
    return re.findall(r"[A-Za-z_0-9]+", text)


def _blanked(code: str) -> list[str]:
    """Tokens with identifiers and constants blanked; none if no Python."""
    tokens = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.type == tokenize.NAME:
                kept = keyword.iskeyword(token.string)
                tokens.append(token.string if kept else "n")
            elif token.type == tokenize.NUMBER:
                tokens.append("0")
            elif token.type == tokenize.STRING:
                tokens.append("s")
            elif token.type == tokenize.OP:
                tokens.append(token.string)
            elif token.type in (tokenize.INDENT, tokenize.DEDENT):
                tokens.append(tokenize.tok_name[token.type])
    except (tokenize.TokenError, SyntaxError):
        return []
    return tokens


def _shingles(words: Sequence[str]) -> frozenset[Hashable]:
    if len(words) < NGRAM:
        return frozenset([tuple(words)]) if words else frozenset()
    return frozenset(
        tuple(words[at : at + NGRAM]) for at in range(len(words) - NGRAM + 1)
    )


def _removable(sets: Sequence[frozenset[Hashable]], threshold: float) -> float:
    """Percentage of sets that are similar to an earlier one that is kept."""
    holders: dict[Hashable, list[int]] = defaultdict(list)
    removed = 0
    for number, shingles in enumerate(sets):
        shared: Counter[int] = Counter()
        for shingle in shingles:
            shared.update(holders[shingle])
        if any(
            common / (len(shingles) + len(sets[other]) - common) >= threshold
            for other, common in shared.items()
        ):
            removed += 1
            continue
        for shingle in shingles:
            holders[shingle].append(number)
    return _percent(removed, len(sets))


def _instructions(asked: Sequence[str]) -> dict[str, int | float]:
    openings = Counter(
        " ".join(_words(text.lower())[:3]) for text in asked
    ).most_common(10)
    pairs = {pair for text in asked if (pair := verb_and_object(text))}
    return {
        "near-duplicate instructions at 0.70, % of 1,000": _removable(
            [_shingles(_words(text.lower())) for text in asked], 0.70
        ),
        "distinct verb-object pairs per 1,000": 1000 * len(pairs) / len(asked),
        "ten commonest three-word openings, %": _percent(
            sum(count for _, count in openings), len(asked)
        ),
    }


_VERBS = frozenset(
    "accept add adapt aggregate allow append apply assign attach avoid batch "
    "build cache calculate call cancel change check choose clean close "
    "collect combine compare compute configure convert copy count create cut "
    "decode define delete deploy describe design detect determine develop "
    "document drop emit encode ensure expand explain export expose extract "
    "fetch fill filter find fix flatten format generate get give group guard "
    "handle hold implement import improve index insert introduce invert "
    "iterate join keep limit list load log look make map mark match measure "
    "mend merge model move name need normalise normalize notify open order "
    "organise pack pair parse partition pass pick plan prepare prevent print "
    "process produce propose protect prove provide publish pull push put "
    "raise rank read rebuild record reduce "
    "refactor refuse register reject release "
    "remove rename render repair repeat replace report represent require "
    "reset resolve restore retrieve retry return reverse rewrite rotate round "
    "run save schedule search select send separate serialise serve set share "
    "show simplify skip sort split start state stop store stream strip sum "
    "summarise support swap take tell test tidy total track transform "
    "translate traverse trim try turn unify unpack update use validate verify "
    "walk want watch wrap write yield".split()
)
_SKIPPED = frozenset(
    "a an the this that these those its it their his her our your my every "
    "each all any some one two three me us you them in python please so and "
    "or new small short simple single python3".split()
)
_ENDS = frozenset(
    "of that which who with for from to in on into by as at if when where "
    "whose and or but so is are was were be using called named over without "
    "until while must should may can returns takes gives".split()
)


def verb_and_object(text: str) -> tuple[str, str] | None:
    """The first verb of an instruction and the head noun after it.

    A reading by word lists rather than by a parser: the first word that is
    one of 200 verbs (or ends like a form of one) and has an object, which is
    the last word of the phrase that follows. Code in backticks is a name, and
    names would make every instruction look different; so an object that is
    only a name does not count, and the next verb is read.
    """
    plain_text = re.sub(r"`[^`]*`", " ; ", text.lower())
    words = re.findall(r"[a-z][a-z\-]*|[.,;:?!]", plain_text)
    for at, word in enumerate(words):
        verb = _base(word)
        if verb is None:
            continue
        noun = ""
        for following in words[at + 1 : at + 9]:
            if following in _ENDS or not following[0].isalpha():
                if noun:
                    break
                continue
            if following not in _SKIPPED:
                noun = following
        if noun:
            return verb, noun
    return None


def _base(word: str) -> str | None:
    for ending, put in (
        ("", ""),
        ("s", ""),
        ("es", ""),
        ("ed", ""),
        ("ed", "e"),
        ("ing", ""),
        ("ing", "e"),
        ("ies", "y"),
    ):
        if word.endswith(ending):
            base = word[: len(word) - len(ending)] + put
            if base in _VERBS:
                return base
    return None


def _tests(tests: Sequence[str]) -> dict[str, int | float]:
    assertions = functions = vacuous = 0
    for source in tests:
        tree = _parsed(source)
        if tree is None:
            continue
        assertions += _assertions(tree)
        for node in ast.walk(tree):
            if isinstance(
                node, (ast.FunctionDef, ast.AsyncFunctionDef)
            ) and node.name.startswith("test"):
                functions += 1
                vacuous += not _assertions(node)
    return {
        "assertions a sample": assertions / len(tests),
        "tests a sample": functions / len(tests),
        "vacuous tests, %": _percent(vacuous, functions),
    }


def _assertions(tree: ast.AST) -> int:
    return sum(map(_is_assertion, ast.walk(tree)))


def _is_assertion(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert):
        return not isinstance(node.test, ast.Constant)
    if not isinstance(node, ast.Call):
        return False
    function = node.func
    name = (
        function.attr
        if isinstance(function, ast.Attribute)
        else function.id if isinstance(function, ast.Name) else ""
    )
    return name in ("raises", "warns") or name.startswith("assert")


def _breadth(trees: Iterable[ast.Module]) -> dict[str, int | float]:
    classes: set[str] = set()
    modules: set[str] = set()
    used: set[str] = set()
    known = {name for name in dir(builtins) if not name.startswith("_")}
    for tree in trees:
        for node in ast.walk(tree):
            classes.add(type(node).__name__)
            if isinstance(node, ast.Import):
                modules |= {
                    alias.name.partition(".")[0] for alias in node.names
                }
            elif isinstance(node, ast.ImportFrom) and node.module:
                modules.add(node.module.partition(".")[0])
            elif isinstance(node, ast.Name) and node.id in known:
                used.add(node.id)
    return {
        "syntax-tree classes": len(classes),
        "standard-library modules": len(modules & sys.stdlib_module_names),
        "builtins used": len(used),
    }


if __name__ == "__main__":
    sys.exit(main())
