"""JSON Schemas of the YAML files, for editors that complete and check while one types."""

from __future__ import annotations

from types import GenericAlias
from typing import Any

from pydantic import BaseModel, TypeAdapter

from cdcmig.config.groups import SinkGroup, SourceGroup
from cdcmig.config.service import Service
from cdcmig.config.settings import Settings
from cdcmig.config.snapshot import TableSnapshot
from cdcmig.config.templates import ColumnTemplatesFile
from cdcmig.config.type_map import TypeMapFile

_DIALECT = "https://json-schema.org/draft/2020-12/schema"

_NAMED: dict[str, type[BaseModel]] = {  # files that are mappings of names to these
    "service": Service,
    "source-groups": SourceGroup,
    "sink-groups": SinkGroup,
}
_WHOLE: dict[str, type[BaseModel]] = {
    "column-templates": ColumnTemplatesFile,
    "snapshot": TableSnapshot,
    "settings": Settings,
    "type-map": TypeMapFile,
}

KINDS = (*_NAMED, *_WHOLE)
"""The kinds of files that have a schema."""


def file_schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of a kind of file, one of KINDS."""
    whole: Any = GenericAlias(dict, (str, _NAMED[kind])) if kind in _NAMED else _WHOLE[kind]
    return {"$schema": _DIALECT, **TypeAdapter(whole).json_schema(), "title": f"cdcmig {kind}"}
