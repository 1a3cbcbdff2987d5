"""Alembic operations as the Python text of a changeset."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from alembic.autogenerate import render
from alembic.autogenerate.api import AutogenContext

from cdcmig.mapping import markers
from cdcmig.operations.hazards import comment_on

if TYPE_CHECKING:
    from alembic.operations.ops import MigrateOperation
    from alembic.runtime.migration import MigrationContext

_PYTHON_TEXT = r"""#[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'"""
"""Pattern of a comment or a string constant; its text is never an argument."""

_STANDARD_IMPORTS = ("import sqlalchemy as sa", "from alembic import op")


def with_schema_variable(code: str, schema: str) -> str:
    """Return rendered operations with the argument ``schema`` in place of the schema that they were compared in."""
    found = re.compile(rf"(?P<argument>schema={re.escape(repr(schema))})|{_PYTHON_TEXT}")
    return found.sub(lambda match: "schema=schema" if match["argument"] else match[0], code)


def render_changeset(
    title: str,
    upgrade: Sequence[tuple[str, Sequence[MigrateOperation]]],
    downgrade: Sequence[tuple[str, Sequence[MigrateOperation]]],
    context: MigrationContext,
    schema: str,
) -> str:
    """Return the text of a changeset.

    Args:
        title: its docstring.
        upgrade: operations by heading (the table they concern), in order.
        downgrade: likewise.
        context: the migration context whose dialect renders types and defaults.
        schema: the schema in which the operations were found; it becomes the argument ``schema``.
    """
    autogen = AutogenContext(context, opts=_options(context), autogenerate=False)
    up = _body(upgrade, autogen, schema)
    down = _body(downgrade, autogen, schema)
    imports = sorted(
        {*_STANDARD_IMPORTS, *autogen.imports}, key=lambda line: (line.split()[0] != "import", line)
    )
    used = [line for line in imports if _is_used(line, up + down)]
    head = "\n".join(used) + "\n" if used else ""
    return (
        f"{docstring(title)}\n\n{head}\n\n"
        f"def upgrade(schema: str) -> None:\n{up}\n\n"
        f"def downgrade(schema: str) -> None:\n{down}"
    )


def docstring(text: str) -> str:
    """Return ``text`` as a docstring literal, whatever quotes and backslashes it holds."""
    escaped = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    end = "\n" if "\n" in escaped or escaped.endswith('"') else ""
    return f'"""{escaped}{end}"""'


@cache
def title_of(changeset: str) -> str:
    """Return the first line of a changeset's docstring; empty if it has none."""
    return (ast.get_docstring(ast.parse(changeset)) or "").partition("\n")[0]


def body_of(changeset: str) -> str:
    """Return a changeset's text without its docstring and markers: what it does, whatever it is called.

    Version 0.1 wrote no markers into comments; its changesets go on being bound by new tenants.
    """
    return markers.without_markers(changeset.split('"""', 2)[-1])


def _options(context: MigrationContext) -> dict[str, object]:
    return {
        "sqlalchemy_module_prefix": "sa.",
        "alembic_module_prefix": "op.",
        "user_module_prefix": None,
        "render_item": None,
        "render_as_batch": False,
    } | {key: value for key, value in context.opts.items() if key.endswith("_module_prefix") and value}


def _body(
    sections: Iterable[tuple[str, Sequence[MigrateOperation]]], autogen: AutogenContext, schema: str
) -> str:
    parts = []
    for heading, operations in sections:
        code = "\n".join(text for operation in operations for text in _statements(autogen, operation))
        if code:
            title = f"# {_one_line(heading)}\n" if heading else ""
            parts.append(title + indent(with_schema_variable(code, schema)))
    text = "\n\n".join(parts) or "pass"
    return "".join(f"    {line}\n" if line else "\n" for line in text.splitlines())


def _one_line(heading: str) -> str:
    """Escape line breaks and control characters: SQL Server allows them in names, and a comment would end there."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in heading)


def _statements(autogen: AutogenContext, operation: MigrateOperation) -> list[str]:
    """Return the calls that an operation is written as; what is said about its dangers ends their first lines."""
    return [
        "\n".join([first + comment_on(operation), *rest])
        for first, *rest in map(str.splitlines, render.render_op(autogen, operation))
    ]


def indent(code: str) -> str:
    """Return code with every continuation line indented by four blanks for each bracket that is open before it."""
    depths: dict[int, int] = {}
    depth = 0
    for token in tokenize.generate_tokens(io.StringIO(code + "\n").readline):
        line = token.start[0]
        closing = token.type == tokenize.OP and token.string in ")]}"
        depth -= closing
        if token.type not in {tokenize.NL, tokenize.NEWLINE}:
            depths.setdefault(line, depth)
        depth += token.type == tokenize.OP and token.string in "([{"
    lines = code.splitlines()
    return "\n".join(
        "    " * depths.get(number, 0) + line.strip() if line.strip() else ""
        for number, line in enumerate(lines, 1)
    )


def _is_used(import_line: str, code: str) -> bool:
    name = import_line.rsplit(maxsplit=1)[-1]
    return re.search(rf"\b{re.escape(name)}\.", code) is not None
