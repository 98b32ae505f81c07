"""The JSON Schema that editors use."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plse.registry import json_schema
from plse.schema import COUNTERS


def objects(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {"PatternFile": schema, **schema["$defs"]}


def test_the_schema_is_json_and_says_so() -> None:
    schema = json.loads(json.dumps(json_schema()))
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert schema["additionalProperties"] is False
    assert {"title", "concept", "why", "ask"} <= set(schema["required"])


@pytest.mark.parametrize("name", sorted(objects(json_schema())))
def test_every_key_is_described(name: str) -> None:
    model = objects(json_schema())[name]
    assert model["description"]
    for key, value in model["properties"].items():
        assert value.get("description"), f"{name}.{key}"


def test_keys_are_those_that_an_author_writes() -> None:
    models = objects(json_schema())
    assert set(models["RangePart"]["properties"]) == {"from", "to", "step"}
    assert set(models["VocabularyPart"]["properties"]) == {"from", "only"}
    assert models["ClaimPart"]["properties"]["counter"]["enum"] == list(
        COUNTERS
    )
