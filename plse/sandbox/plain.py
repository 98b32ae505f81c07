"""Reading the values that a child has encoded, without trusting them."""

from __future__ import annotations

import json

__all__ = ["decode"]


def decode(text: str) -> object:
    """The value that :mod:`plse.sandbox.inside.evaluation` encoded.

    :raises ValueError: for anything that it does not write.
    """
    try:
        return _value(json.loads(text))
    except (TypeError, RecursionError, OverflowError) as error:
        raise ValueError(str(error)) from error


def _value(data: object) -> object:
    if data is None or isinstance(data, (bool, str)):
        return data
    if not isinstance(data, list) or not data:
        raise ValueError("not a value")
    letter, *rest = data
    if letter == "i" and len(rest) == 1:
        return int(rest[0], 16)
    if letter == "f" and len(rest) == 1:
        return float.fromhex(rest[0])
    if letter == "c" and len(rest) == 2:
        return complex(float.fromhex(rest[0]), float.fromhex(rest[1]))
    if letter == "b" and len(rest) == 1:
        return bytes.fromhex(rest[0])
    if letter == "d":
        return {_value(key): _value(item) for key, item in rest}
    makers = {"l": list, "t": tuple, "s": set, "z": frozenset}
    if letter in makers:
        return makers[letter](_value(item) for item in rest)
    raise ValueError("not a value")
