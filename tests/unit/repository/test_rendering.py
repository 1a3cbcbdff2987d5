import ast

import pytest
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from hypothesis import example, given
from hypothesis import strategies as st

from cdcmig.repository.rendering import docstring, indent, render_changeset, with_schema_variable


@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0\f\x1c\x1d\x1e\x85\u2028\u2029"))
)
@example('it\'s """')
@example('\\"')
@example('""""')
def test_docstring_holds_any_text(text: str) -> None:
    value = ast.literal_eval(docstring(text))
    assert value.rstrip("\n") == text.rstrip("\n")


def test_continuation_lines_are_indented_by_open_brackets() -> None:
    code = "op.create_table('T',\nsa.Column('a', sa.Text(), comment='( not a bracket'),\nsa.Index(\n'x'\n)\n)"
    assert indent(code).splitlines() == [
        "op.create_table('T',",
        "    sa.Column('a', sa.Text(), comment='( not a bracket'),",
        "    sa.Index(",
        "        'x'",
        "    )",
        ")",
    ]


def test_schema_becomes_the_argument() -> None:
    code = "op.drop_table('T', schema='cdcmig_dev_0')"
    assert with_schema_variable(code, "cdcmig_dev_0") == "op.drop_table('T', schema=schema)"


def test_only_arguments_become_the_schema_variable() -> None:
    code = """op.alter_column('T', comment="it's for schema='alfa' alone", schema='alfa')  # schema='alfa'"""
    expected = (
        """op.alter_column('T', comment="it's for schema='alfa' alone", schema=schema)  # schema='alfa'"""
    )
    assert with_schema_variable(code, "alfa") == expected


def test_a_foreign_key_keeps_its_own_argument() -> None:
    code = "op.create_foreign_key('f', 'a', 'b', source_schema='alfa', referent_schema='alfa')"
    assert with_schema_variable(code, "alfa") == code.replace("'alfa'", "schema")


@pytest.mark.parametrize("break_", ["\n", "\r", "\x85", "\u2028", "\x0c"])
def test_a_heading_stays_one_comment_line(break_: str) -> None:
    context = MigrationContext.configure(dialect_name="postgresql")
    drop = ops.DropTableOp("T", schema="s")
    text = render_changeset("title", [(f"T{break_}import os", [drop])], [], context, "s")
    assert not any(line.strip().startswith("import os") for line in text.splitlines())
