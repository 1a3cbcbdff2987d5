"""A piece of a file through its pydantic model; pydantic's errors become problems with file and line."""

from __future__ import annotations

import copy
from functools import cache
from itertools import takewhile
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from cdcmig.config.findings import Findings, suggestion
from cdcmig.config.json_schema import inner, property_names, words
from cdcmig.config.yaml_source import Document, Place

M = TypeVar("M", bound=BaseModel)

_KEY = "[key]"  # pydantic ends the place of a dict's key with this


def validated(
    model: type[M], document: Document, place: Place, findings: Findings, name: str | None = None
) -> M | None:
    """Return what stands at a place as a model; ``name`` is its key, for models that have one.

    Where parts of it are wrong, ``findings`` is told and they are left out of what is returned, so that the
    rest can still be checked. None: nothing useful is left.
    """
    data = document.at(place)
    if name is not None and isinstance(data, dict):
        if "name" in data:
            findings.error(document, (*place, "name"), _unknown_key(_schema(model), "name"))
        data = {**data, "name": name}
    try:
        return model.model_validate(data, by_alias=True, by_name=False)
    except ValidationError as invalid:
        errors = invalid.errors(include_url=False)
    for error in errors:
        where = tuple(part for part in error["loc"] if part != _KEY)
        findings.error(document, place + where, _explained(_schema(model), where, error))
    return _without_faults(model, data, errors)


def _explained(schema: dict[str, Any], where: Place, error: ErrorDetails) -> str:
    """Say what was expected, in the words of the model's JSON Schema. Values are shown only where safe."""
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    if error["type"] == "extra_forbidden" or error["loc"][-1:] == (_KEY,):
        return _unknown_key(inner(schema, where[:-1]), str(where[-1]))
    expected = inner(schema, where)
    if error["type"] == "missing":
        return f"the key is missing; expected {words(expected)}"
    return f"expected {words(expected)}, found {_found(error['input'], expected)}"


def _unknown_key(schema: dict[str, Any], key: str) -> str:
    return f"unknown key{suggestion(key, property_names(schema))}"


def _found(value: Any, expected: dict[str, Any]) -> str:
    if not isinstance(value, str):
        return kind_of(value)
    # Text where a mapping was expected may well be a URL with a password.
    simple = expected.get("type") in ("boolean", "integer") or "enum" in expected or "const" in expected
    return f'"{value}"' if simple and value else kind_of(value)


def kind_of(value: Any) -> str:
    """Say what a value from a file is, without its content."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    return "text" if value else "empty text"


@cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()


def _without_faults(model: type[M], data: Any, errors: list[ErrorDetails]) -> M | None:
    """Cut away what pydantic names until the rest is valid; every round cuts something, so it ends."""
    rest = copy.deepcopy(data)
    while errors:
        for error in errors:
            if not _cut(rest, _faulty_place(error)):
                return None
        try:
            return model.model_validate(rest, by_alias=True, by_name=False)
        except ValidationError as invalid:
            errors = invalid.errors(include_url=False, include_input=False)
    return None


def _faulty_place(error: ErrorDetails) -> Place:
    """Return what to cut: what a missing key is missing from; a whole list, so that indices stay right."""
    whole = tuple(part for part in error["loc"] if part != _KEY)
    if error["type"] == "extra_forbidden":
        return whole
    if error["type"] == "missing":
        whole = whole[:-1]
    return tuple(takewhile(lambda part: isinstance(part, str), whole))


def _cut(data: Any, place: Place) -> bool:
    """Remove a place if it is there; False for the root."""
    if not place:
        return False
    for part in place[:-1]:
        if isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
        else:
            data = data.get(part) if isinstance(data, dict) else None
    if isinstance(data, dict):
        data.pop(place[-1], None)
    return True
