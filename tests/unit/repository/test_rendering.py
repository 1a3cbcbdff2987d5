import ast

from hypothesis import example, given
from hypothesis import strategies as st

from cdcmig.repository.rendering import docstring, indent, with_schema_variable


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
