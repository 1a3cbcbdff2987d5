"""From YAML text to a tree of nodes with positions, by libyaml where PyYAML was built with it.

Only mappings, lists and scalars exist here: nothing is constructed, whatever a tag says.
"""

from __future__ import annotations

import re
from typing import Any

import yaml
from yaml import MappingNode, Node, ScalarNode

_STANDARD = "tag:yaml.org,2002:"
TEXT, NULL, MERGE = _STANDARD + "str", _STANDARD + "null", _STANDARD + "merge"
_MAPPING, _LIST = _STANDARD + "map", _STANDARD + "seq"
SAFE_TAGS = {TEXT, NULL, MERGE, _MAPPING, _LIST, *(_STANDARD + name for name in ("bool", "int", "float"))}

_PLAIN = {"": NULL, "~": NULL, "null": NULL, "Null": NULL, "NULL": NULL, "<<": MERGE}

MAX_DEPTH = 200
_DASHES = re.compile(rf"(?:[-?][ \t]+){{{MAX_DEPTH}}}")  # `- - - -` opens a list in a list in a list


class _Tags:
    """Gives a node without an explicit tag its kind; of plain scalars only null and ``<<`` are special."""

    def resolve(self, kind: type[Node], value: Any, implicit: Any) -> str:
        if kind is ScalarNode:
            return _PLAIN.get(value, TEXT) if implicit[0] else TEXT
        return _MAPPING if kind is MappingNode else _LIST


class _PythonLoader(_Tags, yaml.BaseLoader):
    pass


if yaml.__with_libyaml__:

    class _CLoader(_Tags, yaml.CBaseLoader):
        pass


def compose(text: str) -> Node | None:
    """Return the root node of a document, None for an empty one.

    Raises:
        yaml.YAMLError: malformed YAML, more than one document, or deeper than MAX_DEPTH.
    """
    _check_depth(text)
    loader = _CLoader(text) if yaml.__with_libyaml__ else _PythonLoader(text)
    return loader.get_single_node()


def compose_in_python(text: str) -> Node | None:
    """Do as :func:`compose` does, without libyaml."""
    _check_depth(text)
    return _PythonLoader(text).get_single_node()


def _check_depth(text: str) -> None:
    """Refuse what would exhaust the stack: libyaml's composer recurses without a limit, and crashes."""
    depth = 0
    if text.count("[") + text.count("{") > MAX_DEPTH:
        for bracket in re.finditer(r"[\[{}\]]", text):
            depth = depth + 1 if bracket[0] in "[{" else max(depth - 1, 0)
            if depth > MAX_DEPTH:
                raise _too_deep(text, bracket.start())
    if dashes := _DASHES.search(text):
        raise _too_deep(text, dashes.start())


def _too_deep(text: str, position: int) -> yaml.MarkedYAMLError:
    line = text.count("\n", 0, position)
    mark = yaml.Mark("", position, line, 0, None, 0)
    return yaml.MarkedYAMLError(problem=f"nested deeper than {MAX_DEPTH} levels", problem_mark=mark)
