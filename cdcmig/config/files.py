"""Paths of the configuration files of a migration repository."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from cdcmig.config.findings import Findings
from cdcmig.config.table_names import Spellings, TableName
from cdcmig.errors import CONFIG, Finding

SERVICES = "services"
SNAPSHOTS = "services/_schemas"
SOURCE_GROUPS = "source-groups.yaml"
SINK_GROUPS = "sink-groups.yaml"
COLUMN_TEMPLATES = "column-templates.yaml"
TYPE_MAP = "type-map.yaml"
SETTINGS = "cdcmig.yaml"
_LONGEST_FILE_NAME = 200
"""In bytes, without hash and suffix; file systems allow 255 in total."""
_SHARED = {SOURCE_GROUPS, SINK_GROUPS, COLUMN_TEMPLATES, TYPE_MAP, SETTINGS}


def shared_file(root: Path, name: str, findings: Findings) -> Path | None:
    """Return the path of a file in the root or in ``services/``; None if neither exists."""
    found = [file for file in (root / name, root / SERVICES / name) if file.exists()]
    if len(found) > 1:
        findings.add([Finding(CONFIG, found[1], 0, "", f"expected only one {name}; {found[0]} exists too")])
    return found[0] if found else None


def service_files(root: Path, findings: Findings) -> Iterator[tuple[str, Path]]:
    """Yield name and path of every service file, sorted by name."""
    for file in sorted((root / SERVICES).glob("*.y*ml")):
        if file.suffix != ".yaml":
            findings.add([Finding(CONFIG, file, 0, "", "expected a file name that ends in .yaml")])
        elif file.name not in _SHARED and not file.name.startswith((".", "_")):
            yield file.stem, file


def snapshot_path(root: Path, service: str, name: TableName) -> Path:
    """Return the path of a table's snapshot file."""
    return root / SNAPSHOTS / service / _file_name(name.schema) / f"{_file_name(name.table)}.yaml"


class SnapshotFinder:
    """Finds snapshot files ignoring case, as SQL Server finds tables."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._listings: dict[Path, Spellings] = {}

    def find(self, service: str, name: TableName) -> Path | None:
        """Return a table's snapshot file; None if it does not exist."""
        path = self._root / SNAPSHOTS / service
        for part in snapshot_path(self._root, service, name).parts[-2:]:
            if path not in self._listings:
                listing = path.iterdir() if path.is_dir() else ()
                self._listings[path] = Spellings(sorted(entry.name for entry in listing))
            found = self._listings[path].find(part)
            if found is None:
                return None
            path /= found
        return path


def _file_name(name: str) -> str:
    """Percent-encode characters that a file name cannot contain: slashes, control characters, a leading dot.

    SQL Server's 128 characters can need more bytes than a file name may have, so long names end in a hash.
    """
    text = re.sub(r"[/\\\x00-\x1f]|^\.", lambda match: f"%{ord(match[0]):02X}", name)
    encoded = text.encode()
    if len(encoded) <= _LONGEST_FILE_NAME:
        return text
    return f"{encoded[:_LONGEST_FILE_NAME].decode(errors='ignore')}~{sha256(name.encode()).hexdigest()[:8]}"
