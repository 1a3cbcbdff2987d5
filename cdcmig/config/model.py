"""The base of all configuration models: frozen, and strict about unknown keys."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema


class Model(BaseModel):
    """Immutable; a key that the model does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, defer_build=True)


def _nothing_as_empty(value: Any) -> Any:
    return {} if value is None else value


NothingIsEmpty = BeforeValidator(_nothing_as_empty)
"""Lets a key without a value stand for an empty mapping: ``dbo.Actor:`` for ``dbo.Actor: {}``."""


Name = Annotated[str, Field(min_length=1)]
"""Text that names something, so it cannot be empty."""


def _number_as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) else value


TextOrNumber = Annotated[
    str, BeforeValidator(_number_as_text), WithJsonSchema({"type": ["string", "integer"]})
]
"""Text; a whole number is taken as its digits."""
