"""Reads YAML files as plain data, with the line number of every value.

Scalars stay text: the pydantic model decides whether ``no`` or ``0012`` is text, a number or a boolean. Only a plain
``null``, ``~`` or an empty value becomes None.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import yaml
from yaml import MappingNode, MarkedYAMLError, Node, ScalarNode, SequenceNode, YAMLError
from yaml.constructor import SafeConstructor
from yaml.reader import Reader
from yaml.resolver import Resolver

from cdcmig.errors import CONFIG, ConfigErrors, Finding

MAX_DEPTH = 100
"""Maximum nesting of a file; deeper nesting would exhaust the stack."""
MAX_VALUES = 1_000_000
"""Maximum number of values in a file, each use of an alias counted."""

_STANDARD = "tag:yaml.org,2002:"
_NULL, _MERGE = _STANDARD + "null", _STANDARD + "merge"
_TAGS = {_STANDARD + name for name in ("str", "null", "merge", "bool", "int", "float", "seq", "map")}

Place = tuple[str | int, ...]
"""Path from a file's root to a value: keys and list indices (from 0)."""


@dataclass(frozen=True, eq=False)
class Document:
    """A parsed file: its data, and its YAML nodes with their line numbers."""

    file: Path
    data: Any
    root: Node | None

    def line(self, place: Place) -> int:
        """Return the line of a place, or of its innermost parent that exists."""
        node, line = self.root, 1
        for part in place:
            found = _child(node, part)
            if found is None:
                break
            node, line = found
        return line

    def at(self, place: Place) -> Any:
        """Return the value at a place; None if it does not exist."""
        value = self.data
        for part in place:
            value = value.get(part) if isinstance(value, dict) else None
        return value

    def keys(self, place: Place) -> list[str]:
        """Return the keys of the mapping at a place; empty if it is not a mapping."""
        value = self.at(place)
        return list(value) if isinstance(value, dict) else []

    def problem(self, place: Place, message: str, check: str = CONFIG) -> Finding:
        """Return a finding at a place in this file."""
        return Finding(check, self.file, self.line(place), show(place), message)


def read(file: Path) -> Document:
    """Parse a file.

    Raises:
        ConfigErrors: the file cannot be read, is not UTF-8, is malformed, or contains a duplicate key or a tag.
    """
    text = _text(file)
    try:
        root, data, problems = LOADERS[0](text).load(file)
    except YAMLError as error:
        raise ConfigErrors([_syntax_problem(file, text, error)]) from None
    if problems:
        raise ConfigErrors(problems)
    return Document(file, data, root)


