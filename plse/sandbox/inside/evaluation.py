"""Evaluating code to a value, and writing the value as inert text.

Only plain data passes: exact built-in types, so that nothing that compares
itself equal to everything, or runs code when it is read, reaches the parent.
"""

from __future__ import annotations

import json

__all__ = ["encode", "evaluate"]

_DEPTH = 50


def evaluate(source: str, root: str) -> str:
    """Execute the source and encode what it bound to ``result``.

    :raises BaseException: whatever the source raises; NameError when it
        binds no ``result``; TypeError when that is not plain data.
    """
    names = {
        "__name__": "__evaluate__",
        "__file__": f"{root}__evaluate__.py",
        "__builtins__": __builtins__,
    }
    code = compile(
        source, f"{root}__evaluate__.py", "exec", dont_inherit=True
    )
    exec(code, names)
    if "result" not in names:
        raise NameError("the code binds no name 'result'")
    return json.dumps(encode(names["result"]))


def encode(value: object, depth: int = 0) -> object:
    """A value as nested JSON lists that begin with a letter for the type.

    :raises TypeError: for anything but plain data.
    """
    kind = type(value)
    if depth > _DEPTH:
        raise TypeError("the result is nested too deeply")
    if value is None or kind is bool or kind is str:
        return value
    if kind is int:
        return ["i", hex(value)]
    if kind is float:
        return ["f", value.hex()]
    if kind is complex:
        return ["c", value.real.hex(), value.imag.hex()]
    if kind is bytes:
        return ["b", value.hex()]
    if kind in (list, tuple):
        letter = "l" if kind is list else "t"
        return [letter, *(encode(item, depth + 1) for item in value)]
    if kind in (set, frozenset):
        letter = "s" if kind is set else "z"
        items = [encode(item, depth + 1) for item in value]
        return [letter, *sorted(items, key=json.dumps)]
    if kind is dict:
        return [
            "d",
            *(
                [encode(key, depth + 1), encode(item, depth + 1)]
                for key, item in value.items()
            ),
        ]
    raise TypeError(f"the result holds a {kind.__name__}, not plain data")
