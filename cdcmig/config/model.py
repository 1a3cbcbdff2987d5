"""The base of all configuration models: frozen, and strict about unknown keys."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema


class Model(BaseModel):
    """Immutable model; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, defer_build=True)


def _none_as_empty(value: Any) -> Any:
    return {} if value is None else value


NothingIsEmpty = BeforeValidator(_none_as_empty)
"""Reads a key without a value as an empty mapping: ``dbo.Actor:`` means ``dbo.Actor: {}``."""


Name = Annotated[str, Field(min_length=1)]
"""A name: text that is not empty."""


def _number_as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) else value


TextOrNumber = Annotated[
    str, BeforeValidator(_number_as_text), WithJsonSchema({"type": ["string", "integer"]})
]
"""Text; an integer is converted to its digits."""
