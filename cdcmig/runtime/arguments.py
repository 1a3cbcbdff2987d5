"""The ``-x`` arguments that cdcmig's environment understands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields

from cdcmig.errors import SchemaSelectionError, nearest

_FORMS = {
    "allow_data_loss": "[01]",
    "lock_timeout": r"\d+(\.\d+)? ?(us|ms|s|min|h|d)?",  # PostgreSQL manual, 20.1.1: values with a unit
    "wait": r"\d+(\.\d+)?",
}
_EXAMPLES = {"allow_data_loss": "1", "lock_timeout": "a time, such as 2s", "wait": "seconds, such as 600"}


@dataclass(frozen=True)
class Arguments:
    """``-x NAME=VALUE``, parsed.

    Attributes:
        schema: the tenant schema, or ``cdc_management``.
        sink: ``<sink group>.<database>``; needed where several sinks have the schema.
        env: an environment of sink-groups.yaml.
        allow_data_loss: ``1`` lets a downgrade drop what cannot come back.
        lock_timeout: how long one DDL statement waits for its lock, as PostgreSQL writes it (``2s``).
        wait: seconds to wait for another upgrade of the same schema, and for readers of what a failed one takes back.
    """

    schema: str | None = None
    sink: str | None = None
    env: str | None = None
    allow_data_loss: str | None = None
    lock_timeout: str | None = None
    wait: str | None = None

    @classmethod
    def parse(cls, given: Sequence[str]) -> Arguments:
        """Read ``["schema=avansas", …]``.

        Raises:
            SchemaSelectionError: an argument is unknown, without ``=`` or a value of its form, or given twice with
                two values.
        """
        known = [field.name for field in fields(cls)]
        values: dict[str, str] = {}
        for item in given:
            name, separator, value = item.partition("=")
            if not separator or name not in known:
                raise SchemaSelectionError(
                    f"-x {item}: not understood{nearest(name, known)}", hint=f"known: {', '.join(known)}"
                )
            if not value:
                raise SchemaSelectionError(f"-x {item}: nothing stands after the =")
            if not re.fullmatch(_FORMS.get(name, ".*"), value, re.DOTALL):
                raise SchemaSelectionError(f"-x {item}: expected {_EXAMPLES[name]}")
            if values.setdefault(name, value) != value:
                raise SchemaSelectionError(f"-x {name}= is given twice: {values[name]} and {value}")
        return cls(**values)
