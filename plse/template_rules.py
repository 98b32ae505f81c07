"""What can be said of templates without rendering them.

Every template of a pattern must parse, use filters that exist, and name only
what it will be given: parameters, derived values, fields of bundles, what it
sets itself. Errors are at the line of the pattern file on which the name
stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import jinja2
from jinja2 import nodes

from plse.library import Library
from plse.patterns import Bundle, Pattern, Template
from plse.schema_errors import dotted, nearest
from plse.template_names import Use, free_uses
from plse.yaml_source import Location, Source

__all__ = ["Used", "check_all_used", "check_templates"]

_IMPLICIT = ("choice", "situation")


@dataclass
class Used:
    """What a pattern's templates use.

    :param names: parameters, derived values and the like.
    :param fragments: file names of shared templates, direct or through
        others.
    """

    names: set[str] = field(default_factory=set)
    fragments: set[str] = field(default_factory=set)


def check_templates(
    pattern: Pattern, source: Source, library: Library
) -> Used:
    """Record what is wrong in the templates; returns what they use."""
    checker = _Checker(pattern, source, library)
    parameters = source.data.get("parameters") if source.data else None
    names = set(parameters) if isinstance(parameters, dict) else set()
    derived = {each.name for each in pattern.derived}
    plain = names - derived
    chosen = {"choice"} if pattern.alternatives else set()
    everything = names | (set(_IMPLICIT) if chosen else set())
    so_far = plain | chosen
    for each in pattern.derived:
        later = derived - so_far
        checker.check(each.value, so_far, later)
        so_far = so_far | {each.name}
    for constraint in pattern.constraints:
        checker.check_expression(constraint, names | chosen)
    for alternative in pattern.alternatives:
        for when in alternative.when:
            checker.check(when, names | chosen)
    for claim in pattern.claims:
        checker.check(claim.says, names)
        checker.check(claim.program, names)
    for template in _remaining(pattern):
        checker.check(template, everything)
    return checker.used


def check_all_used(pattern: Pattern, source: Source, used: Used) -> None:
    """Record parameters and derived values that nothing uses."""
    for each in (*pattern.parameters, *pattern.derived):
        if each.name not in used.names:
            source.add(
                ("parameters", each.name),
                f"nothing uses the parameter `{each.name}`",
                "use it in a template, or delete it: it would only repeat "
                "samples",
            )


def _remaining(pattern: Pattern) -> Iterator[Template]:
    """The templates that see everything."""
    yield pattern.why
    yield from (ask.text for ask in pattern.asks)
    if pattern.mistake:
        yield pattern.mistake.code
        yield from pattern.mistake.fails
    if pattern.solution:
        yield pattern.solution
    yield from (way.code for way in pattern.alternatives)
    if pattern.tests:
        yield pattern.tests
    for file in pattern.files:
        yield file.path
        yield file.content
    for run in pattern.runs:
        yield run.command
        yield from run.prints
        yield from run.writes


@dataclass(frozen=True, slots=True)
class _Finding:
    line: int
    cause: str
    remedy: str


class _Checker:
    def __init__(
        self, pattern: Pattern, source: Source, library: Library
    ) -> None:
        self.used = Used()
        self._source = source
        self._library = library
        self._env = library.environment
        self._fields = {
            parameter.name: frozenset(parameter.options[0])
            for parameter in pattern.parameters
            if parameter.options
            and not isinstance(parameter.options, range)
            and all(isinstance(each, Bundle) for each in parameter.options)
        }
        self._locations: dict[str, Location] = {}

    def check(
        self,
        template: Template,
        known: set[str],
        later: set[str] | frozenset[str] = frozenset(),
    ) -> None:
        """Record what is wrong in a template that sees ``known`` names.

        :param later: names of derived values that are computed afterwards.
        """
        if "{" not in template.text:
            return
        findings = self._findings(template.text, known, later)
        self._record(template, findings, known, later)

    def check_expression(self, template: Template, known: set[str]) -> None:
        """The same for an expression without braces."""
        text = template.text
        if "{{" in text or "{%" in text:
            self._add(
                template,
                1,
                "a constraint is an expression already",
                "leave the braces out",
            )
            return
        findings = self._findings("{{ (" + text + "\n) }}", known, frozenset())
        for finding in findings:
            self._add(template, 1, finding.cause, finding.remedy)
        if not findings and not self._names(text) & known:
            self._add(
                template,
                1,
                "the constraint names no parameter, so it holds always or "
                "never",
                nearest("", known),
            )

    def _names(self, text: str) -> set[str]:
        tree = self._env.parse("{{ (" + text + "\n) }}")
        return {use.name for use in free_uses(tree)}

    def _findings(
        self, text: str, known: set[str], later: set[str] | frozenset[str]
    ) -> list[_Finding]:
        try:
            tree = self._env.parse(text)
        except jinja2.TemplateSyntaxError as error:
            cause = f"the template does not parse: {error.message}"
            return [_Finding(error.lineno, cause.rstrip("."), "")]
        except RecursionError:
            return [_Finding(1, "the template nests too deeply", "")]
        findings = [*self._unknown_filters(tree), *self._imports(tree, known)]
        seen: set[str] = set()
        for use in free_uses(tree):
            if use.name in self._env.globals:
                continue
            self.used.names.add(use.name)
            finding = self._judge(use, known, later)
            if finding and finding.cause not in seen:
                seen.add(finding.cause)
                findings.append(finding)
        return findings

    def _judge(
        self, use: Use, known: set[str], later: set[str] | frozenset[str]
    ) -> _Finding | None:
        if use.name in later:
            return _Finding(
                use.line,
                f"`{use.name}` is derived further down",
                "put it above what uses it",
            )
        if use.name not in known:
            return _Finding(
                use.line,
                f"`{use.name}` is not defined here",
                nearest(use.name, known),
            )
        fields = self._fields.get(use.name)
        if fields and use.field and use.field not in fields:
            return _Finding(
                use.line,
                f"`{use.name}` has no field `{use.field}`",
                nearest(use.field, fields),
            )
        return None

    def _unknown_filters(self, tree: nodes.Template) -> Iterator[_Finding]:
        for node in tree.find_all((nodes.Filter, nodes.Test)):
            is_filter = isinstance(node, nodes.Filter)
            known = self._env.filters if is_filter else self._env.tests
            if node.name not in known:
                kind = "filter" if is_filter else "test"
                yield _Finding(
                    node.lineno,
                    f"there is no {kind} `{node.name}`",
                    nearest(node.name, known),
                )

    def _imports(
        self, tree: nodes.Template, known: set[str]
    ) -> Iterator[_Finding]:
        kinds = (nodes.Import, nodes.FromImport, nodes.Include, nodes.Extends)
        for node in tree.find_all(kinds):
            name = node.template
            if not isinstance(name, nodes.Const) or not isinstance(
                name.value, str
            ):
                yield _Finding(
                    node.lineno,
                    "a fragment must be named by a plain text",
                    'write the name itself: {% import "name.jinja" as it %}',
                )
                continue
            passed = known if getattr(node, "with_context", True) else set()
            yield from self._fragment(name.value, node.lineno, passed)

    def _fragment(
        self,
        name: str,
        line: int,
        passed: set[str],
        around: tuple[str, ...] = (),
    ) -> Iterator[_Finding]:
        """What a fragment, and those that it uses in turn, needs."""
        if name in around:
            circle = " → ".join((*around, name))
            yield _Finding(
                line, f"fragments use each other in a circle: {circle}", ""
            )
            return
        text = self._library.fragments.get(name)
        if text is None:
            yield _Finding(
                line,
                f"there is no fragment `{name}`",
                nearest(name, self._library.fragments),
            )
            return
        self.used.fragments.add(name)
        try:
            tree = self._env.parse(text)
        except jinja2.TemplateSyntaxError as error:
            yield _Finding(
                line,
                f"the fragment {name} does not parse: line {error.lineno}: "
                f"{error.message}",
                "mend it first",
            )
            return
        for use in free_uses(tree):
            if use.name in self._env.globals:
                continue
            if use.name in passed:
                self.used.names.add(use.name)
                continue
            yield _Finding(
                line,
                f"line {use.line} of the fragment {name} uses "
                f"`{use.name}`, which it is not given here",
                "hand it to the macro as an argument, or import `with "
                "context`",
            )
        for inner in self._unknown_filters(tree):
            yield _Finding(
                line,
                f"line {inner.line} of the fragment {name}: {inner.cause}",
                inner.remedy,
            )
        kinds = (nodes.Import, nodes.FromImport, nodes.Include, nodes.Extends)
        for node in tree.find_all(kinds):
            if isinstance(node.template, nodes.Const):
                yield from self._fragment(
                    str(node.template.value),
                    line,
                    passed if getattr(node, "with_context", True) else set(),
                    (*around, name),
                )

    def _record(
        self,
        template: Template,
        findings: list[_Finding],
        known: set[str],
        later: set[str] | frozenset[str],
    ) -> None:
        if not findings:
            return
        place = self._source.place(self._location(template))
        if place.style != "|" and place.last_line > place.text_line:
            # Folding has joined the lines: look for the same in the file.
            lines = self._source.text.split("\n")
            raw = "\n".join(lines[place.text_line - 1 : place.last_line])
            again = self._findings(raw, known, later)
            causes = {finding.cause: finding for finding in again}
            findings = [
                causes.get(finding.cause, finding) for finding in findings
            ]
        for finding in findings:
            self._add(template, finding.line, finding.cause, finding.remedy)

    def _add(
        self, template: Template, line: int, cause: str, remedy: str
    ) -> None:
        if not self._source.is_spoilt(self._location(template)):
            self._source.add_at(
                template.line + line - 1,
                f"`{template.key}`: {cause}",
                remedy,
            )

    def _location(self, template: Template) -> Location:
        if not self._locations:
            self._locations = {
                dotted(location): location for location in self._source.places
            }
        return self._locations.get(template.key, ())
