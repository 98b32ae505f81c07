"""cell → Sample: a pattern rendered for one cell of its space.

A sample has an address, (pattern id, index). The index counts the valid cells
of the space and, innermost, the pattern's phrasings::

    index = cell_index * len(pattern.asks) + ask_index

so that an address renders the same bytes anywhere, for the same pattern
digest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from types import MappingProxyType

import jinja2

from plse.bounds import bounded
from plse.errors import RenderError, SpaceError
from plse.imports import is_test_path, with_imports
from plse.patterns import (
    Ask,
    Bundle,
    Derived,
    File,
    Pattern,
    Template,
)
from plse.samples import (
    SOLUTION_PATH,
    TEST_PATH,
    ClaimProgram,
    RenderedRun,
    Sample,
)
from plse.space import Axis, Constraint, Space
from plse.templates import (
    Compiled,
    environment,
    expression_names,
    names_used,
    tidy,
)

__all__ = ["Generator"]

_WHOLE_NUMBER = re.compile(r"-?(0|[1-9]\d{0,17})")
# No template can name this: it is no identifier.
_SITUATION_NUMBER = "situation number"


class Generator:
    """Renders the samples of one pattern; compiles each template once.

    :param env: the environment to compile in, for whoever wants to watch
        it; by default one of the pattern's fragments.
    """

    def __init__(
        self, pattern: Pattern, env: jinja2.Environment | None = None
    ) -> None:
        self.pattern = pattern
        self._env = env or environment(pattern.fragments)
        self._compiled: dict[str, Compiled] = {}
        self._wanted: dict[str, tuple[Derived, ...]] = {}

    @cached_property
    def space(self) -> Space:
        """The cells of the pattern.

        :raises SpaceError: if the constraints leave no cell, or tie
            together more combinations than can be tabulated.
        """
        axes = [
            Axis(parameter.name, parameter.options)
            for parameter in self.pattern.parameters
        ]
        if self.pattern.alternatives:
            axes.append(Axis("choice", self._choices()))
        return Space(axes, self._constraints())

    @property
    def size(self) -> int:
        """How many addresses there are: cells times phrasings."""
        return self.space.size * len(self.pattern.asks)

    def split(self, index: int) -> tuple[int, int]:
        """An address's cell index and phrasing."""
        return divmod(index, len(self.pattern.asks))

    def sample(self, index: int) -> Sample:
        """The sample at an address.

        :raises SpaceError: if the index is not in ``range(self.size)``.
        :raises RenderError: if a template fails or takes too much.
        """
        if not 0 <= index < self.size:
            raise SpaceError(
                f"{self.pattern.id} has the indices 0 to {self.size - 1}; "
                f"{index} is not among them"
            )
        cell_index, ask_index = self.split(index)
        return self.render(
            self.space.cell(cell_index), self.pattern.asks[ask_index], index
        )

    def render(
        self, cell: Mapping[str, object], ask: Ask, index: int
    ) -> Sample:
        """The sample of a cell that need not be in the space."""
        pattern = self.pattern
        with bounded(pattern.path, "pattern", pattern.why.line):
            context = self._context(cell)
            others = {
                alternative.name: self._code(alternative.code, context)
                for alternative in pattern.alternatives
            }
            if pattern.alternatives:
                solution = others.pop(str(context["choice"]))
            elif pattern.solution is not None:
                solution = self._code(pattern.solution, context)
            else:
                solution = ""
            mistake, fails = "", ()
            if pattern.mistake is not None:
                mistake = self._code(pattern.mistake.code, context)
                fails = tuple(
                    name
                    for template in pattern.mistake.fails
                    if (name := self._text(template, context).strip())
                )
            files, tests = self._files(context, solution)
            return Sample(
                pattern=pattern,
                index=index,
                cell=MappingProxyType(dict(cell)),
                ask=ask,
                instruction=self._text(ask.text, context).strip(),
                why=self._prose(pattern.why, context),
                solution=solution,
                mistake=mistake,
                fails=fails,
                others=MappingProxyType(others),
                tests=tests,
                files=files,
                runs=self._runs(context),
            )

    def code(self, cell: Mapping[str, object]) -> str:
        """Only the code that a cell teaches, without tests or prose."""
        pattern = self.pattern
        with bounded(pattern.path, "pattern", pattern.why.line):
            context = self._context(cell)
            template = self._taught(context)
            if template is not None:
                return self._code(template, context)
            return "\n".join(
                self._code(file.content, context)
                for file in pattern.files
                if (path := self._text(file.path, context)).endswith(".py")
                and not is_test_path(path)
            )

    def claims(self, cell: Mapping[str, object]) -> tuple[ClaimProgram, ...]:
        """The claims of a tradeoff for one cell."""
        pattern = self.pattern
        with bounded(pattern.path, "claims", pattern.why.line):
            context = self._context(cell)
            codes = {
                alternative.name: self._code(alternative.code, context)
                for alternative in pattern.alternatives
            }
            return tuple(
                ClaimProgram(
                    says=self._prose(claim.says, context),
                    counter=claim.counter,
                    program=self._code(claim.program, context),
                    less_name=claim.less,
                    less=codes[claim.less],
                    more_name=claim.more,
                    more=codes[claim.more],
                    by=claim.by,
                    line=claim.line,
                )
                for claim in pattern.claims
            )

    def line_of(
        self, sample: Sample, side: str, line: int
    ) -> tuple[Template, int] | None:
        """Where in the pattern file a line of a rendered text comes from.

        :param side: ``solution``, ``mistake``, ``tests``, the name of an
            alternative, or the path of a file.
        :param line: 1-based line of the rendered text.
        :returns: the template and the 1-based line of the pattern file;
            None if the text is not one of this sample's.
        """
        with bounded(self.pattern.path, "pattern", self.pattern.why.line):
            context = self._context(sample.cell)
            template = self._template_of(side, context)
            if template is None:
                return None
            compiled = self._compile(template)
            rendered = self._text(template, context)
            text, lines = tidy(rendered, compiled.lines(context))
            if template is self.pattern.tests:
                line -= sample.tests.count("\n") - text.count("\n")
        position = min(max(line, 1), len(lines)) - 1
        return template, lines[position] if lines else template.line

    def _template_of(
        self, side: str, context: dict[str, object]
    ) -> Template | None:
        pattern = self.pattern
        if side in ("solution", SOLUTION_PATH):
            return self._taught(context)
        if side == "mistake":
            return pattern.mistake.code if pattern.mistake else None
        if side in ("tests", TEST_PATH) and pattern.tests:
            return pattern.tests
        if side == "instruction":
            return None
        for alternative in pattern.alternatives:
            if alternative.name == side:
                return alternative.code
        for file in pattern.files:
            if self._text(file.path, context).strip() == side:
                return file.content
        return None

    def _taught(self, context: dict[str, object]) -> Template | None:
        for alternative in self.pattern.alternatives:
            if alternative.name == context["choice"]:
                return alternative.code
        return self.pattern.solution

    def _choices(self) -> list[Bundle]:
        return [
            Bundle({"name": alternative.name, "situation": number})
            for alternative in self.pattern.alternatives
            for number in range(len(alternative.when))
        ]

    def _constraints(self) -> list[Constraint]:
        constraints = []
        for template in self.pattern.constraints:
            evaluate = self._env.compile_expression(
                template.text, undefined_to_none=False
            )

            names = expression_names(self._env, template.text)
            wanted = self._derived_among(names)

            def holds(
                cell: Mapping[str, object],
                evaluate=evaluate,
                template: Template = template,
                wanted: Sequence[Derived] = wanted,
            ) -> bool:
                context = self._context(cell)
                self._supply(wanted, context)
                try:
                    return bool(evaluate(context))
                except (MemoryError, RenderError):
                    raise
                except Exception as error:
                    raise RenderError(
                        self.pattern.path,
                        template.key,
                        template.line,
                        str(error),
                    ) from None

            constraints.append(
                Constraint(
                    names=self._parameters_behind(names),
                    holds=holds,
                    text=f"{self.pattern.path}:{template.line}: "
                    f"{template.text}",
                )
            )
        return constraints

    def _parameters_behind(self, names: frozenset[str]) -> tuple[str, ...]:
        """Parameters that some names depend on, derived values expanded."""
        needed = set(names)
        for derived in reversed(self.pattern.derived):
            if derived.name in needed:
                needed |= names_used(self._env, derived.value.text)
        order = [parameter.name for parameter in self.pattern.parameters]
        if self.pattern.alternatives:
            order.append("choice")
        return tuple(name for name in order if name in needed)

    def _derived_among(self, names: frozenset[str]) -> tuple[Derived, ...]:
        return tuple(
            derived
            for derived in self.pattern.derived
            if derived.name in names
        )

    def _before(self, template: Template) -> tuple[Derived, ...]:
        """The derived values that a template may use.

        For the template of one of them, those that come before it.
        """
        derived = self.pattern.derived
        for place, each in enumerate(derived):
            if each.value is template:
                return derived[:place]
        return derived

    def _supply(
        self, wanted: Sequence[Derived], context: dict[str, object]
    ) -> None:
        """Add derived values to a context that lacks them."""
        for derived in wanted:
            if derived.name not in context:
                context[derived.name] = self._derive(derived.value, context)

    def _context(self, cell: Mapping[str, object]) -> dict[str, object]:
        """What templates see of a cell, which may be partial.

        Derived values join it when the first template asks for them.
        """
        context = dict(cell)
        choice = cell.get("choice")
        if self.pattern.alternatives and isinstance(choice, Bundle):
            context["choice"] = choice.name
            context[_SITUATION_NUMBER] = choice.situation
        return context

    def _situation(self, context: dict[str, object]) -> str:
        """The situation in which the chosen alternative is the right one."""
        (chosen,) = (
            alternative
            for alternative in self.pattern.alternatives
            if alternative.name == context["choice"]
        )
        number = context[_SITUATION_NUMBER]
        return self._text(chosen.when[number], context).strip()

    def _derive(
        self, template: Template, context: dict[str, object]
    ) -> object:
        """A derived value: a number where the text is one, else the text."""
        text = self._text(template, context).strip()
        return int(text) if _WHOLE_NUMBER.fullmatch(text) else text

    def _files(
        self, context: dict[str, object], solution: str
    ) -> tuple[tuple[File, ...], str]:
        pattern = self.pattern
        tests = ""
        files = [
            File(
                self._text(file.path, context).strip(),
                self._code(file.content, context),
            )
            for file in pattern.files
        ]
        if solution:
            files.insert(0, File(SOLUTION_PATH, solution))
        if pattern.tests is not None:
            tests = with_imports(
                self._code(pattern.tests, context), solution
            )
            files.append(File(TEST_PATH, tests))
        else:
            tests = next(
                (file.content for file in files if is_test_path(file.path)),
                "",
            )
        return tuple(files), tests

    def _runs(self, context: dict[str, object]) -> tuple[RenderedRun, ...]:
        return tuple(
            RenderedRun(
                command=self._text(run.command, context).strip(),
                exits=run.exits,
                prints=tuple(
                    self._text(text, context).strip() for text in run.prints
                ),
                writes=tuple(
                    self._text(path, context).strip() for path in run.writes
                ),
                line=run.line,
            )
            for run in self.pattern.runs
        )

    def _compile(self, template: Template) -> Compiled:
        compiled = self._compiled.get(template.key)
        if compiled is None:
            compiled = Compiled(self._env, template, self.pattern.path)
            self._compiled[template.key] = compiled
        return compiled

    def _text(self, template: Template, context: dict[str, object]) -> str:
        compiled = self._compile(template)
        wanted = self._wanted.get(template.key)
        if wanted is None:
            wanted = self._before(template)
            if not compiled.includes():
                names = compiled.names()
                wanted = tuple(
                    derived for derived in wanted if derived.name in names
                )
            self._wanted[template.key] = wanted
        self._supply(wanted, context)
        if (
            self.pattern.alternatives
            and "situation" in compiled.names()
            and "situation" not in context
        ):
            context["situation"] = self._situation(context)
        return compiled.render(context)

    def _code(self, template: Template, context: dict[str, object]) -> str:
        return tidy(self._text(template, context))[0]

    def _prose(self, template: Template, context: dict[str, object]) -> str:
        return re.sub(r"[ \t]*\n", "\n", self._text(template, context)).strip()
