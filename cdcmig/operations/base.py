"""What all custom operations have in common: a definition, a schema, and an operation that undoes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Generic, TypeVar

from alembic.operations import MigrateOperation

Definition = TypeVar("Definition")


class ObjectOperation(MigrateOperation, Generic[Definition]):
    """An operation on one object of a schema."""

    name: ClassVar[str]
    inverse: ClassVar[type[ObjectOperation[Any]]]

    def __init__(self, definition: Definition, schema: str) -> None:
        self.definition = definition
        self.schema = schema
        self.table: str | None = getattr(definition, "table", None) or getattr(definition, "like", None)

    def reverse(self) -> MigrateOperation:
        """Return the operation that undoes this one."""
        return self.inverse(self.definition, self.schema)

    def to_diff_tuple(self) -> tuple[Any, ...]:
        """Return what ``alembic check`` prints."""
        return (self.name, self.schema, self.definition)


_Op = TypeVar("_Op", bound=type[ObjectOperation[Any]])


def inverse_of(other: type[ObjectOperation[Any]]) -> Callable[[_Op], _Op]:
    """Make the decorated operation and ``other`` undo each other."""

    def decorate(operation: _Op) -> _Op:
        operation.inverse, other.inverse = other, operation
        return operation

    return decorate
