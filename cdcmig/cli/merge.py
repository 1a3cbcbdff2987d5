"""``cdcmig merge``."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from cdcmig.cli import options
from cdcmig.cli.duration import seconds
from cdcmig.errors import UnreachableError

if TYPE_CHECKING:
    from sqlalchemy import URL

    from cdcmig.merging.run import Run, Runner
    from cdcmig.merging.runner import Result
    from cdcmig.merging.tasks import Filter

_HEADINGS = ("schema", "table", "status", "waiting", "age", "merged", "fails", "last error")


@click.command()
@click.option(
    "--watch", "every", metavar="DURATION", callback=seconds, help="Run as a service, this often (5s)."
)
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Tables side by side.")
@click.option("--schema", "schemas", multiple=True, help="Only schemas like this (fnmatch); repeatable.")
@click.option("--table", "tables", multiple=True, help="Only tables like this (fnmatch); repeatable.")
@click.option(
    "--batch-size", type=click.IntRange(min=1), help="Rows a transaction  [default: 1000000; purge 10000]"
)
@click.option(
    "--swap-wait",
    metavar="DURATION",
    callback=seconds,
    help="How long ingestion may be made to wait  [default: 250ms]",
)
@click.option("--work-mem", help="Memory of a merge's sort  [default: 16MB]")
@click.option(
    "--max-time", metavar="DURATION", callback=seconds, help="Begin no transaction after this long."
)
@click.option(
    "--status",
    "--dry-run",
    "status",
    is_flag=True,
    help="Show what is pending, under way or failing (with --purge: what is past its retention), and change nothing.",
)
@click.option("--purge", is_flag=True, help="Delete tombstones and log rows that are past their retention.")
@options.target
@options.as_json
@options.directory
def merge(
    root: Path,
    every: float | None,
    jobs: int,
    schemas: tuple[str, ...],
    tables: tuple[str, ...],
    batch_size: int | None,
    swap_wait: float | None,
    work_mem: str | None,
    max_time: float | None,
    status: bool,
    purge: bool,
    sink: str | None,
    environment: str | None,
    as_json: bool,
) -> None:
    """Merge staged rows into the final tables: everything that is pending, once, or with --watch for ever.

    Any number of these may run side by side, beside pg_cron too. SIGTERM and SIGINT end it after the transactions
    under way. The exit code is 1 if a table failed; the other tables are merged all the same.

    \b
    Example:
      cdcmig merge --jobs 4
      cdcmig merge --watch 5s --schema 'a*' --env prod
      cdcmig merge --status --json
      cdcmig merge --purge --dry-run
    """
    from cdcmig.merging.run import Runner
    from cdcmig.merging.steps import Merge
    from cdcmig.merging.tasks import Filter
    from cdcmig.runtime import target

    if every is not None and (status or purge):
        raise click.UsageError("--watch excludes --status and --purge")
    url = target.select(root, sink, environment)
    wanted = Filter(schemas, tables)
    if status and purge:
        _print_expired(url, wanted, as_json=as_json)
        return
    if status:
        _print_status(url, wanted, as_json=as_json)
        return
    given: dict[str, Any] = {"batch_size": batch_size, "swap_wait": swap_wait, "work_mem": work_mem}
    runner = Runner(
        url,
        Merge(**{name: value for name, value in given.items() if value is not None}),
        wanted,
        jobs,
        max_time or float("inf"),
    )
    with _stopped_by_signals(runner.stop):
        if every is not None:
            _watch(runner, every, as_json=as_json)
            return
        title = "purging" if purge else "merging"
        with _progress(runner, title, quiet=as_json):
            run = runner.purge(batch_size) if purge else runner.once()
    _print_run(run, as_json=as_json, purge=purge)
    sys.exit(1 if run.failed else 0)


def _print_status(url: URL, wanted: Filter, *, as_json: bool) -> None:
    from cdcmig.merging import views
    from cdcmig.runtime import target

    with target.connect(url) as connection:
        rows = views.merge_status(connection, wanted)
    if as_json:
        options.print_json(rows)
        return
    options.print_table(
        _HEADINGS,
        [
            (
                row["schema_name"],
                row["table_name"],
                row["status"],
                f"{row['rows_waiting']:,}" if row["rows_waiting"] else None,
                views.short(row["age"]),
                row["last_merged_at"] and f"{row['last_merged_at']:%Y-%m-%d %H:%M:%S%z}",
                row["failures"] or None,
                row["last_error"] and row["last_error"].partition("\n")[0],
            )
            for row in rows
        ],
    )


def _print_expired(url: URL, wanted: Filter, *, as_json: bool) -> None:
    from cdcmig.merging.tombstones import expired
    from cdcmig.runtime import target

    # One transaction for all would hold a lock on each table that it has read, until the last one is counted.
    with target.connect(url, autocommit=True) as connection:
        rows = expired(connection, wanted)
    if as_json:
        options.print_json(rows)
        return
    headings = ("schema", "table", "tombstones", "older than")
    options.print_table(
        headings,
        [
            (
                row["schema_name"],
                row["table_name"],
                f"{row['tombstones']:,}",
                options.counted(row["retention_days"], "day"),
            )
            for row in rows
        ],
    )


@contextmanager
def _stopped_by_signals(stop: Event) -> Iterator[None]:
    """Set ``stop`` on SIGTERM and SIGINT; a second signal ends the process at once."""

    def ask(number: int, _frame: FrameType | None) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _progress(runner: Runner, title: str, *, quiet: bool) -> Iterator[None]:
    """Show a bar of the tables that are done, where standard error is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (
        TextColumn(title),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[at]}"),
    )
    with Progress(
        *columns, console=console, disable=quiet or not console.is_terminal, transient=True
    ) as progress:
        bar = progress.add_task(title, total=None, at="")
        runner.begin = lambda count: progress.update(bar, total=count)
        runner.report = lambda result: progress.update(bar, advance=1, at=result.task.name)
        yield


