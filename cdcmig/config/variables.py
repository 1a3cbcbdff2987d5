"""Substitutes ``${VAR}`` and ``${VAR:-default}`` in configuration values."""

from __future__ import annotations

import re
from collections.abc import Mapping

_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


class UnsetVariableError(LookupError):
    """A ``${VAR}`` without default is not set; the argument is the variable's name."""


def resolve(text: str, environment: Mapping[str, str]) -> str:
    """Substitute variables; as in a shell, the default also replaces an empty value.

    Raises:
        UnsetVariableError: a variable is not set and has no default.
    """

    def value(reference: re.Match[str]) -> str:
        name, default = reference.groups()
        if default is not None:
            return environment.get(name) or default
        if name not in environment:
            raise UnsetVariableError(name)
        return environment[name]

    return _REFERENCE.sub(value, text)
