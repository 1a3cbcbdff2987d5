"""The type map: which PostgreSQL type a SQL Server type becomes.

The rules are data, in ``type_map.yaml`` beside this module, which says how they are written. A repository's
own rules come first; where they say nothing, the package's apply.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import yaml
from sqlalchemy.types import TypeEngine

from cdcmig.errors import MappingError, UnknownTypeError, nearest
from cdcmig.mapping.postgresql_types import parse_postgresql_type

USER_DEFINED = "user_defined"

_SOURCE_TYPE = re.compile(
    r"(?P<name>[^()]+?) \s* (?:\( (?P<brackets>[^()]*) \))? (?:\s+collate\s+\S+)?",
    re.IGNORECASE | re.VERBOSE,
)
# What a type map may have in brackets: 24, max, n, n<=24
_PARAMETER = re.compile(r"\d+|max|(?P<letter>[a-z])(?:<=(?P<bound>\d+))?")


class MappedType(NamedTuple):
    """A PostgreSQL type, and what to tell people about it if it is only a stand-in."""

    type: TypeEngine[Any]
    warning: str | None


class SourceType(NamedTuple):
    """A SQL Server type taken apart: its name in lower case, and what stands in its brackets."""

    name: str
    parameters: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> SourceType | None:
        """Read ``decimal(18, 4)``, ``NVARCHAR(MAX)``, ``[dbo].[PhoneNumber]``; anything else gives None.

        A length of -1, as SQL Server's catalog has it, means ``max``; the schema ``sys`` is dropped.
        """
        match = _SOURCE_TYPE.fullmatch(text.strip())
        if match is None:
            return None
        name = " ".join(re.sub(r'[\[\]"]', "", match["name"]).casefold().split())
        written = match["brackets"].casefold().split(",") if match["brackets"] is not None else []
        parameters = ("".join(parameter.split()) for parameter in written)
        return cls(name.removeprefix("sys."), tuple("max" if p == "-1" else p for p in parameters))

    def __str__(self) -> str:
        """Return the type as people write it."""
        return f"{self.name}({','.join(self.parameters)})" if self.parameters else self.name


class Rule(NamedTuple):
    """One line of a type map: the form that it fits, the PostgreSQL type text, a warning."""

    form: SourceType
    target: str
    warning: str | None

    @property
    def looseness(self) -> tuple[bool, int, int]:
        """Sort key: exact brackets, then bounded ones, then letters, then no brackets."""
        matches = [_PARAMETER.fullmatch(parameter) for parameter in self.form.parameters]
        letters = [match for match in matches if match and match["letter"]]
        return not matches, len(letters), sum(1 for match in letters if not match["bound"])

    def bind(self, source: SourceType) -> dict[str, int] | None:
        """Return the value of each letter if this rule's brackets fit those of ``source``, else None."""
        if len(source.parameters) != len(self.form.parameters):
            return None
        letters: dict[str, int] = {}
        for wanted, found in zip(self.form.parameters, source.parameters, strict=True):
            match = _PARAMETER.fullmatch(wanted)
            if match and match["letter"] and found.isdecimal():
                letters[match["letter"]] = int(found)
                if match["bound"] and int(found) > int(match["bound"]):
                    return None
            elif wanted != found:
                return None
        return letters

    def fill(self, letters: Mapping[str, int]) -> str:
        """Return the PostgreSQL type text with the letters replaced and ``min(a, b)`` worked out."""
        text = re.sub(r"\b[a-z]\b", lambda match: str(letters.get(match[0], match[0])), self.target)
        return re.sub(r"min\((\d+),\s*(\d+)\)", lambda match: str(min(int(match[1]), int(match[2]))), text)


Rules = Mapping[str, tuple[Rule, ...]]
"""The lines of a type map by name of the SQL Server type, the most exact ones first."""


