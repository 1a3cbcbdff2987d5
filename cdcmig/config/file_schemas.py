"""JSON Schemas of the YAML files, for completion and validation in editors."""

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

_KEYED_BY_NAME: dict[str, type[BaseModel]] = {  # the file maps names to this model
    "service": Service,
    "source-groups": SourceGroup,
    "sink-groups": SinkGroup,
}
_WHOLE_FILE: dict[str, type[BaseModel]] = {
    "column-templates": ColumnTemplatesFile,
    "snapshot": TableSnapshot,
    "settings": Settings,
    "type-map": TypeMapFile,
}

KINDS = (*_KEYED_BY_NAME, *_WHOLE_FILE)
"""The kinds of files that have a JSON Schema."""


def file_schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of a kind of file, one of KINDS."""
    whole: Any = (
        GenericAlias(dict, (str, _KEYED_BY_NAME[kind])) if kind in _KEYED_BY_NAME else _WHOLE_FILE[kind]
    )
    return {"$schema": _DIALECT, **TypeAdapter(whole).json_schema(), "title": f"cdcmig {kind}"}
