"""``alembic/checksums.txt``: the sha256 of every landed changeset and revision.

The format is that of ``sha256sum``, paths relative to the file, sorted: ``sha256sum -c checksums.txt`` works.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from cdcmig.errors import ChecksumError, Finding, nearest

FILE_NAME = "checksums.txt"
CHECKSUM = "checksum"
"""The check of what is found here."""

_PLACES = "they are the Python files below alembic/changesets and alembic/versions"


def digest(content: bytes) -> str:
    """Return the sha256 of a file's content; line ends count as ``\\n``, so that git's autocrlf changes nothing."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def read(file: Path) -> dict[str, str]:
    """Return path → sha256 as recorded; empty where the file is not there yet.

    Raises:
        ChecksumError: a line is not of the form ``<sha256>  <path>``.
    """
    if not file.exists():
        return {}
    entries: dict[str, str] = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        checksum, separator, path = line.partition("  ")
        if not separator or not path:
            raise ChecksumError(f'{file}:{number}: expected "<sha256>  <path>"', hint=_MERGE_HINT)
        entries[path] = checksum
    return entries


def render(entries: Mapping[str, str]) -> str:
    """Return the file's text."""
    return "".join(f"{checksum}  {path}\n" for path, checksum in sorted(entries.items()))


def record(paths: Iterable[Path], *, write: bool = True) -> None:
    """Record the files as they are now; the checksum file is found above them. Without ``write``, only look.

    Raises:
        ChecksumError: a file that is no changeset or revision, or not there; nothing is recorded then.
    """
    found: dict[Path, dict[str, str]] = {}
    for scripts, path in [(_scripts_above(path), path.resolve()) for path in paths]:
        found.setdefault(scripts, {})[path.relative_to(scripts).as_posix()] = digest(path.read_bytes())
    for scripts, entries in found.items() if write else ():
        file = scripts / FILE_NAME
        file.write_text(render(read(file) | entries), encoding="utf-8")


def unrecorded(scripts: Path, places: Iterable[Path], folder: Path) -> list[Path]:
    """Return the changesets and revisions below a folder that are new or not as they were recorded, sorted.

    Args:
        scripts: the folder of the checksum file.
        places: where all changesets and revisions lie.
        folder: any folder: below those, or above them.

    Raises:
        ChecksumError: there are no changesets or revisions below it.
    """
    inside = folder.resolve()
    below = [inside if inside.is_relative_to(place) else place for place in places if _touch(place, inside)]
    found, recorded = _found(scripts, below), read(scripts / FILE_NAME)
    if not found:
        raise ChecksumError(f"{folder}: no changesets or revisions below it", hint=_PLACES)
    return sorted(
        folder / file.relative_to(inside)
        for path, file in found.items()
        if digest(file.read_bytes()) != recorded.get(path)
    )


def _touch(one: Path, other: Path) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)


def forget(scripts: Path, names: Iterable[str], *, write: bool = True) -> list[Path]:
    """Take files that are gone out of the record; return them, sorted. Without ``write``, only look.

    Args:
        names: of files, or of changesets (``0007_phone``): those and all revisions that bind them.

    Raises:
        ChecksumError: a name that is not recorded, or whose files are all there; nothing is forgotten then.
    """
    entries = read(scripts / FILE_NAME)
    found = [scripts / path for name in names for path in _gone(scripts, name, entries)]
    if write:
        gone = {path.relative_to(scripts).as_posix() for path in found}
        kept = {path: checksum for path, checksum in entries.items() if path not in gone}
        (scripts / FILE_NAME).write_text(render(kept), encoding="utf-8")
    return sorted(set(found))


def _gone(scripts: Path, name: str, recorded: Iterable[str]) -> list[str]:
    fitting = [path for path in recorded if _ends_with(scripts / path, name)]
    if not fitting:
        close = nearest(Path(name).stem, sorted({Path(path).stem for path in recorded}))
        raise ChecksumError(f'"{name}" is not in {scripts / FILE_NAME}{close}')
    gone = [path for path in fitting if not (scripts / path).exists()]
    if not gone:
        raise ChecksumError(f"{scripts / fitting[0]} is still there", hint="delete it first")
    return gone


def _ends_with(file: Path, name: str) -> bool:
    """Return whether ``name`` is the file's, with or without folders before it and ``.py`` behind it."""
    parts = Path(name).parts
    return parts in (file.parts[-len(parts) :], file.with_suffix("").parts[-len(parts) :])