class TypeMap:
    """The rules of one repository: its own, then the package's."""

    def __init__(self, override: Rules) -> None:
        self._override = override

    @classmethod
    def from_yaml(
        cls,
        override: Mapping[str, Any] | None = None,
        where: Callable[[str], str] = "type-map.yaml: {}".format,
    ) -> TypeMap:
        """Return the package's map under ``override``, the content of a repository's type-map.yaml.

        :param where: what an error is to name, by the key of a line
        :raises MappingError: a line of the override has not the form that type_map.yaml describes
        :raises UnknownTypeError: a line of the override names a PostgreSQL type that cdcmig does not know
        """
        for key, value in (override or {}).items():
            rule = _rule(key, value, where(str(key)))
            letters = {parameter[0]: 1 for parameter in rule.form.parameters if parameter[0].isalpha()}
            parse_postgresql_type(rule.fill(letters), where(str(key)))
        return cls(_rules(override or {}))

    def resolve(self, source_type: str, where: str) -> MappedType:
        """Return the PostgreSQL type for a SQL Server type such as ``nvarchar(50)`` or ``DATETIME2 (7)``.

        :param where: what an error is to name: the table and column
        :raises UnknownTypeError: no rule fits
        """
        source = SourceType.parse(source_type)
        found = self._find(source) if source else None
        if found is None:
            raise self._unknown(source_type, source, where)
        rule, letters = found
        target = rule.fill(letters)
        warning = f"{source_type} becomes {target}: {rule.warning}" if rule.warning else None
        return MappedType(parse_postgresql_type(target, f"{where}: {source_type}"), warning)

    def postgresql_type(self, text: str, where: str) -> TypeEngine[Any]:
        """Return the SQLAlchemy type for PostgreSQL type text, as column templates and settings hold it.

        :raises UnknownTypeError: the text is no PostgreSQL type that cdcmig knows
        """
        return parse_postgresql_type(text, where)

    def _find(self, source: SourceType) -> tuple[Rule, Mapping[str, int]] | None:
        own = self._override.get(source.name, ())
        for rule in (*own, *_package_rules().get(source.name, ())):
            letters = rule.bind(source)
            if letters is not None:
                return rule, letters
            # An override without brackets is meant for all lengths that the override does not name.
            if rule in own and not rule.form.parameters:
                return rule, {}
        return self._find(SourceType(USER_DEFINED, ())) if "." in source.name else None

    def _unknown(self, text: str, source: SourceType | None, where: str) -> UnknownTypeError:
        name = source.name if source else text
        known = {**_package_rules(), **self._override}
        forms = [str(rule.form) for rule in known.get(name, ())]
        expected = f"; expected {' or '.join(reversed(forms))}" if forms else nearest(name, sorted(known))
        return UnknownTypeError(
            f'{where}: "{text}" is no SQL Server type that the type map knows{expected}',
            hint="add a line to type-map.yaml; a user-defined type needs its schema, as in dbo.PhoneNumber",
        )


def _rules(content: Mapping[str, Any]) -> Rules:
    """Read a type map."""
    lines = sorted((_rule(*item, str(item[0])) for item in content.items()), key=lambda rule: rule.looseness)
    names = dict.fromkeys(rule.form.name for rule in lines)
    return {name: tuple(rule for rule in lines if rule.form.name == name) for name in names}


def _rule(key: object, value: object, where: str) -> Rule:
    """Read one line of a type map."""
    form = SourceType.parse(str(key))
    if form is None or not all(map(_PARAMETER.fullmatch, form.parameters)):
        raise MappingError(f"{where}: expected a SQL Server type such as datetime2(n)")
    if isinstance(value, str):
        return Rule(form, value, None)
    parts = dict(value) if isinstance(value, Mapping) else {}
    target, warning = parts.pop("type", None), parts.pop("warning", None)
    if isinstance(target, str) and isinstance(warning, str | None) and not parts:
        return Rule(form, target, warning)
    raise MappingError(f"{where}: expected a PostgreSQL type, or a mapping with `type` and `warning`")


@cache
def _package_rules() -> Rules:
    text = files(__package__).joinpath("type_map.yaml").read_text(encoding="utf-8")
    return _rules(yaml.safe_load(text))
