"""PostgreSQL names for the objects that cdcmig makes.

PostgreSQL cuts identifiers at 63 bytes without an error (``NAMEDATALEN`` - 1), so names are shortened here,
with a hash of the whole name, before PostgreSQL sees them.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable

from cdcmig.errors import NameCollisionError

MAX_BYTES = 63
_HASH_DIGITS = 8
# Room for "_0", "_1" (the staging table's two partitions) and "_w" (the work copy).
_STAGING_BYTES = MAX_BYTES - 2


def shorten(name: str, limit: int = MAX_BYTES) -> str:
    """Return ``name`` if it has at most ``limit`` bytes in UTF-8, else its beginning, ``_`` and a hash.

    The hash is the first 8 hex digits of the SHA-256 of the whole name: the same on every machine, and
    different for names that begin alike. No character is split, nor an accent parted from its letter.

    :param limit: at least 10 bytes
    """
    encoded = name.encode()
    if len(encoded) <= limit:
        return name
    digest = hashlib.sha256(encoded).hexdigest()[:_HASH_DIGITS]
    kept = encoded[: limit - _HASH_DIGITS - 1].decode(errors="ignore")
    while kept and unicodedata.combining(name[len(kept)]):
        kept = kept[:-1]
    return f"{kept}_{digest}"


def schema_name(tenant_key: str) -> str:
    """Return the schema of a tenant: its key case-folded and in Unicode's composed form (NFC).

    Spellings that a person would call the same, ``ÅS`` and ``Ås`` or ``å`` typed as one sign and as two,
    give the same schema.
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
    """Check that no two objects of one namespace share a name; upper and lower case are the same.

    PostgreSQL would accept names that differ by case alone, but SQL Server, where the names come from, takes
    them for one, and so do people and many tools.

    :param names: pairs of the final identifier and a text that says where it comes from
    :raises NameCollisionError: names every collision, with both origins
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
        raise NameCollisionError("\n".join(collisions), hint="give one of them another name")


def _fold(name: str) -> str:
    """Return what spellings of ``name`` in upper and lower case share (Unicode's caseless match, NFC)."""
    decomposed = unicodedata.normalize("NFD", name)
    return unicodedata.normalize("NFC", decomposed.casefold())


def next_key_name(table: str) -> str:
    """Return the name of the unique index that is built to become a table's primary key."""
    return shorten(f"{table}_next_key")


def sync_index_name(table: str) -> str:
    """Return the name of the index on the time of a table's last merge."""
    return shorten(f"ix_{table}_sync_timestamp")
