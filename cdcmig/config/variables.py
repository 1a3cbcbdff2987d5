"""``${VAR}`` and ``${VAR:-default}`` in the text of a configuration value."""

from __future__ import annotations

import re
from collections.abc import Mapping

_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


class UnsetVariableError(LookupError):
    """A ``${VAR}`` without default, and no such variable in the environment; the argument is its name."""


def resolve(text: str, environment: Mapping[str, str]) -> str:
    """Put in the values; as in a shell, the default also stands in for an empty one.

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
