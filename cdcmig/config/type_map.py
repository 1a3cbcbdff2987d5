"""Model of ``type-map.yaml``; cdcmig.mapping.types interprets it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, RootModel

from cdcmig.config.model import Model


class TypeMapLine(Model):
    """The PostgreSQL type for a SQL Server type, and a warning shown for each column that has it."""

    type: str
    warning: str | None = None


def _line_of_text(value: Any) -> Any:
    return {"type": value} if isinstance(value, str) else value


_Line = Annotated[TypeMapLine, BeforeValidator(_line_of_text, json_schema_input_type=TypeMapLine | str)]


class TypeMapFile(RootModel[dict[str, _Line]]):
    """Maps a SQL Server type to a PostgreSQL type, or to a mapping with ``type`` and ``warning``."""
