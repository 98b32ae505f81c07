"""Jinja2 as pattern files use it: strict, sandboxed, and bounded.

Templates come from contributors, so they are treated as hostile. An
expression reaches only the fields of bundles, loop variables, macros and a
short list of string methods; filters are an allow-list without the ones that
reach attributes or chance; and whatever renders runs inside
:func:`plse.bounds.bounded`, which ends an endless loop by processor time and
a gigabyte by address space.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import CodeType

import jinja2
from jinja2 import meta, nodes
from jinja2.runtime import LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment, SecurityError
from jinja2.utils import Namespace

from plse.errors import RenderError
from plse.patterns import Bundle, Template

__all__ = [
    "Compiled",
    "OUTPUT_CHARACTERS",
    "environment",
    "expression_names",
    "names_used",
    "tidy",
]

OUTPUT_CHARACTERS = 1 << 20
"""Characters that one template may produce."""

_STR_METHODS = frozenset(
    "capitalize count endswith find isdigit isidentifier islower isupper "
    "join lower lstrip partition removeprefix removesuffix replace rpartition "
    "rsplit rstrip split splitlines startswith strip swapcase title "
    "upper".split()
)
_SEQUENCE_METHODS = frozenset({"count", "index"})
_MAPPING_METHODS = frozenset({"get", "items", "keys", "values"})
_JINJA_FILTERS = (
    "abs batch capitalize default d dictsort first float indent int items "
    "join last length count list lower map max min reject rejectattr replace "
    "reverse round select selectattr slice sort string sum title trim unique "
    "upper wordwrap"
).split()
_MAX_POWER_BITS = 4096


class _Environment(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset({"*", "**", "%", "+"})

    def is_safe_attribute(self, obj: object, attr: str, value: object) -> bool:
        if attr.startswith("_"):
            return False
        if isinstance(obj, str):
            return attr in _STR_METHODS
        if isinstance(obj, (list, tuple, range)):
            return attr in _SEQUENCE_METHODS
        if isinstance(obj, dict):
            return attr in _MAPPING_METHODS
        return isinstance(
            obj,
            (
                Bundle,
                LoopContext,
                Macro,
                Namespace,
                jinja2.environment.TemplateModule,
            ),
        )

    def call_binop(
        self, context: object, operator: str, left: object, right: object
    ) -> object:
        """Refuse the operators that can make something huge in one step."""
        if operator == "**" and isinstance(left, int):
            if (
                not isinstance(right, int)
                or left.bit_length() * max(right, 1) > _MAX_POWER_BITS
            ):
                raise SecurityError("a power this large is refused")
        if operator == "*":
            for text, times in ((left, right), (right, left)):
                if (
                    isinstance(text, (str, list, tuple))
                    and isinstance(times, int)
                    and len(text) * times > OUTPUT_CHARACTERS
                ):
                    raise SecurityError("a repetition this long is refused")
        return super().call_binop(context, operator, left, right)


def _literal(value: object) -> str:
    """A value as Python source; bundles are not values, so they raise."""
    if isinstance(value, Bundle):
        raise jinja2.TemplateRuntimeError(
            "a whole bundle has no literal; name one of its fields"
        )
    return repr(value)


def _parts(name: str) -> list[str]:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", str(name))
    return [part for part in re.split(r"[\s_\-]+", spaced) if part]


def _pascal(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in _parts(name))


def _snake(name: str) -> str:
    return "_".join(_parts(name)).lower()


def _kebab(name: str) -> str:
    return "-".join(_parts(name)).lower()


def _words(name: str) -> str:
    return " ".join(_parts(name)).lower()


_SILENT_H = ("hour", "honest", "honour", "heir")
_LIKE_YOU = ("uni", "use", "usu", "eu", "ubi", "uti", "one", "once")


def _article(noun: str) -> str:
    """``a`` or ``an`` and the noun, by how the noun begins to sound."""
    text = str(noun)
    sound = text.lstrip("`'\"").lower()
    vowel = sound[:1] in tuple("aeiou") and not sound.startswith(_LIKE_YOU)
    silent = sound.startswith(_SILENT_H)
    return f"{'an' if vowel or silent else 'a'} {text}"


def _sentence(text: str) -> str:
    return str(text)[:1].upper() + str(text)[1:]


_FILTERS: dict[str, Callable[..., object]] = {
    "repr": _literal,
    "pascal": _pascal,
    "snake": _snake,
    "kebab": _kebab,
    "words": _words,
    "a": _article,
    "sentence": _sentence,
}


def environment(fragments: Mapping[str, str]) -> jinja2.Environment:
    """The environment in which a library's templates are compiled.

    :param fragments: shared templates by file name, for ``import`` and
        ``include``.
    """
    env = _Environment(
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
        loader=jinja2.DictLoader(dict(fragments)),
        finalize=_printable,
    )
    env.filters = {name: env.filters[name] for name in _JINJA_FILTERS}
    env.filters.update(_FILTERS)
    env.globals = {
        name: env.globals[name] for name in ("range", "namespace", "joiner")
    }
    return env


def _printable(value: object) -> object:
    """Refuse to print what only looks like text: a bundle, a method."""
    if isinstance(value, Bundle):
        raise jinja2.TemplateRuntimeError(
            f"{{{{ … }}}} prints a whole bundle ({', '.join(value)}); "
            "name one of its fields"
        )
    if callable(value) and not isinstance(value, jinja2.Undefined):
        raise jinja2.TemplateRuntimeError("{{ … }} prints a function")
    return value


def names_used(env: jinja2.Environment, text: str) -> frozenset[str]:
    """The names that a template takes from its context.

    :raises jinja2.TemplateSyntaxError: if the template does not parse.
    """
    return frozenset(
        meta.find_undeclared_variables(env.parse(text)) - set(env.globals)
    )


def expression_names(env: jinja2.Environment, text: str) -> frozenset[str]:
    """The names that a bare expression, such as a constraint, uses."""
    return names_used(env, "{{ (" + text + "\n) }}")


class Compiled:
    """A template, compiled at first use, that renders or says where not.

    :param path: the pattern file, for messages.
    """

    def __init__(
        self, env: jinja2.Environment, template: Template, path: Path
    ) -> None:
        self._env = env
        self._path = path
        self.template = template
        self._jinja: jinja2.Template | None = None
        self._marked: jinja2.Template | None = None
        self._names: frozenset[str] | None = None

    def names(self) -> frozenset[str]:
        """The names that it takes from its context.

        :raises RenderError: if the template does not parse.
        """
        self._prepare()
        return self._names or frozenset()

    def includes(self) -> bool:
        """Whether a fragment sees its context: included, or imported so."""
        text = self.template.text
        return "include" in text or "with context" in text

    def render(self, context: Mapping[str, object]) -> str:
        """The text for one cell; call it inside ``bounded``.

        :raises RenderError: with the line of the pattern file at fault.
        """
        template = self._prepare()
        try:
            text = template.render(context)
        except jinja2.TemplateSyntaxError as error:
            raise self._error(error.lineno, error.message or "") from None
        except RecursionError:
            raise self._error(1, "the template nests too deeply") from None
        except (MemoryError, RenderError):
            raise
        except Exception as error:
            cause = str(error) or type(error).__name__
            raise self._error(self._failing_line(error), cause) from None
        if len(text) > OUTPUT_CHARACTERS:
            raise self._error(
                1,
                f"the template produced {len(text):,} characters; at most "
                f"{OUTPUT_CHARACTERS:,} are allowed",
            )
        return text

    def lines(self, context: Mapping[str, object]) -> list[int]:
        """The line of the pattern file behind each line of :meth:`render`.

        The template is rendered once more with a mark at the end of each of
        its lines; a line that comes from a shared fragment has the line of
        the text before it. Where marks would change what is rendered, every
        line has the line on which the template begins.
        """
        if self._marked is None:
            self._marked = self._with_marks()
        marked = self._marked.render(context)
        rendered = self.render(context)
        if _MARK.sub("", marked) != rendered:
            return [self.template.line] * (rendered.count("\n") + 1)
        lines, last = [], 1
        for text in marked.split("\n"):
            found = _MARK.search(text)
            last = int(found[1]) if found else last
            lines.append(self.template.line + last - 1)
        return lines

    def _with_marks(self) -> jinja2.Template:
        tree = self._env.parse(self.template.text)
        for data in tree.find_all(nodes.TemplateData):
            first, *others = data.data.split("\n")
            data.data = first + "".join(
                f"{_mark(data.lineno + at)}{text}"
                for at, text in enumerate(others)
            )
        return self._compile(
            self._env.compile(tree, filename=self.template.key)
        )

    def _prepare(self) -> jinja2.Template:
        if self._jinja is not None:
            return self._jinja
        try:
            tree = self._env.parse(self.template.text)
            self._names = frozenset(
                meta.find_undeclared_variables(tree) - set(self._env.globals)
            )
            self._jinja = self._compile(
                self._env.compile(tree, filename=self.template.key)
            )
        except jinja2.TemplateSyntaxError as error:
            raise self._error(error.lineno, error.message or "") from None
        except RecursionError:
            raise self._error(1, "the template nests too deeply") from None
        return self._jinja

    def _compile(self, code: CodeType) -> jinja2.Template:
        return jinja2.Template.from_code(
            self._env, code, dict(self._env.globals), None
        )

    def _failing_line(self, error: BaseException) -> int:
        line, trace = 1, error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == self.template.key:
                line = trace.tb_lineno
            trace = trace.tb_next
        return line

    def _error(self, line: int, cause: str) -> RenderError:
        return RenderError(
            self._path,
            self.template.key,
            self.template.line + line - 1,
            cause,
        )


_MARK = re.compile("\ue000(\\d+)\ue001")


def _mark(line: int) -> str:
    return f"\ue000{line}\ue001\n"


def tidy(text: str, lines: Sequence[int] = ()) -> tuple[str, list[int]]:
    """Code as a person would leave it, whatever the template's blank lines.

    Trailing spaces go, runs of more than two blank lines become two, the
    text begins with code and ends with one newline.

    :param lines: for each line of ``text`` some number; the numbers of the
        lines that are kept come back beside the text.
    """
    kept: list[str] = []
    numbers: list[int] = []
    blank = 2
    for position, line in enumerate(text.split("\n")):
        line = line.rstrip()
        blank = 0 if line else blank + 1
        if blank > 2 or (not line and not kept):
            continue
        kept.append(line)
        if position < len(lines):
            numbers.append(lines[position])
    while kept and not kept[-1]:
        kept.pop()
    if not kept:
        return "", []
    return "\n".join(kept) + "\n", numbers[: len(kept)]
