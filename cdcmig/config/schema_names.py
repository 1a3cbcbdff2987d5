"""Which names a tenant, and so its PostgreSQL schema, may have."""

from __future__ import annotations

import re

MAX_BYTES = 63
"""PostgreSQL's limit for identifiers (NAMEDATALEN - 1)."""

_RESERVED = {"cdc_management", "information_schema"}


def schema_fault(schema: str, *, public: bool = False) -> str | None:
    """Return what keeps a name from being a schema's, None if nothing does; ``public`` says if that is allowed."""
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
