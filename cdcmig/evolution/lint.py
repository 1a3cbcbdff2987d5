"""Dangers of a changeset, or of any other migration, found by running it offline and looking at what it does.

The file is executed and its ``upgrade`` and ``downgrade`` run without a database; each operation is looked at
together with the SQL that it writes and the line that it stands on. The codes are explained in ``docs/lint.md``.
A line that ends with ``# cdcmig: allow CODE`` is not reported for that code.
"""

from __future__ import annotations

import ast
import inspect
import io
import tokenize
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from alembic.operations import MigrateOperation, Operations
from alembic.runtime.migration import MigrationContext

import cdcmig.operations  # noqa: F401 - registers the operations that a changeset may use
from cdcmig.errors import Finding, nearest
from cdcmig.evolution import lint_rules
from cdcmig.evolution.lint_rules import LINTED_SCHEMA, Call, Found, Rules
from cdcmig.operations.hazards import CODES, MISSING_DOWNGRADE, NOT_OFFLINE, UNKNOWN_CODE, suppressed_in

LINT = "lint"
"""How the checks of this module begin; the code follows."""


def lint_changeset(path: Path) -> list[Finding]:
    """Return the dangers of a changeset or revision, sorted by line; empty where there are none.

    Raises:
        OSError: the file cannot be read.
    """
    source = path.read_text(encoding="utf-8")
    try:
        tree = ast.parse(source, str(path))
    except SyntaxError as error:
        return [_finding(path, (NOT_OFFLINE, error.lineno or 1, f"no Python: {error.msg}"))]
    run = _Run(path)
    findings = list(lint_rules.imports(tree))
    findings += _unknown_codes(source)
    upgraded = run.direction(source, "upgrade")
    downgraded = run.direction(source, "downgrade")
    findings += run.failures
    findings += Rules(upgraded, downgraded).findings()
    line = _line_of(tree, "downgrade")
    if upgraded and not downgraded and not any(failed >= line > 0 for _, failed, _ in run.failures):
        findings.append((MISSING_DOWNGRADE, line or 1, "the downgrade does nothing"))
    reported = {_finding(path, found) for found in findings if not _is_allowed(source, found)}
    return sorted(reported, key=lambda finding: (finding.line, finding.check))


def _finding(path: Path, found: Found) -> Finding:
    code, line, message = found
    return Finding(f"{LINT} {code}", path, line, "", message)


@dataclass
class _Blocks:
    """Counts the autocommit blocks of a context, and knows whether one is open.

    Attributes:
        current: the number of the open one, from 1; 0: none is open.
    """

    current: int = 0
    _begun: int = 0

    def watch(self, context: MigrationContext) -> None:
        """Have every block of a context counted."""
        autocommit_block = context.autocommit_block

        @contextmanager
        def counted() -> Iterator[None]:
            outer = self.current
            self._begun += 1
            self.current = self._begun
            try:
                with autocommit_block():
                    yield
            finally:
                self.current = outer

        context.autocommit_block = counted  # type: ignore[method-assign] # the file reaches no other context


@dataclass
class _Run:
    """Runs a file's functions offline and records what they do."""

    path: Path
    failures: list[Found] = field(default_factory=list)
    _takes_schema: bool = False
    _blocks: _Blocks = field(default_factory=_Blocks)

    def direction(self, source: str, name: str) -> list[Call]:
        """Return the operations that ``upgrade`` or ``downgrade`` invokes, in order."""
        calls: list[Call] = []
        buffer = io.StringIO()
        context = MigrationContext.configure(
            dialect_name="postgresql",
            opts={"as_sql": True, "output_buffer": buffer, "literal_binds": True, "allow_data_loss": "1"},
        )
        self._blocks = _Blocks()
        self._blocks.watch(context)
        with Operations.context(context) as operations:
            self._record(operations, buffer, calls)
            try:
                self._call(source, name)
            except NotImplementedError:
                calls.clear()
            except Exception as error:
                reason = " ".join(str(error).split()) or type(error).__name__
                self.failures.append((NOT_OFFLINE, _line_in(self.path, error), f"{name}: {reason}"))
        return calls

    def _call(self, source: str, name: str) -> None:
        module = ModuleType(self.path.stem)
        exec(compile(source, str(self.path), "exec"), module.__dict__)  # noqa: S102 - a migration is code that we run
        function: Callable[..., Any] | None = getattr(module, name, None)
        if function is None:
            return
        self._takes_schema = "schema" in inspect.signature(function).parameters
        function(**({"schema": LINTED_SCHEMA} if self._takes_schema else {}))

    def _record(self, operations: Any, buffer: io.StringIO, calls: list[Call]) -> None:
        """Record every operation in ``calls``; one that invokes others counts once."""
        invoke, depth = operations.invoke, 0

        def recorded(operation: MigrateOperation) -> Any:
            nonlocal depth
            start, line, outermost = buffer.tell(), self._line(), depth == 0
            call = Call(operation, line, self._takes_schema, self._blocks.current)
            if outermost:
                calls.append(call)
            depth += 1
            try:
                return invoke(operation)
            finally:
                depth -= 1
                call.sql = buffer.getvalue()[start:]

        operations.invoke = recorded

    def _line(self) -> int:
        """Return the line of the file that is running."""
        frame = inspect.currentframe()
        while frame is not None and frame.f_code.co_filename != str(self.path):
            frame = frame.f_back
        return frame.f_lineno if frame is not None else 1


def _line_in(path: Path, error: Exception) -> int:
    """Return the last line of the file that an error passed through."""
    line, trace = 1, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _line_of(tree: ast.Module, function: str) -> int:
    """Return the line of a function's definition; 0 where there is none."""
    return next(
        (node.lineno for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == function), 0
    )


def _unknown_codes(source: str) -> Iterator[Found]:
    """Find comments that allow what is no code: they allow nothing."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            unknown = sorted(suppressed_in(token.string).difference(CODES))
            messages = [
                f'no code "{code}"{nearest(code, CODES, 1) or "; a reason goes in brackets"}'
                for code in unknown
            ]
            if messages:
                yield UNKNOWN_CODE, token.start[0], " ".join(messages)


def _is_allowed(source: str, found: Found) -> bool:
    code, line, _ = found
    lines = source.splitlines()
    return 0 < line <= len(lines) and code in suppressed_in(lines[line - 1])
