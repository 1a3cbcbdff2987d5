"""Rules for the names of tenants (PostgreSQL schemas) and sinks (folders below alembic/)."""

from __future__ import annotations

import re

MAX_BYTES = 63
"""PostgreSQL's limit for identifiers (NAMEDATALEN - 1)."""

_MAX_FOLDER_BYTES = 200  # file systems allow 255

_RESERVED = {"cdc_management", "information_schema"}


def schema_fault(schema: str, *, public: bool = False) -> str | None:
    """Return why a name is not a valid schema name, None if it is valid.

    Args:
        schema: the name.
        public: whether the schema ``public`` is allowed.
    """
    if not schema.strip():
        return "expected a name, found an empty one"
    if schema in _RESERVED or (schema == "public" and not public) or schema.startswith("pg_"):
        return f'the schema "{schema}" is reserved; expected another name'
    if re.search(r"[\x00-\x1f\x7f]", schema):
        return "expected a name without control characters"
    size = len(schema.encode())
    if size > MAX_BYTES:
        return f"expected a name of at most {MAX_BYTES} bytes in UTF-8, found {size}"
    return None


def folder_fault(name: str) -> str | None:
    """Return why a name is not a valid folder name on every operating system, None if it is valid."""
    if not name.strip():
        return "expected a name, found an empty one"
    if re.search(r'[\x00-\x1f\x7f/\\:*?"<>|\[\]]', name):
        return 'expected a valid folder name: without control characters and / \\ : * ? " < > | [ ]'
    size = len(name.encode())
    if size > _MAX_FOLDER_BYTES:
        return f"expected a name of at most {_MAX_FOLDER_BYTES} bytes in UTF-8, found {size}"
    return None
