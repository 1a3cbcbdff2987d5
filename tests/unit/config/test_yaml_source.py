"""YAML files as data with lines: what is malformed, what is unsafe, and where everything stands."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdcmig.config import yaml_source
from cdcmig.config.yaml_source import LOADERS, MAX_DEPTH, Document, Place, read, show
from cdcmig.errors import ConfigErrors

Parse = Callable[[str | bytes], Document]
EACH_LOADER = pytest.mark.parametrize("loader", LOADERS, ids=lambda loader: loader.__name__)


@pytest.fixture
def parse(tmp_path: Path, loader: type, monkeypatch: pytest.MonkeyPatch) -> Parse:
    """Parse text by one of the loaders: which of them a user has depends on how PyYAML was built."""
    monkeypatch.setattr(yaml_source, "LOADERS", [loader])

    def parsed(text: str | bytes) -> Document:
        file = tmp_path / "file.yaml"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read(file)

    return parsed


def problems_of(parse: Parse, text: str | bytes) -> list[str]:
    with pytest.raises(ConfigErrors) as caught:
        parse(text)
    return [shown(problem) for problem in caught.value.problems]


def shown(problem: object) -> str:
    return str(problem).partition("file.yaml:")[2]


MALFORMED = {
    "open mapping": ("b: {c: 1,\nd: 2", "begins in line 1, "),
    "open list": ("b: [1, 2\nc: 1\nd: 2", "begins in line 1, "),
    "open quote": ("b: 'x\n", "found unexpected end of stream"),
    "indentation": ("a: 1\n b: 2", "2: malformed YAML: mapping values are not allowed "),
    "colon in text": ("a: 1\nb: c: d", "2: malformed YAML: mapping values are not allowed "),
    "tab": ("a:\n\tb: 1", "; indent with blanks, not tabs"),
    "at sign": ("a: 1\nb: @c", "; put text that begins with @ ` % * or & in quotes"),
    "unknown alias": ("a: 1\nb: *c", "; put text that begins with @ ` % * or & in quotes"),
    "placeholder": ("a: 1\nb: {{SCHEMA}}.Actor", "; put names with {{…}} in quotes"),
    "two documents": ("a: 1\n---\nb: 1", "but found another document"),
    "control character": ("a: 1\nb: \x01", "2: malformed YAML: the character U+0001 is not allowed"),
    "latin-1": (b"a: 1\nb: \xe6", "2: expected UTF-8, found the byte 0xe6"),
    "brackets": ("a: 1\nb: " + "[" * 300, f"2: malformed YAML: nested deeper than {MAX_DEPTH} levels"),
    "many brackets": ("a: 1\nb: " + "[" * 100_000, "nest"),
    "indentation that is deep": (
        "a:\n" + "".join(" " * level + "-\n" for level in range(1, 3_000)),
        f"{MAX_DEPTH}: malformed YAML: nested deeper than {MAX_DEPTH} levels",
    ),
    "alias of itself": ("a: &x\n  - *x", "1: malformed YAML: found an alias of a node that contains it"),
    "billion laughs": (
        "\n".join(["a0: &a0 [x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]),
        "7: malformed YAML: more than 1,000,000 values, aliases included",
    ),
    "a large mapping by many aliases": (
        "a: &a {"
        + ", ".join(f"k{n}: x" for n in range(1_000))
        + "}\nb:\n"
        + "".join(f"  c{n}: *a\n" for n in range(1_000)),
        "malformed YAML: more than 1,000,000 values, aliases included",
    ),
    "dashes": ("- " * 100_000, f"1: malformed YAML: nested deeper than {MAX_DEPTH} levels"),
}


@EACH_LOADER
@pytest.mark.parametrize(("text", "message"), MALFORMED.values(), ids=MALFORMED)
def test_malformed_yaml_is_an_error_with_line(parse: Parse, text: str | bytes, message: str) -> None:
    (problem,) = problems_of(parse, text)
    assert message in problem
    assert re.match(r"\d+: ", problem)


FAULTS = {
    "duplicate key": ("a: 1\nb:\n  c: 1\n  c: 2", ["4: b.c: the key occurs twice, first in line 3"]),
    "duplicate key in flow": ("{a: 1,\n a: 2}", ["2: a: the key occurs twice, first in line 1"]),
    "key that is no text": (
        "- x\n- {[1]: 2}",
        ["2: [1]: expected text as a key, found a list or mapping (put {{…}} in quotes)"],
    ),
    "tag that creates": (
        "a: 1\nb: !!python/name:os.system ''",
        ["2: b: expected plain YAML, found a tag (put text that begins with ! in quotes)"],
    ),
    "two faults": (
        "a: !ENV x\nb: 1\nb: 2",
        [
            "1: a: expected plain YAML, found a tag (put text that begins with ! in quotes)",
            "3: b: the key occurs twice, first in line 2",
        ],
    ),
    "merge of text": ("a:\n  <<: s3cret", ["2: a.<<: expected a mapping to merge"]),
    "duplicate key where something is merged": (
        "a: &a {x: 1, y: 1}\nb: {<<: *a, y: 2}\nc:\n  <<: *a\n  x: 2\n  x: 3",
        ["6: c.x: the key occurs twice, first in line 5"],
    ),
}


@EACH_LOADER
@pytest.mark.parametrize(("text", "problems"), FAULTS.values(), ids=FAULTS)
def test_faults_are_told_together(parse: Parse, text: str, problems: list[str]) -> None:
    assert problems_of(parse, text) == problems


SCALARS = {
    "no: NO": {"no": "NO"},
    "a: 0012": {"a": "0012"},
    "a: 1.10": {"a": "1.10"},
    "a: 2026-11-23": {"a": "2026-11-23"},
    "a: ~": {"a": None},
    "a: null\n'': 'null'": {"a": None, "": "null"},
    "a:": {"a": None},
    "a: !!int 4": {"a": "4"},
    "": None,
    "# nothing": None,
    "\ufeffa: b": {"a": "b"},
}


@EACH_LOADER
@pytest.mark.parametrize(("text", "data"), SCALARS.items())
def test_scalars_stay_as_they_are_written(parse: Parse, text: str, data: Any) -> None:
    assert parse(text).data == data


@EACH_LOADER
def test_merge_keys_inherit_and_own_keys_win(parse: Parse) -> None:
    document = parse("x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz:\n  <<: [*x, *y]\n  a: 3\nw: {<<: *y}\n")
    assert document.data["z"] == {"a": "3", "b": "1", "c": "2"}
    assert document.data["w"] == {"b": "2", "c": "2"}
    assert (document.line(("z", "a")), document.line(("z", "b")), document.line(("z", "c"))) == (5, 1, 2)


@EACH_LOADER
def test_what_is_merged_may_merge_itself(parse: Parse) -> None:
    document = parse("x: &x {a: 1, b: 1}\nz:\n  <<: {<<: *x, b: 2}\n  c: 3\n")
    assert document.data["z"] == {"a": "1", "b": "2", "c": "3"}


@EACH_LOADER
def test_aliases_share_a_value(parse: Parse) -> None:
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 6)]
    data = parse("\n".join(lines)).data
    assert len(data["a5"]) == 9
    assert data["a5"][0] is data["a5"][8] is data["a4"]


SECRETS = [
    "password: *s3cret",
    "password: !s3cret x",
    "{password: s3cret: x}",
    "password: 's3cret",
    "a: b\n  password: s3cret",
]


@EACH_LOADER
@pytest.mark.parametrize("text", SECRETS)
def test_no_password_in_a_message(parse: Parse, text: str) -> None:
    problems = problems_of(parse, text)
    assert problems
    assert "s3cret" not in " ".join(problems)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigErrors, match="cannot be read: Is a directory"):
        read(tmp_path)


PLACES: dict[Place, str] = {
    ("adopus", "sinks", "sink_asma.directory", "tables", "adopus.Actor", "from"): (
        'adopus.sinks."sink_asma.directory".tables."adopus.Actor".from'
    ),
    ("column_templates", 0, "name"): "column_templates[0].name",
    (0,): "[0]",
    ("Død", "{{SCHEMA}}", "a b", 'c"d', ""): 'Død.{{SCHEMA}}."a b"."c\\"d".""',
    ("servers", "password:s3cret"): 'servers."password…"',
}


@pytest.mark.parametrize(("place", "text"), PLACES.items())
def test_places_are_shown_as_paths(place: Place, text: str) -> None:
    assert show(place) == text


_text = st.text(
    st.characters(
        codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"], exclude_characters="\ufeff\u2028\u2029"
    )
)
_data = st.dictionaries(
    _text,
    st.recursive(
        st.none() | _text,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_text, inner, max_size=4),
        max_leaves=20,
    ),
    min_size=1,
)


def _written(
    value: Any, place: Place, indent: str, lines: list[str], found: dict[Place, int], gap: int
) -> None:
    """Write a value below its key, in a style of its own, and note in which line everything begins."""
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in entries:
        lines += ["", "# about the next line"] * (gap % 3)
        found[(*place, key)] = len(lines) + 1
        head = f"{indent}{json.dumps(key, ensure_ascii=False)}:" if isinstance(value, dict) else f"{indent}-"
        if isinstance(item, dict | list) and item:
            lines.append(f"{head}  # {len(lines)}")
            if isinstance(value, list):
                found[(*place, key)] = (
                    len(lines) + 1 + 2 * ((gap + 1) % 3)
                )  # an item begins where its content does
            _written(item, (*place, key), indent + "  ", lines, found, gap + 1)
        else:
            lines.append(f"{head} {json.dumps(item, ensure_ascii=False)}")


@EACH_LOADER
@given(data=_data, gap=st.integers(0, 2))
def test_any_mapping_comes_back_with_the_right_lines(loader: type, data: dict[str, Any], gap: int) -> None:
    lines: list[str] = []
    expected: dict[Place, int] = {}
    _written(data, (), "", lines, expected, gap)
    with TemporaryDirectory() as directory, pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml_source, "LOADERS", [loader])
        file = Path(directory) / "file.yaml"
        file.write_text("\n".join(lines), encoding="utf-8", newline="\n")
        document = read(file)
    assert document.data == data
    assert {place: document.line(place) for place in expected} == expected
