"""PostgreSQL names for the objects that cdcmig creates.

PostgreSQL silently truncates identifiers to 63 bytes (``NAMEDATALEN`` - 1), so longer names are shortened here, with
a hash of the whole name.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable

from cdcmig.errors import NameCollisionError

MAX_BYTES = 63
_HASH_DIGITS = 8
# Leaves room for "_0", "_1" (the staging table's two partitions) and "_w" (the work copy).
_STAGING_BYTES = MAX_BYTES - 2


def shorten(name: str, limit: int = MAX_BYTES) -> str:
    """Return ``name`` if it has at most ``limit`` bytes in UTF-8, else a prefix, ``_`` and a hash.

    The hash is the first 8 hex digits of the SHA-256 of the whole name: deterministic, and different for names with
    the same prefix. Characters are not split, and combining accents stay with their letter.

    Args:
        name: the full name.
        limit: the maximum in bytes, at least 10.
    """
    encoded = name.encode()
    if len(encoded) <= limit:
        return name
    digest = hashlib.sha256(encoded).hexdigest()[:_HASH_DIGITS]
    prefix = encoded[: limit - _HASH_DIGITS - 1].decode(errors="ignore")
    while prefix and unicodedata.combining(name[len(prefix)]):
        prefix = prefix[:-1]
    return f"{prefix}_{digest}"


def schema_name(tenant_key: str) -> str:
    """Return the schema of a tenant: its key case-folded and in Unicode's composed form (NFC).

    Equivalent spellings, such as ``ÅS`` and ``Ås``, or ``å`` as one code point or two, give the same schema.
    """
    return _fold(tenant_key)


def staging_name(table: str) -> str:
    """Return the staging table's name: at most 61 bytes, with room for ``_0``, ``_1`` and ``_w``."""
    return shorten(f"stg_{table}", _STAGING_BYTES)


def merge_procedure_name(table: str) -> str:
    """Return the name of the procedure that merges the staging table into ``table``."""
    return shorten(f"sp_merge_{table.lower()}")


def purge_procedure_name(table: str) -> str:
    """Return the name of the procedure that deletes old tombstones from ``table``."""
    return shorten(f"sp_purge_{table.lower()}")


def check_collisions(names: Iterable[tuple[str, str]]) -> None:
    """Check that no two objects in one namespace have the same name, ignoring case.

    PostgreSQL would accept names that differ only in case, but SQL Server, people and many tools do not distinguish
    them.

    Args:
        names: pairs of an identifier and its origin, for messages.

    Raises:
        NameCollisionError: lists every collision with both origins.
    """
    seen: dict[str, tuple[str, str]] = {}
    collisions = []
    for name, origin in names:
        key = _fold(name)
        if key in seen:
            other, other_origin = seen[key]
            collisions.append(f'"{other}" ({other_origin}) and "{name}" ({origin}) would have the same name')
        else:
            seen[key] = (name, origin)
    if collisions:
        raise NameCollisionError("\n".join(collisions), hint="rename one of them")


def _fold(name: str) -> str:
    """Return the form of ``name`` that is equal for all its spellings (Unicode caseless matching, NFC)."""
    decomposed = unicodedata.normalize("NFD", name)
    return unicodedata.normalize("NFC", decomposed.casefold())


def next_key_name(table: str) -> str:
    """Return the name of the unique index that becomes a table's new primary key."""
    return shorten(f"{table}_next_key")


def sync_index_name(table: str) -> str:
    """Return the name of the index on a table's ``__sync_timestamp``."""
    return shorten(f"ix_{table}_sync_timestamp")
