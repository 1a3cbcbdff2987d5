"""Private names of Alembic are used in one module, so that a new version has one place to break."""

import ast
from collections.abc import Iterator
from pathlib import Path

import cdcmig

PACKAGE = Path(cdcmig.__file__).parent
MODULE = PACKAGE / "alembic_internals.py"
OTHERS = {
    "_asdict", "_replace",  # of named tuples
    "_TIMED_OUT", "_TRANSPORT", "_ALL_BROKERS_DOWN", "_UNSUPPORTED_FEATURE",  # confluent-kafka's error codes
}  # fmt: skip


def _private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def _uses(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and _private(node.attr):
            yield node.attr, node.lineno
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("alembic", "sqlalchemy")):
            yield from ((alias.name, node.lineno) for alias in node.names if _private(alias.name))
        elif isinstance(node, ast.Call):
            yield from (
                (word.arg, word.value.lineno) for word in node.keywords if word.arg and _private(word.arg)
            )


def _definitions(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.AnnAssign | ast.Assign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                yield target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")


def test_private_names_of_alembic_are_used_in_one_module() -> None:
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")}
    own = {name for path, tree in trees.items() if path != MODULE for name in _definitions(tree)} | OTHERS
    foreign = [
        f"{path.relative_to(PACKAGE)}:{line}: {name}"
        for path, tree in trees.items()
        for name, line in _uses(tree)
        if path != MODULE and name not in own
    ]
    assert foreign == []
