"""Whatever stands in the files, they are loaded or their problems are told, with file and line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cdcmig.config.project import load_project
from cdcmig.errors import ConfigErrors

DATA = Path(__file__).parent / "data" / "repository"
FILES = sorted(path.relative_to(DATA) for path in DATA.rglob("*.yaml"))

_leaf = st.sampled_from(
    [None, "", "x", "no", "true", "5", "dbo.Actor", "adopus", "a.b", "pg_x", "{{SCHEMA}}.Actor"]
)
_value = st.recursive(
    _leaf,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_leaf.map(str), inner, max_size=2),
    max_leaves=4,
)
_settings = st.dictionaries(
    st.sampled_from(["metadata_columns", "roles", "sinks", "fillfactor", "other"]), _value, max_size=3
)


def _places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield place
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, inner in entries:
        yield from _places(inner, (*place, key))


def _replaced(value: Any, place: tuple[Any, ...], new: Any, rename: str | None) -> Any:
    """Return a copy with another value at a place, or with another name for its key."""
    if not place:
        return new
    first, *rest = place
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    result = {
        (rename if key == first and rename is not None and not rest else key): (
            inner
            if key != first or (rename is not None and not rest)
            else _replaced(inner, tuple(rest), new, rename)
        )
        for key, inner in entries
    }
    return result if isinstance(value, dict) else list(result.values())


@settings(max_examples=300, deadline=None)
@given(data=st.data(), mine=_settings)
def test_any_change_is_loaded_or_explained(data: st.DataObject, mine: dict[str, Any]) -> None:
    with TemporaryDirectory() as directory:
        root = Path(directory)
        shutil.copytree(DATA, root, dirs_exist_ok=True)
        (root / "cdcmig.yaml").write_text(json.dumps(mine), encoding="utf-8")
        for _ in range(data.draw(st.integers(1, 3))):
            file = root / data.draw(st.sampled_from(FILES))
            content = yaml.safe_load(file.read_text(encoding="utf-8"))
            place = data.draw(st.sampled_from(list(_places(content))))
            rename = data.draw(st.none() | _leaf.map(str))
            changed = _replaced(content, place, data.draw(_value), rename)
            file.write_text(yaml.safe_dump(changed, allow_unicode=True, sort_keys=False), encoding="utf-8")
        try:
            load_project(root)
        except ConfigErrors as error:
            for problem in error.problems:
                assert problem.line
                assert 1 <= problem.line <= len(problem.file.read_text(encoding="utf-8").splitlines())
                assert problem.message
