"""Reading JSON Schemas that pydantic made: what is allowed at a place, and how a person would say it."""

from __future__ import annotations

import json
from typing import Any

from cdcmig.config.yaml_source import Place

Schema = dict[str, Any]

_WORDS = {"string": "text", "boolean": "true or false", "array": "a list", "object": "a mapping"}


def inner(schema: Schema, place: Place) -> Schema:
    """Return the schema of a place, with references followed; empty where anything is allowed."""
    here = _resolved(schema, schema)
    for part in place:
        step = here.get("items") if isinstance(part, int) else here.get("properties", {}).get(part)
        here = _resolved(schema, step if step is not None else here.get("additionalProperties") or {})
    return here


def property_names(schema: Schema) -> list[str]:
    """Return the keys that a mapping may have, where they are limited."""
    return [*schema.get("properties", {}), *schema.get("propertyNames", {}).get("enum", [])]


def words(schema: Schema) -> str:
    """Say what is expected: ``true or false``, ``a whole number from 10 to 100``, ``one of "a", "b"``."""
    allowed = schema.get("enum") or [schema[key] for key in ("const",) if key in schema]
    if allowed:
        names = ", ".join(json.dumps(value) for value in allowed)
        return f"one of {names}" if len(allowed) > 1 else names
    if schema.get("type") == "integer":
        bounds = [
            f" {word} {schema[key]}"
            for word, key in (("from", "minimum"), ("to", "maximum"))
            if key in schema
        ]
        return "a whole number" + "".join(bounds)
    filled = schema.get("minItems") or schema.get("minLength")
    kind = schema.get("type", "")
    kind = kind[0] if isinstance(kind, list) else kind
    return _WORDS.get(kind, "another value") + (" that is not empty" if filled else "")


def _resolved(root: Schema, schema: Schema) -> Schema:
    if "$ref" in schema:
        return _resolved(root, root["$defs"][schema["$ref"].removeprefix("#/$defs/")])
    if "anyOf" in schema:  # pydantic writes X | None so, null last
        return _resolved(root, schema["anyOf"][0])
    return schema
