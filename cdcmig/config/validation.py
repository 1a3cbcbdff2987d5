"""Validates a part of a file with a pydantic model; converts pydantic's errors to findings with file and line."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from cdcmig.config.findings import Findings
from cdcmig.config.yaml_source import Document, Place

M = TypeVar("M", bound=BaseModel)

_KEY = "[key]"  # last part of the location in pydantic's errors about dict keys
_EXPECTED = {  # keyed by pydantic's error type, formatted with its context
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "greater_than_equal": "a number from {ge}",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "less_than_equal": "a number up to {le}",
    "list_type": "a list",
    "literal_error": "one of {expected}",
    "model_type": "a mapping",
    "string_too_short": "text that is not empty",
    "string_type": "text",
    "too_short": "a list that is not empty",
}
_SHOWN = {"bool_parsing", "greater_than_equal", "int_parsing", "less_than_equal", "literal_error"}
"""Errors that show the value found; others do not, since text in place of a mapping may contain a password."""


def validated(
    model: type[M], document: Document, place: Place, findings: Findings, name: str | None = None
) -> M | None:
    """Return the value at a place as a model; None, with findings added, if it is invalid.

    Args:
        model: the pydantic model.
        document: the file.
        place: the location of the value in the file.
        findings: where errors are added.
        name: the value's key, for models with a name.
    """
    data = document.at(place)
    if name is not None and isinstance(data, dict):
        if "name" in data:
            message = "unknown key" + findings.suggestion("name", _known_keys(model, ()))
            findings.error(document, (*place, "name"), message)
        data = {**data, "name": name}
    try:
        return model.model_validate(data, by_alias=True, by_name=False)
    except ValidationError as invalid:
        for error in invalid.errors(include_url=False):
            where = tuple(part for part in error["loc"] if part != _KEY)
            findings.error(document, place + where, _message(model, where, error, findings))
    return None


def _message(model: type[BaseModel], where: Place, error: ErrorDetails, findings: Findings) -> str:
    kind = error["type"]
    if kind == "value_error":
        return str(error["ctx"]["error"])
    if kind == "missing":
        return "the key is missing"
    if kind == "extra_forbidden" or error["loc"][-1:] == (_KEY,):
        return "unknown key" + findings.suggestion(str(where[-1]), _known_keys(model, where[:-1]))
    expected = _EXPECTED[kind].format(**error.get("ctx", {})).replace("'", '"').replace('" or "', '", "')
    found = error["input"]
    shown = f'"{found}"' if kind in _SHOWN and found and isinstance(found, str | int) else kind_of(found)
    return f"expected {expected}, found {shown}"


def kind_of(value: Any) -> str:
    """Describe the kind of a YAML value without showing its content."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    return "text" if value else "empty text"


def _known_keys(model: type[BaseModel], place: Place) -> list[str]:
    """Return the keys allowed in the mapping at a place, from the model's JSON Schema."""
    root = here = _schema(model)
    for part in place:
        step = here.get("items") if isinstance(part, int) else here.get("properties", {}).get(part)
        here = step or here["additionalProperties"]
        here = here.get("anyOf", [here])[0]
        if "$ref" in here:
            here = root["$defs"][here["$ref"].removeprefix("#/$defs/")]
    return [*here.get("properties", {}), *here.get("propertyNames", {}).get("enum", [])]


@cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()
