"""YAML files as plain data that still know in which line everything stands.

A scalar is kept as the text that is written: whether ``no`` or ``0012`` is text, a number or a truth value is
decided by the model that reads it. Only a plain ``null``, ``~`` or nothing at all becomes None.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yaml import MappingNode, MarkedYAMLError, Node, ScalarNode, SequenceNode, YAMLError
from yaml.reader import Reader

from cdcmig.config.yaml_nodes import MERGE, NULL, SAFE_TAGS, compose
from cdcmig.errors import ConfigErrors, Problem

Place = tuple[str | int, ...]
"""Keys and list indices (from 0) that lead from a file's root to a value."""


@dataclass(frozen=True, eq=False)
class Document:
    """A parsed file: its data, and the faults that did not keep it from being parsed."""

    file: Path
    data: Any
    root: Node | None
    problems: tuple[Problem, ...] = ()

    def line(self, place: Place) -> int:
        """Return the line of a place, or of the innermost one around it that exists."""
        node, line = self.root, 1
        for part in place:
            found = _child(node, part)
            if found is None:
                break
            node, line = found
        return line

    def at(self, place: Place) -> Any:
        """Return what stands at a place, None if there is nothing."""
        value = self.data
        for part in place:
            value = value.get(part) if isinstance(value, dict) else None
        return value

    def keys(self, place: Place) -> list[str]:
        """Return the keys of the mapping at a place; none if there is no mapping."""
        value = self.at(place)
        return list(value) if isinstance(value, dict) else []

    def problem(self, place: Place, message: str) -> Problem:
        """Return a problem at a place of this file."""
        return Problem(self.file, self.line(place), show(place), message)


def read(file: Path) -> Document:
    """Parse a file.

    Raises:
        ConfigErrors: it cannot be read, is not UTF-8, or is malformed.
    """
    text = _text(file)
    try:
        root = compose(text)
    except YAMLError as error:
        raise ConfigErrors([_syntax_problem(file, text, error)]) from None
    builder = _Builder(file)
    data = builder.value(root, ()) if root else None
    return Document(file, data, root, tuple(builder.problems))


def show(place: Place) -> str:
    """Write a place as ``adopus.sinks."sink_asma.directory".tables``, without passwords."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{_shown_key(part)}" for part in place]
    return "".join(parts).removeprefix(".")


def quoted(name: str) -> str:
    """Write a key for a message, in quotes."""
    return json.dumps(_PASSWORD_IN_KEY.sub(r"\1…", name), ensure_ascii=False)


# `{password:secret}`, the blank forgotten, makes the password a part of the key.
_PASSWORD_IN_KEY = re.compile(r"(?is)\b(passw\w*|pwd)\W.*")


def _shown_key(key: str) -> str:
    return key if re.fullmatch(r"""[^\s."'\[\]:=]+""", key) else quoted(key)


def _child(node: Node | None, part: str | int) -> tuple[Node, int] | None:
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if key.value == part:
                return value, key.start_mark.line + 1
    elif isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
        item = node.value[part]
        return item, item.start_mark.line + 1
    return None


class _Builder:
    """Turns nodes into dicts, lists, texts and None, and collects what is wrong with them."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self._known: dict[int, Any] = {}  # by node: aliases share a value, and may not contain themselves

    def value(self, node: Node, place: Place) -> Any:
        if node.tag not in SAFE_TAGS:
            self._problem(
                node, place, "expected plain YAML, found a tag (put text that begins with ! in quotes)"
            )
        if isinstance(node, ScalarNode):
            return None if node.tag == NULL else node.value
        if id(node) not in self._known:
            self._known[id(node)] = _UNFINISHED
            self._known[id(node)] = self._collection(node, place)
        if self._known[id(node)] is _UNFINISHED:
            self._problem(node, place, "expected a value, found an alias of what it stands in")
            return None
        return self._known[id(node)]

    def _collection(self, node: Node, place: Place) -> Any:
        if not isinstance(node, MappingNode):
            return [self.value(item, (*place, index)) for index, item in enumerate(node.value)]
        _merge(node)
        result: dict[str, Any] = {}
        lines: dict[str, int] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self._problem(
                    key, place, "expected text as a key, found a list or mapping (put {{…}} in quotes)"
                )
            elif key.value in result:
                first = lines[key.value]
                self._problem(key, (*place, key.value), f"the key occurs twice, first in line {first}")
            else:
                lines[key.value] = key.start_mark.line + 1
                result[key.value] = self.value(value, (*place, key.value))
        return result

    def _problem(self, node: Node, place: Place, message: str) -> None:
        self.problems.append(Problem(self.file, node.start_mark.line + 1, show(place), message))


_UNFINISHED = object()


def _merge(node: MappingNode) -> None:
    """Put in what ``<<: *anchor`` or ``<<: [*one, *two]`` inherits; own keys win, then earlier ones."""
    inherited = [value for key, value in node.value if key.tag == MERGE]
    if not inherited:
        return
    node.value = [(key, value) for key, value in node.value if key.tag != MERGE]
    sources = [
        item for value in inherited for item in (value.value if isinstance(value, SequenceNode) else [value])
    ]
    for source in sources:
        if isinstance(source, MappingNode):
            _merge(source)
            own = {key.value for key, _ in node.value}
            node.value += [(key, value) for key, value in source.value if key.value not in own]


def _text(file: Path) -> str:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ConfigErrors([Problem(file, None, "", f"cannot be read: {error.strerror}")]) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"expected UTF-8, found the byte 0x{data[error.start]:02x}"
        raise ConfigErrors([Problem(file, line, "", message)]) from None


def _syntax_problem(file: Path, text: str, error: YAMLError) -> Problem:
    """Describe malformed YAML without quoting it: it may hold a password."""
    if not isinstance(error, MarkedYAMLError):
        stray = Reader.NON_PRINTABLE.search(text)
        position = stray.start() if stray else 0
        message = f"malformed YAML: the character U+{ord(text[position]):04X} is not allowed"
        return Problem(file, text.count("\n", 0, position) + 1, "", message)
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    what = re.sub(r"(alias|tag handle) .*", r"\1", error.problem or "not understood")
    if error.context and error.context_mark:
        begin = error.context_mark.line + 1
        what = f"{error.context}{f' that begins in line {begin}' if begin != line else ''}, {what}"
    return Problem(file, line, "", f"malformed YAML: {what}{_advice(what, text, line)}")


def _advice(what: str, text: str, line: int) -> str:
    written = "".join(text.splitlines()[line - 1 : line])
    if "{{" in written:
        return "; put names with {{…}} in quotes"
    if "\t" in written[: len(written) - len(written.lstrip())]:
        return "; indent with blanks, not tabs"
    if "cannot start any token" in what or "alias" in what:
        return "; put text that begins with @ ` % * or & in quotes"
    return ""
