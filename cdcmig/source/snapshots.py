"""Snapshot files: reading, comparing with the server, writing."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from cdcmig.config.files import SNAPSHOTS, snapshot_path
from cdcmig.config.snapshot import SnapshotColumn, TableSnapshot
from cdcmig.config.table_names import TableName, fold
from cdcmig.config.yaml_source import read
from cdcmig.errors import ConfigErrors
from cdcmig.source.diff import differences
from cdcmig.source.reflection import order_of_magnitude

State = Literal["new", "changed", "reformatted", "unchanged", "gone"]
"""``reformatted``: the facts are the same, but the file does not say them as cdcmig writes them."""


@dataclass(frozen=True)
class SnapshotFile:
    """A snapshot file, compared with the server."""

    path: Path
    table: str
    state: State
    snapshot: TableSnapshot | None
    """What the server has; None when the table is gone."""
    differences: tuple[str, ...] = ()
    """From the file to the server, a line each."""
    replaces: Path | None = None
    """A file under another spelling of the name, which makes way for this one."""


def dump(snapshot: TableSnapshot) -> str:
    """Return a snapshot as YAML: the model's order, nothing that says no more than its default."""
    content = snapshot.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    content["columns"] = [_column(column) for column in snapshot.columns]
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000)


class _Dumper(yaml.SafeDumper):
    """Writes text with Unicode's line ends in double quotes, where YAML escapes them; elsewhere it would fold them."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = '"' if _FOLDED.search(value) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)
_FOLDED = re.compile("[\x85\u2028\u2029]")


def _column(column: SnapshotColumn) -> dict[str, Any]:
    said = column.model_dump(mode="json", exclude_defaults=True).keys() | {"nullable"}
    return {key: value for key, value in column.model_dump(mode="json").items() if key in said}


def read_known(root: Path, service: str) -> dict[str, tuple[Path, TableSnapshot | None]]:
    """Return a service's snapshot files by qualified name of the table, None for a file that cannot be read."""
    known: dict[str, tuple[Path, TableSnapshot | None]] = {}
    folder = root / SNAPSHOTS / service
    for path in sorted(folder.glob("*/*.yaml")):
        try:
            snapshot = TableSnapshot.model_validate(read(path).data)
        except (ValueError, ConfigErrors):
            known[f"{path.parent.name}.{path.stem}"] = path, None
        else:
            known[snapshot.qualified_name] = path, snapshot
    return known


def compare(
    root: Path,
    service: str,
    found: Iterable[TableSnapshot],
    on_server: Iterable[str],
) -> list[SnapshotFile]:
    """Compare what the server has with the files of a service, sorted by path.

    Args:
        root: the repository.
        service: name of the service.
        found: the tables that were read.
        on_server: qualified names of all tables of the server; a file for any other table is gone.
    """
    known = read_known(root, service)
    folded = {fold(name): entry for name, entry in known.items()}
    files = []
    for snapshot in found:
        name = snapshot.qualified_name
        old = known.get(name) or folded.get(fold(name)) or (None, None)
        files.append(_compared(root, service, as_written(snapshot), *old))
    there = {fold(name) for name in on_server}
    for name, (path, _) in known.items():
        if fold(name) not in there:
            files.append(SnapshotFile(path, name, "gone", None, (f"- table {name}",)))
    return sorted(files, key=lambda file: str(file.path))


def as_written(snapshot: TableSnapshot) -> TableSnapshot:
    """Return the snapshot as its file holds it: the number of rows by its order of magnitude only."""
    if snapshot.row_estimate is None:
        return snapshot
    return snapshot.model_copy(update={"row_estimate": order_of_magnitude(snapshot.row_estimate)})


def _compared(
    root: Path, service: str, new: TableSnapshot, old_path: Path | None, old: TableSnapshot | None
) -> SnapshotFile:
    path = snapshot_path(root, service, TableName(new.schema_, new.table))
    replaces = old_path if old_path != path else None
    if old is None:
        state: State = "changed" if old_path else "new"
        return SnapshotFile(path, new.qualified_name, state, new, tuple(differences(None, new)), replaces)
    if old.row_estimate is not None:
        new = new.model_copy(update={"row_estimate": old.row_estimate})
    lines = tuple(differences(old, new))
    if lines:
        return SnapshotFile(path, new.qualified_name, "changed", new, lines, replaces)
    same = not replaces and path.read_text(encoding="utf-8") == dump(new)
    return SnapshotFile(path, new.qualified_name, "unchanged" if same else "reformatted", new, (), replaces)


def write(files: Sequence[SnapshotFile], prune: bool = False) -> list[Path]:
    """Write new and changed files, each in one step; remove those of tables that are gone if ``prune``.

    Returns:
        The paths that were written or removed.
    """
    touched = []
    for file in files:
        if file.state != "unchanged" and file.snapshot is not None:
            _put(file.path, dump(file.snapshot))
            touched.append(file.path)
            if file.replaces and not _same_file(file.replaces, file.path):
                file.replaces.unlink(missing_ok=True)
        elif file.state == "gone" and prune:
            file.path.unlink(missing_ok=True)
            touched.append(file.path)
    return touched


def _same_file(one: Path, other: Path) -> bool:
    """Whether two spellings mean one file, as they do where file names ignore case."""
    return one.exists() and one.samefile(other)


def _put(path: Path, text: str) -> None:
    """Write a file atomically: readers see the old content or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8", newline="\n")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