def show(place: Place) -> str:
    """Format a place as ``adopus.sinks."sink_asma.directory".tables``, without passwords."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{_shown_key(part)}" for part in place]
    return "".join(parts).removeprefix(".")


def quoted(name: str) -> str:
    """Quote a key for a message; hide passwords."""
    return json.dumps(_PASSWORD_IN_KEY.sub(r"\1…", name), ensure_ascii=False)


# `{password:secret}`, without the blank, makes the password a part of the key.
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


class _Loader(SafeConstructor, Resolver):
    """PyYAML's safe loader, except that scalars stay text, whatever their tag; only null and ``<<`` are special.

    PyYAML itself lets aliases share a value, and rejects an alias of a node that contains it.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012 - an attribute of PyYAML
        **{first: [(_NULL, re.compile(r"(?:~|null|Null|NULL|)\Z"))] for first in ("~", "n", "N", "")},
        "<": [(_MERGE, re.compile(r"<<\Z"))],
    }

    def load(self, file: Path) -> tuple[Node | None, Any, list[Finding]]:
        """Parse the single document; return its root node and value (None for an empty file), and its problems.

        Raises:
            YAMLError: malformed, more than one document, nested too deeply, or too many values.
        """
        self._file = file
        self._depth = 0
        self._place: list[str | int] = []
        self._sizes: dict[Node, int] = {}
        self._faults: list[Finding] = []
        root = self.get_single_node()  # type: ignore[attr-defined] # defined by the composer of the subclasses
        return root, self.construct_object(root) if root else None, self._faults

    def descend_resolver(self, parent: Node | None, index: object) -> None:  # noqa: ARG002 - PyYAML's signature
        """Limit the nesting; the composer calls this before each node."""
        self._depth += 1
        if parent is not None and self._depth > MAX_DEPTH:
            raise MarkedYAMLError(
                problem=f"nested deeper than {MAX_DEPTH} levels", problem_mark=parent.start_mark
            )

    def ascend_resolver(self) -> None:
        """Leave a nesting level; the composer calls this after each node."""
        self._depth -= 1

    def _value(self, node: Node) -> Any:
        if node.tag not in _TAGS:
            self._fault(node, "expected plain YAML, found a tag (put text that begins with ! in quotes)")
        if isinstance(node, ScalarNode):
            return None if node.tag == _NULL else node.value
        entries = self._entries(node) if isinstance(node, MappingNode) else list(enumerate(node.value))
        value = {part: self._inner(part, inner) for part, inner in entries}
        self._sizes[node] = size = sum(self._sizes.get(inner, 1) for _, inner in entries) + 1
        if size > MAX_VALUES:
            raise MarkedYAMLError(
                problem=f"more than {MAX_VALUES:,} values, aliases included", problem_mark=node.start_mark
            )
        return value if isinstance(node, MappingNode) else list(value.values())

    yaml_constructors: ClassVar[Any] = {None: _value}  # for every tag

    def _inner(self, part: str | int, node: Node) -> Any:
        self._place.append(part)
        value = self.construct_object(node)
        self._place.pop()
        return value

    def _entries(self, node: MappingNode) -> list[tuple[str, Node]]:
        """Return a mapping's entries, merged with those of ``<<``; own keys win, then earlier mappings."""
        own: dict[str, tuple[ScalarNode, Node]] = {}
        inherited: list[Node] = []
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self._fault(key, "expected text as a key, found a list or mapping (put {{…}} in quotes)")
            elif key.tag == _MERGE:
                inherited += value.value if isinstance(value, SequenceNode) else [value]
            elif key.value in own:
                first = own[key.value][0].start_mark.line + 1
                self._fault(key, f"the key occurs twice, first in line {first}", key.value)
            else:
                own[key.value] = key, value
        node.value = list(own.values())  # first, because the mapping may merge itself
        for source in inherited:
            if isinstance(source, MappingNode):
                self._entries(source)
                own = {key.value: (key, value) for key, value in source.value} | own
            else:
                self._fault(source, "expected a mapping to merge", "<<")
        node.value = list(own.values())
        return [(key.value, value) for key, value in node.value]

    def _fault(self, node: Node, message: str, *inside: str) -> None:
        place = show((*self._place, *inside))
        self._faults.append(Finding(CONFIG, self._file, node.start_mark.line + 1, place, message))


class PythonLoader(_Loader, yaml.SafeLoader):
    """Parses with PyYAML alone, where it was built without libyaml."""


LOADERS: list[type[PythonLoader]] = [PythonLoader]
"""The available loaders; the first is used."""

if yaml.__with_libyaml__:

    class CLoader(_Loader, yaml.CSafeLoader):
        """Parses with libyaml."""

    LOADERS.insert(0, CLoader)  # type: ignore[arg-type] # same constructor


def _text(file: Path) -> str:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ConfigErrors([Finding(CONFIG, file, 0, "", f"cannot be read: {error.strerror}")]) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"expected UTF-8, found the byte 0x{data[error.start]:02x}"
        raise ConfigErrors([Finding(CONFIG, file, line, "", message)]) from None


def _syntax_problem(file: Path, text: str, error: YAMLError) -> Finding:
    """Describe malformed YAML without quoting it: it may contain a password."""
    if not isinstance(error, MarkedYAMLError):
        stray = Reader.NON_PRINTABLE.search(text)
        position = stray.start() if stray else 0
        message = f"malformed YAML: the character U+{ord(text[position]):04X} is not allowed"
        return Finding(CONFIG, file, text.count("\n", 0, position) + 1, "", message)
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    problem = re.sub(r"(alias|tag handle) .*", r"\1", error.problem or "cannot be parsed")
    problem = problem.replace(
        "found unconstructable recursive node", "found an alias of a node that contains it"
    )
    if error.context and error.context_mark:
        begin = error.context_mark.line + 1
        problem = f"{error.context}{f' that begins in line {begin}' if begin != line else ''}, {problem}"
    return Finding(CONFIG, file, line, "", f"malformed YAML: {problem}{_advice(problem, text, line)}")


def _advice(problem: str, text: str, line: int) -> str:
    written = "".join(text.splitlines()[line - 1 : line])
    if "{{" in written:
        return "; put names with {{…}} in quotes"
    if "\t" in written[: len(written) - len(written.lstrip())]:
        return "; indent with blanks, not tabs"
    if "cannot start any token" in problem or "alias" in problem:
        return "; put text that begins with @ ` % * or & in quotes"
    return ""
