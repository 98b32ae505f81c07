"""The lines of the keys of a YAML text."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

__all__ = ["Lines"]

Place = tuple[object, ...]


class Lines:
    """Where each key and item of a YAML text stands.

    :param text: YAML that loads.
    """

    def __init__(self, text: str) -> None:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        node = yaml.compose(text, Loader=loader)
        self._lines = dict(_walk(node, ())) if node else {}

    def at(self, place: Place) -> int:
        """The line of a key, or of the nearest thing above it; 1-based."""
        while place and place not in self._lines:
            place = place[:-1]
        return self._lines.get(place, 0)


def _walk(node: yaml.Node, place: Place) -> Iterator[tuple[Place, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            # YAML 1.1 reads the key `on` as true; a workflow means the word.
            inner = (*place, key.value)
            yield inner, key.start_mark.line + 1
            yield from _walk(value, inner)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            inner = (*place, number)
            yield inner, value.start_mark.line + 1
            yield from _walk(value, inner)