def _watch(runner: Runner, every: float, *, as_json: bool) -> None:
    click.echo(f"merging every {every:g} s; SIGTERM or Ctrl-C ends it", err=True)

    def report(run: Run) -> None:
        if run.results or run.crash_seen:
            _print_run(run, as_json=as_json, stamp=True)

    def trouble(error: UnreachableError, pause: float) -> None:
        click.echo(f"{_now()} {error.message}; next try in {pause:.1f} s", err=True)

    runner.watch(every, report, trouble)
    click.echo("stopped", err=True)


def _print_run(run: Run, *, as_json: bool, purge: bool = False, stamp: bool = False) -> None:
    """Print what a run did: errors to standard error, the summary as one line."""
    from cdcmig.merging.run import summary

    for failed in run.failed:
        click.echo(f"failed: {failed.task.name}: {failed.error}", err=True)
    if run.crash_seen:
        click.echo(_AFTER_CRASH, err=True)
    if as_json:
        data = summary(run)
        click.echo(json.dumps(data, ensure_ascii=False)) if stamp else options.print_json(data)
        return
    parts = _purged(run) if purge else _merged(run)
    click.echo(f"{_now() + ' ' if stamp else ''}{', '.join(parts)} in {run.seconds:.1f} s")


_AFTER_CRASH = (
    "the server has crashed since the last merge, and staged rows may be lost: "
    "cdcmig offsets --after-crash lists what to consume again"
)


def _merged(run: Run) -> Iterator[str]:
    rows = run.rows
    yield f"{options.counted(run.count('MERGED'), 'table')} merged"
    if rows.staged:
        counts = {
            name: getattr(rows, name) for name in ("inserted", "updated", "stale", "duplicates", "deleted")
        }
        shown = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
        yield f"{options.counted(rows.staged, 'row')} ({shown})"
    yield from _left_over(run)


def _purged(run: Run) -> Iterator[str]:
    tombstones = options.counted(run.purged, "tombstone")
    tables = options.counted(run.count("PURGED"), "table")
    yield f"{tombstones} of {tables} purged"
    yield from _left_over(run)


def _left_over(run: Run) -> Iterator[str]:
    outcomes: dict[str, Callable[[Result], bool]] = {
        "failed": lambda result: result.outcome == "FAILED",
        "postponed": lambda result: result.outcome == "POSTPONED",
        "left to another runner": lambda result: result.outcome == "BUSY",
        "with nothing to merge any more": lambda result: result.outcome == "EMPTY",
    }
    for word, fits in outcomes.items():
        if count := sum(map(fits, run.results)):
            yield f"{count:,} {word}"


def _now() -> str:
    return time.strftime("%H:%M:%S")
