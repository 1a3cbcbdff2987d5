"""What ``alembic/env.py`` calls: choose the database and the branch, then let Alembic work.

Every schema has a branch, a folder and a version table of its own. With ``-x schema=`` Alembic's script directory
is that folder, so that ``head``, ``base`` and ``-1`` mean that tenant's and only its files are loaded.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateSchema

from cdcmig import alembic_internals
from cdcmig.errors import RepositoryError, SchemaSelectionError, abridged
from cdcmig.operations.execution import LEFTOVERS
from cdcmig.repository import checksums
from cdcmig.repository.layout import INFRASTRUCTURE, Layout
from cdcmig.runtime import binding, history, notices, retry, scripts, squashed, target
from cdcmig.runtime.arguments import Arguments
from cdcmig.runtime.branch import Branch, CommandFunction
from cdcmig.runtime.interruption import interruptible
from cdcmig.runtime.leftovers import Leftovers, removed_on_failure
from cdcmig.runtime.locks import DEFAULT_WAIT, holders, schema_lock

log = logging.getLogger(__name__)

_CHANGES_DATABASE = frozenset({"upgrade", "downgrade", "do_stamp"})
_WORKS_ON_ALL_BRANCHES = frozenset({"upgrade", "display_version"})
_COMPARES = frozenset({"retrieve_migrations"})


def run(context: Any) -> None:
    """Run the Alembic command that is under way.

    Args:
        context: the module ``alembic.context``.

    Raises:
        SchemaSelectionError: ``-x schema=`` is missing, unknown or ambiguous.
        ChecksumError: a landed file was edited, removed or added.
        TargetError: the database cannot be reached, or a lock was not free.
    """
    _Environment(alembic_internals.environment_context(context)).run()


class _Environment:
    """One run of ``env.py``: Alembic's context, the arguments, and the branches that they mean."""

    def __init__(self, context: EnvironmentContext) -> None:
        self.context = context
        self.function: CommandFunction = context.context_opts["fn"]
        self.command = self.function.__name__
        self.arguments = Arguments.parse(context.get_x_argument(as_dictionary=False))
        self.wait = float(self.arguments.wait or DEFAULT_WAIT)
        self.lock_timeout = self.arguments.lock_timeout or retry.DEFAULT_LOCK_TIMEOUT
        self.leftovers: Leftovers = {}
        self.before: list[str] = []
        self.layout = Layout.of(context.config)
        self.sink = self.layout.select_sink(self.arguments.sink, self.arguments.schema)

    def run(self) -> None:
        branches = self._branches()
        if self.command in _CHANGES_DATABASE:
            self._verify(branches)
        if self.context.is_offline_mode():
            self._emit(branches)
            return
        configured = self.context.config.get_main_option("sqlalchemy.url")
        url = target.resolve(self.layout.root, configured, self.sink, self.arguments.env)
        with target.connect(url) as connection, interruptible():
            for number, branch in enumerate(branches, 1):
                if len(branches) > 1 and self.command in _CHANGES_DATABASE:
                    log.info('schema "%s" (%d of %d)', branch.schema, number, len(branches))
                try:
                    self._run_branch(branch, connection)
                except DBAPIError as error:
                    raise retry.refusal(error, f'schema "{branch.schema}"') from None

    def _branches(self) -> list[Branch]:
        """Return the branches to work on, in order; the infrastructure precedes a tenant that is upgraded."""
        schema = self.arguments.schema
        if schema is None:
            self._refuse_missing_schema()
            schemas = self.layout.schemas(self.sink)
        elif self.command == "upgrade" and schema != INFRASTRUCTURE:
            schemas = [INFRASTRUCTURE, schema]
        else:
            schemas = [schema]
        return [Branch(self.layout, self.sink, schema) for schema in schemas]

    def _refuse_missing_schema(self) -> None:
        destination = self.context.context_opts.get("destination_rev")
        if self.command == "upgrade" and destination != "heads":
            message = f'"upgrade {destination}" needs a schema: every schema has a head of its own'
        elif self.command not in _WORKS_ON_ALL_BRANCHES:
            message = "this command works on one schema"
        else:
            return
        schemas = self.layout.schemas(self.sink)
        hint = f"add -x schema=NAME (alembic upgrade heads: all); {len(schemas)} schemas: {abridged(schemas)}"
        raise SchemaSelectionError(message, hint=hint)

    def _verify(self, branches: list[Branch]) -> None:
        folders = {self.layout.changeset_folder(self.sink, branch.schema) for branch in branches}
        checksums.verify(self.layout.scripts, sorted(folders | {branch.folder for branch in branches}))

    def _function(self, branch: Branch) -> CommandFunction:
        """Return what the command does on a branch; the infrastructure before a tenant goes to its own head."""
        if self.command not in _CHANGES_DATABASE:
            return self.function
        own_head = branch.is_infrastructure and self.arguments.schema not in {None, INFRASTRUCTURE}
        script = self.context.script
        planned: list[Any] | None = None

        def steps(revision: Any, context: Any) -> Iterator[Any]:
            # Planned once: in a second try, "-2" or "+1" would be two steps, or one, from where the first one got to.
            nonlocal planned
            if planned is None:
                planned = list(
                    alembic_internals.upgrade_steps(script, "heads", revision)
                    if own_head
                    else self.function(revision, context)
                )
            while planned:
                binding.register_operations()
                history.begin(context)
                if not context.as_sql:
                    self.before = squashed.revisions(context.connection, branch.schema)
                yield planned[0]
                planned.pop(0)  # Alembic asks for the next step when this one is committed
                self.leftovers.clear()

        return steps

    def _has_landed(self, branch: Branch, connection: Connection) -> bool:
        """Return whether the step under way is committed, even if the connection was lost meanwhile."""
        return squashed.revisions(connection, branch.schema) != self.before

    def _options(self, branch: Branch) -> dict[str, Any]:
        return {
            **branch.options(),
            "fn": self._function(branch),
            "on_version_apply": partial(history.record, branch),
            LEFTOVERS: self.leftovers,
        }

    def _run_branch(self, branch: Branch, connection: Connection) -> None:
        branch.select_in(self.context.script)
        if self.command in _CHANGES_DATABASE:
            self._change(branch, connection)
        else:
            self._look(branch, connection)

    def _look(self, branch: Branch, connection: Connection) -> None:
        """Run a read-only command."""
        self._recognise(branch, connection, write=False)
        options = self._options(branch)
        if self.command in _COMPARES:
            options |= branch.comparison_options(connection)
        self.context.configure(connection=connection, **options)
        if self.arguments.schema is None:
            self.context.config.print_stdout("%s:", branch.schema)
        self._run_migrations()

    def _change(self, branch: Branch, connection: Connection) -> None:
        """Run a command that changes the schema: under the schema lock, retrying lock timeouts."""
        self.context.configure(connection=connection, **self._options(branch))
        wait, timeout = self.wait, self.lock_timeout
        with schema_lock(connection, branch.schema, wait):
            self._retry(partial(self._prepare, branch, connection, timeout), branch, connection)
            landed = partial(self._has_landed, branch)
            with removed_on_failure(connection, self.leftovers, landed, timeout, wait):
                self._retry(self._run_migrations, branch, connection)

    @staticmethod
    def _retry(work: Callable[[], None], branch: Branch, connection: Connection) -> None:
        """Run a change of a branch, and retry it after lock timeouts."""

        def afresh() -> None:
            connection.rollback()  # after an error the transaction accepts no further statement
            work()

        in_the_way = partial(holders, connection, branch.schema)
        retry.on_lock_timeout(afresh, f'schema "{branch.schema}"', holders=in_the_way)

    def _prepare(self, branch: Branch, connection: Connection, timeout: str) -> None:
        notices.show(connection, branch.schema)
        connection.execute(text("SELECT set_config('lock_timeout', :timeout, false)"), {"timeout": timeout})
        connection.execute(CreateSchema(branch.schema, if_not_exists=True))
        connection.commit()
        self._recognise(branch, connection, write=True)

    def _recognise(self, branch: Branch, connection: Connection, *, write: bool) -> None:
        """Recognise what was squashed; refuse a revision that no file has, unless `stamp --purge` is to forget it."""
        squashed.recognise(branch, self.context.script, connection, write=write)
        unknown = squashed.unknown(branch, self.context.script, connection)
        connection.rollback()  # Alembic would take the transaction of these queries for one that is not its own
        if unknown is not None and not self.context.context_opts.get("purge"):
            raise RepositoryError(
                f'schema "{branch.schema}" is at revision {unknown}, which no file here has',
                hint="the database is ahead of this checkout: get the branch that has the file, and run this there",
            )

    def _run_migrations(self) -> None:
        with self.context.begin_transaction():
            self.context.run_migrations()

    def _emit(self, branches: list[Branch]) -> None:
        """Write the script of ``--sql``; psql runs the infrastructure's part only where it is missing."""
        starting = self.context.context_opts.get("starting_rev")
        for branch in branches:
            branch.select_in(self.context.script)
            before_tenant = branch.is_infrastructure and self.command == "upgrade" and len(branches) > 1
            self.context.context_opts["starting_rev"] = None if before_tenant else starting
            self.context.configure(
                dialect_name="postgresql",
                dialect_opts={"paramstyle": "named"},  # else the driver's style doubles every percent sign
                literal_binds=True,
                **self._options(branch),
            )
            alembic_internals.keep_tabs(self.context.get_context())
            out = self.context.get_impl().static_output
            out("\\set ON_ERROR_STOP on\n")
            out(f"SET search_path = {target.SEARCH_PATH};\n")
            out(scripts.locked(branch.schema, self.wait, self.lock_timeout))
            if before_tenant:
                out(_GUARD_BEGIN)
            self._emit_branch(branch)
            if before_tenant:
                head = self.context.script.get_current_head()
                out(f"\\else\n{scripts.is_ready(branch.schema, head)}\\endif\n")
            out(scripts.unlocked(branch.schema))

    def _emit_branch(self, branch: Branch) -> None:
        context = self.context.get_context()
        context.impl.static_output(scripts.begins_at(branch.schema, _starting_revision(context)))
        alembic_internals.execute(context, CreateSchema(branch.schema, if_not_exists=True))
        squashed.recognise_in_script(branch, self.context.script, context)
        self._run_migrations()


def _starting_revision(context: MigrationContext) -> str | None:
    """Return the revision at which a script of ``--sql`` begins; None is base.

    An identifier that Alembic does not know stays as it is: what was folded is known by its full name alone.
    """
    try:
        return context.get_current_revision()
    except CommandError:
        return str(context.opts["starting_rev"])


_GUARD_BEGIN = """\
SELECT pg_catalog.to_regclass('cdc_management.alembic_version') IS NULL AS cdcmig_infrastructure_missing \\gset
\\if :cdcmig_infrastructure_missing
"""
