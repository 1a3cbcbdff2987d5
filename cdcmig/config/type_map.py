"""The form of ``type-map.yaml``; what it means is defined in cdcmig.mapping.types."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, RootModel

from cdcmig.config.model import Model


class TypeMapLine(Model):
    """What a SQL Server type becomes: a PostgreSQL type, and a warning for each column that it is used in."""

    type: str
    warning: str | None = None


def _line_of_text(value: Any) -> Any:
    return {"type": value} if isinstance(value, str) else value


_Line = Annotated[TypeMapLine, BeforeValidator(_line_of_text, json_schema_input_type=TypeMapLine | str)]


class TypeMapFile(RootModel[dict[str, _Line]]):
    """SQL Server type: PostgreSQL type, or a mapping of type and warning."""