def _scripts_above(path: Path) -> Path:
    if not path.exists():
        raise ChecksumError(
            f"{path} does not exist",
            hint=f"if it was deleted, and no database has seen it: cdcmig repair --forget {path.stem}",
        )
    for parent in path.resolve().parents:
        if (parent / "env.py").exists() and _is_python(path) and path.resolve().parent != parent:
            return parent
    raise ChecksumError(f"{path}: neither a changeset nor a revision", hint=_PLACES)


def _is_python(path: Path) -> bool:
    return path.suffix == ".py" and path.is_file()


def verify(scripts: Path, folders: Iterable[Path]) -> None:
    """Compare every Python file of the folders with what is recorded for them.

    Raises:
        ChecksumError: files that were edited, removed, renamed or added by hand; all of them are named.
    """
    found = list(faults(scripts, folders))
    if found:
        raise ChecksumError("\n".join(map(str, found)))


def faults(scripts: Path, folders: Iterable[Path]) -> Iterator[Finding]:
    """Yield what is wrong with each Python file below the folders that is not as recorded, sorted."""
    folders = list(folders)
    found, recorded = _found(scripts, folders), read(scripts / FILE_NAME)
    if found and not recorded:  # one loss, not one for each file
        lost = "empty" if (scripts / FILE_NAME).exists() else "missing"
        yield _finding(scripts / FILE_NAME, f"is {lost}: {_RESTORE}")
        return
    gone = _missing(scripts, folders, recorded, found)
    origins = _origins(found, recorded, gone)
    for path in sorted(found.keys() | set(gone) - set(origins.values())):
        if path in origins:
            old = Path(origins[path])
            shown = old.name if old.parent == Path(path).parent else old.as_posix()
            yield _finding(found[path], f"was renamed from {shown}: rename it back")
        elif path not in found:
            forget = f"cdcmig repair --forget {Path(path).stem}"
            message = (
                f"was removed after it was written; if no database has seen it: {forget}; else {_RESTORE}"
            )
            yield _finding(scripts / path, message)
        elif path not in recorded:
            advice = "if it belongs here: cdcmig repair FILE, or the folder of several"
            yield _finding(found[path], f"was added by hand and is not in {FILE_NAME}; {advice}")
        elif digest(found[path].read_bytes()) != recorded[path]:
            yield _finding(found[path], _EDITED)


def _finding(file: Path, message: str) -> Finding:
    return Finding(CHECKSUM, file, 0, "", message)


def renamed(scripts: Path, folders: Iterable[Path]) -> dict[Path, Path]:
    """Return the files that have another name than when they were recorded, each with the path that it had."""
    folders = list(folders)
    found, recorded = _found(scripts, folders), read(scripts / FILE_NAME)
    origins = _origins(found, recorded, _missing(scripts, folders, recorded, found))
    return {scripts / new: scripts / old for new, old in origins.items()}


def _found(scripts: Path, folders: Iterable[Path]) -> dict[str, Path]:
    """Return the Python files below the folders, by their path as it is recorded."""
    return {path.relative_to(scripts).as_posix(): path for folder in folders for path in folder.rglob("*.py")}


def _missing(
    scripts: Path, folders: Iterable[Path], recorded: Iterable[str], found: Collection[str]
) -> list[str]:
    prefixes = tuple(f"{folder.relative_to(scripts).as_posix()}/" for folder in folders)
    return [path for path in recorded if path.startswith(prefixes) and path not in found]


def _origins(found: Mapping[str, Path], recorded: Mapping[str, str], gone: Iterable[str]) -> dict[str, str]:
    """Return new path → old one, for files that are not recorded and have the digest of one that is gone."""
    left = sorted(gone)
    origins: dict[str, str] = {}
    for path in sorted(found.keys() - recorded.keys()) if left else ():
        content = digest(found[path].read_bytes())
        same = [old for old in left if recorded[old] == content]
        if same:
            origins[path] = min(same, key=lambda old: Path(old).parent != Path(path).parent)
            left.remove(origins[path])
    return origins


_RESTORE = "restore it from git (git checkout -- FILE)"
_EDITED = (
    f"was edited after it was written, or its line in {FILE_NAME} was; if on purpose, and no database has seen it:"
    f" cdcmig repair FILE; else git checkout -- FILE or, if FILE is unchanged in git, {FILE_NAME}"
)
_MERGE_HINT = "after a merge conflict keep the lines of both sides"
