"""What can be said of templates without rendering them.

Every template of a pattern must parse, use filters that exist, and name only
what it will be given: parameters, derived values, fields of bundles, what it
sets itself. Errors are at the line of the pattern file on which the name
stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass, field

from plse.loading.library import Library
from plse.loading.schema_errors import dotted, nearest
from plse.loading.template_facts import Finding, Reference, Use
from plse.loading.yaml_source import Location, Source
from plse.patterns import Bundle, Pattern, Template

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
    data = source.data if isinstance(source.data, dict) else {}
    parameters = data.get("parameters")
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


class _Checker:
    def __init__(
        self, pattern: Pattern, source: Source, library: Library
    ) -> None:
        self.used = Used()
        self._source = source
        self._library = library
        self._fields = {
            parameter.name: frozenset(parameter.options[0])
            for parameter in pattern.parameters
            if parameter.options
            and not isinstance(parameter.options, range)
            and all(isinstance(each, Bundle) for each in parameter.options)
        }
        self._locations: dict[str, Location] = {}
        # What is wrong inside a fragment is told at its first import only.
        self._inside: set[str] = set()
        self._told: set[str] = set()

    def check(
        self,
        template: Template,
        known: Set[str],
        later: Set[str] = frozenset(),
    ) -> None:
        """Record what is wrong in a template that sees ``known`` names.

        :param later: names of derived values that are computed afterwards.
        """
        if "{" not in template.text:
            return
        findings = self._findings(template.text, known, later)
        if not findings:
            return
        place = self._source.place(self._location(template))
        if place.style != "|" and place.last_line > place.text_line:
            # YAML has joined the lines: look for the same in the file.
            lines = self._source.text.split("\n")
            raw = "\n".join(lines[place.text_line - 1 : place.last_line])
            again = {
                finding.cause: finding
                for finding in self._findings(raw, known, later)
            }
            findings = [
                again.get(finding.cause, finding) for finding in findings
            ]
        self._told |= self._inside
        for finding in findings:
            self._add(template, finding)

    def check_expression(self, template: Template, known: Set[str]) -> None:
        """The same for an expression without braces."""
        if "{{" in template.text or "{%" in template.text:
            findings = [
                Finding(
                    1,
                    "a constraint is an expression already",
                    "leave the braces out",
                )
            ]
        else:
            text = "{{ (" + template.text + "\n) }}"
            before = set(self.used.names)
            self.used.names.clear()
            findings = self._findings(text, known, frozenset())
            if not findings and not self.used.names:
                findings = [
                    Finding(
                        1,
                        "the constraint names no parameter, so it holds "
                        "always or never",
                        nearest("", known),
                    )
                ]
            self.used.names |= before
        for finding in findings:
            self._add(template, Finding(1, finding.cause, finding.remedy))

    def _findings(
        self, text: str, known: Set[str], later: Set[str]
    ) -> list[Finding]:
        facts = self._library.templates.facts(text)
        findings = {finding.cause: finding for finding in facts.findings}
        for reference in facts.references:
            passed = known if reference.with_context else frozenset()
            for finding in self._fragment(reference, passed):
                if finding.cause not in self._told:
                    findings.setdefault(finding.cause, finding)
                if reference.name in self._library.fragments:
                    self._inside.add(finding.cause)
        for use in facts.uses:
            self.used.names.add(use.name)
            finding = self._judge(use, known, later)
            if finding:
                findings.setdefault(finding.cause, finding)
        return list(findings.values())

    def _judge(
        self, use: Use, known: Set[str], later: Set[str]
    ) -> Finding | None:
        if use.name in later:
            return Finding(
                use.line,
                f"`{use.name}` is derived further down",
                "put it above what uses it",
            )
        if use.name not in known:
            return Finding(
                use.line,
                f"`{use.name}` is not defined here",
                nearest(use.name, known),
            )
        fields = self._fields.get(use.name)
        if fields and use.field and use.field not in fields:
            return Finding(
                use.line,
                f"`{use.name}` has no field `{use.field}`",
                nearest(use.field, fields),
            )
        return None

    def _fragment(
        self,
        reference: Reference,
        passed: Set[str],
        around: tuple[str, ...] = (),
    ) -> Iterator[Finding]:
        """What a fragment, and those that it uses in turn, lacks."""
        name, line = reference.name, reference.line
        if name in around:
            circle = " → ".join((*around, name))
            yield Finding(
                line,
                f"fragments use each other in a circle: {circle}",
                "move what both need into a third",
            )
            return
        text = self._library.fragments.get(name)
        if text is None:
            yield Finding(
                line,
                f"there is no fragment `{name}`",
                nearest(name, self._library.fragments),
            )
            return
        self.used.fragments.add(name)
        facts = self._library.templates.facts(text)
        for finding in facts.findings:
            yield Finding(
                line,
                f"line {finding.line} of the fragment {name}: {finding.cause}",
                finding.remedy or "mend it there",
            )
        for use in facts.uses:
            if use.name in passed:
                self.used.names.add(use.name)
                continue
            if use.macro and use.macro not in reference.members:
                continue
            yield Finding(
                line,
                f"line {use.line} of the fragment {name} uses "
                f"`{use.name}`, which it is not given here",
                "hand it to the macro as an argument, or import `with "
                "context`",
            )
        for inner in facts.references:
            # Which of its macros call further ones, rendering will show.
            yield from self._fragment(
                Reference(inner.name, line, inner.with_context),
                passed if inner.with_context else frozenset(),
                (*around, name),
            )

    def _add(self, template: Template, finding: Finding) -> None:
        if not self._source.is_spoilt(self._location(template)):
            self._source.add_at(
                template.line + finding.line - 1,
                f"`{template.key}`: {finding.cause}",
                finding.remedy,
            )

    def _location(self, template: Template) -> Location:
        if not self._locations:
            self._locations = {
                dotted(location): location for location in self._source.places
            }
        return self._locations.get(template.key, ())
