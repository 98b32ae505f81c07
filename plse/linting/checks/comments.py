"""Checks of comments and of texts that were meant to be replaced."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from plse.linting.checks.source import FUNCTIONS, Fault, SourceFile
from plse.linting.flake8_session import Comment

__all__ = [
    "commented_out_code",
    "leftover_template_mark",
    "placeholder_text",
    "silenced_tool",
]

SILENCERS = re.compile(
    r"#\s*(?:"
    r"noqa\b"
    r"|(?:flake8|ruff)[:=]\s*noqa\b"
    r"|type:\s*ignore\b"
    r"|(?:mypy|pyright):\s*ignore"
    r"|pylint:\s*(?:disable|skip-file)"
    r"|pragma:\s*no\s*cover"
    r"|fmt:\s*(?:off|skip)"
    r"|isort:\s*(?:skip|off)"
    r"|nosec\b"
    r")",
    re.IGNORECASE,
)
UNFINISHED = re.compile(r"#+\s*(?:TODO|FIXME|XXX|HACK|TBD)(?=[\s:(!.]|$)")
FILLER = re.compile(
    r"\blorem ipsum\b|\b(?:your|some) (?:code|implementation|logic) "
    r"(?:goes )?here\b|\breplace me\b",
    re.IGNORECASE,
)
#: One of these is in every filler text.
FILLERS = ("lorem ipsum", " here", "replace me")
TEMPLATE = re.compile(
    r"(?<![$\w])\{\{-?\s*[a-z_][\w.]*(?:\s*\|\s*\w+)*\s*-?\}\}"
    r"|\{%-?\s*(?:if|for|set|else|elif|end\w+|macro|include|import)\b"
)


def silenced_tool(file: SourceFile) -> Iterator[Fault]:
    """A comment tells a linter, a type checker or a formatter to look away.

    Why: whoever learns from the code learns to silence the tool instead of
    writing what the tool accepts; and a lesson is not to hide its faults.
    Instead: write the code so that nothing needs to be silenced.
    """
    for comment in file.comments:
        match = SILENCERS.search(comment.text)
        if match:
            yield Fault(
                comment.line,
                comment.column + match.start(),
                f"`{match.group()}` silences a tool; "
                "write code that needs no exemption",
            )


def placeholder_text(file: SourceFile) -> Iterator[Fault]:
    """A TODO, or a filler text that was to be replaced.

    Why: unfinished code teaches that unfinished code is an answer.
    Instead: finish it, or leave the remark out.
    """
    for comment in file.comments:
        match = UNFINISHED.match(comment.text) or FILLER.search(comment.text)
        if match:
            yield Fault(
                comment.line,
                comment.column + match.start(),
                "a placeholder is left; finish the code or drop the remark",
            )
    if any(filler in file.lowered for filler in FILLERS):
        for node in file.nodes(ast.Constant):
            if isinstance(node.value, str) and FILLER.search(node.value):
                yield Fault.at(node, "a filler text is left; write a real one")


def leftover_template_mark(file: SourceFile) -> Iterator[Fault]:
    """``{{ name }}`` or ``{% if %}`` where no template can be meant.

    That is in comments, in docstrings, and as code, where doubled braces are
    a set that holds a set and always raise TypeError.

    Why: the template was not rendered, so that the sample shows its mould.
    Instead: fix the pattern's template.
    """
    message = "a template mark is left; the template was not rendered"
    for comment in file.comments:
        match = TEMPLATE.search(comment.text)
        if match:
            column = comment.column + match.start()
            yield Fault(comment.line, column, message)
    for node in file.nodes(ast.Set):
        if any(isinstance(item, (ast.Set, ast.Dict)) for item in node.elts):
            yield Fault.at(node, message)
    for node in (
        file.tree,
        *file.nodes(*FUNCTIONS, ast.ClassDef),
    ):
        docstring = ast.get_docstring(node, clean=False)
        if docstring and TEMPLATE.search(docstring):
            yield Fault.at(node.body[0], message)


def commented_out_code(file: SourceFile) -> Iterator[Fault]:
    """Comments that are statements, not sentences.

    Only what cannot be read as prose counts: definitions, imports, loops and
    conditions with a call or comparison, ``print(...)``, changes of ``self``,
    returned or raised expressions, and blocks of several assignments.

    Why: dead code misleads, and version control keeps it anyway.
    Instead: delete it, or say in words what it was to show.
    """
    for block in _blocks(file.comments):
        texts = [comment.text[1:].removeprefix(" ") for comment in block]
        if any(text.lstrip().startswith(">>>") for text in texts):
            continue
        number = _first_code(texts)
        if number is not None:
            comment = block[number]
            yield Fault(
                comment.line,
                comment.column,
                "code is commented out; delete it or explain it in words",
            )


def _blocks(comments: tuple[Comment, ...]) -> Iterator[list[Comment]]:
    """Runs of comments that stand alone, one below the other."""
    block: list[Comment] = []
    for comment in comments:
        if block and (
            not comment.alone
            or comment.line != block[-1].line + 1
            or comment.column != block[-1].column
        ):
            yield block
            block = []
        if comment.alone and not comment.text.startswith("#!"):
            block.append(comment)
    if block:
        yield block


def _first_code(texts: list[str]) -> int | None:
    """Index of the text with which code begins, or None."""
    whole = _statements("\n".join(texts))
    if (
        len(whole) > 1
        and all(map(_is_no_prose, whole))
        and any(
            _is_surely_code(node) or _holds(node, ast.Call) for node in whole
        )
    ):
        return 0
    for number, text in enumerate(texts):
        if text.rstrip().endswith(":"):
            statements = _statements(f"{text.strip()} pass")
        else:
            statements = _statements(text.strip())
        if len(statements) == 1 and _is_surely_code(statements[0]):
            return number
    return None


def _statements(text: str) -> list[ast.stmt]:
    try:
        return ast.parse(text).body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return []


def _is_no_prose(node: ast.stmt) -> bool:
    """A statement that, with others like it, is code."""
    if isinstance(node, (ast.Assign, ast.AugAssign, ast.Return, ast.Delete)):
        return True
    if isinstance(node, (ast.Import, ast.Expr)):
        value = getattr(node, "value", None)
        return value is None or isinstance(value, (ast.Call, ast.Await))
    return _is_surely_code(node)


def _is_surely_code(node: ast.stmt) -> bool:
    """A statement that nobody would write as a sentence."""
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        return True
    if isinstance(node, ast.Import):
        # "import order" and "import time" are words, too.
        return any(alias.asname or "." in alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        return True
    if isinstance(node, (ast.If, ast.While)):
        return _holds(node.test, ast.Compare, ast.Call)
    if isinstance(node, (ast.For, ast.AsyncFor)):
        return _holds(node.iter, ast.Call, ast.Attribute)
    if isinstance(node, (ast.With, ast.AsyncWith)):
        return _holds(node.items[0].context_expr, ast.Call)
    if isinstance(node, ast.Assign):
        target = node.targets[0]
        return isinstance(target, ast.Attribute) and (
            isinstance(target.value, ast.Name) and target.value.id == "self"
        )
    if isinstance(node, ast.Return):
        return isinstance(node.value, (ast.Call, ast.BinOp, ast.Subscript))
    if isinstance(node, ast.Raise):
        return isinstance(node.exc, ast.Call)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        called = node.value.func
        return isinstance(called, ast.Name) and called.id == "print"
    return False


def _holds(node: ast.AST, *kinds: type[ast.AST]) -> bool:
    return any(isinstance(inner, kinds) for inner in ast.walk(node))
