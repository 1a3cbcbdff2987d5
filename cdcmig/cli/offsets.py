"""``cdcmig offsets``."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cdcmig.cli import options

if TYPE_CHECKING:
    from cdcmig.merging.brokers import Brokers
    from cdcmig.merging.offsets import Partition, Progress, Seek

_HEADINGS = ("topic", "part", "committed", "resume")


@click.command()
@click.option(
    "--after-crash", is_flag=True, help="Only what was lost in a crash and was not consumed again yet."
)
@click.option("--topic", "topics", multiple=True, help="Only topics like this (fnmatch); repeatable.")
@click.option("--except-topic", "excluded", multiple=True, help="No topics like this (fnmatch); repeatable.")
@click.option("--brokers", "servers", help="host:port,…; ask them for partitions and earliest offsets.")
@click.option("--group", help="The consumer group to set.")
@click.option("--apply", is_flag=True, help="Set the offsets of --group, which must have no members.")
@click.option("--dry-run", is_flag=True, help="With --apply: show what would be set, and set nothing.")
@click.option(
    "--kafka-config",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A file of librdkafka properties, name=value, for TLS and logins.",
)
@options.target
@options.as_json
@options.directory
def offsets(
    root: Path,
    after_crash: bool,
    topics: tuple[str, ...],
    excluded: tuple[str, ...],
    servers: str | None,
    group: str | None,
    apply: bool,
    dry_run: bool,
    kafka_config: Path | None,
    sink: str | None,
    environment: str | None,
    as_json: bool,
) -> None:
    """Print from which offsets to consume again: topic, partition, offset, for `rpk group seek --to-file`.

    That is one behind the watermarks: the lowest of all tables that a partition feeds. A partition of which a table
    has merged nothing is resumed from its beginning: the earliest offset that --brokers hold, or 0 without them.

    \b
    Example:
      cdcmig offsets --after-crash > offsets.txt; rpk group seek my-group --to-file offsets.txt
      cdcmig offsets --after-crash --brokers kafka:9092 --group my-group --apply --dry-run
      cdcmig offsets --after-crash --brokers kafka:9092 --group my-group --apply
    """
    from cdcmig.merging import offsets as resume
    from cdcmig.merging.brokers import Brokers, read_properties
    from cdcmig.runtime import target

    _check_usage(servers, group, apply=apply, dry_run=dry_run)
    url = target.select(root, sink, environment)
    with target.connect(url) as connection:
        progress = _only(resume.read(connection, after_crash=after_crash), topics, excluded)
    brokers = None
    if servers is not None:
        brokers = Brokers(servers, read_properties(kafka_config) if kafka_config else None)
    seeks, committed = _look(brokers, progress, group)
    if brokers is not None and group is not None and apply and seeks:
        brokers.refuse_members(group)
        if not dry_run:
            brokers.seek(group, seeks)
    if as_json:
        options.print_json([_data(seek, committed) for seek in seeks])
    elif apply:
        options.print_table(_HEADINGS, [(*s.partition, committed.get(s.partition), s.offset) for s in seeks])
    else:
        click.echo(resume.seek_file(seeks), nl=False)
    if not seeks:
        merged = after_crash or progress.merged
        click.echo("nothing is to be consumed again" if merged else "nothing was merged yet", err=True)
    else:
        _tell(seeks, asked=brokers is not None)
    if apply:
        done = "dry run: nothing was changed" if dry_run else f"set for group {group}"
        click.echo(f"{options.counted(len(seeks), 'partition')}; {done}", err=True)


def _check_usage(servers: str | None, group: str | None, *, apply: bool, dry_run: bool) -> None:
    if apply and not (servers and group):
        raise click.UsageError("--apply needs --brokers and --group")
    if dry_run and not apply:
        raise click.UsageError("--dry-run goes with --apply; without --apply nothing is ever changed")
    if group is not None and servers is None:
        raise click.UsageError("--group needs --brokers")


def _only(progress: Progress, topics: tuple[str, ...], excluded: tuple[str, ...]) -> Progress:
    """Leave out topics that are not wanted; never single tables, for partitions are theirs in common.

    Raises:
        BrokerError: nothing was ever merged of a topic like that; an empty list would look like good news.
    """
    from dataclasses import replace

    from cdcmig.errors import BrokerError, nearest

    known = sorted({partition.topic for _table, partition in progress.merged})
    for pattern in (*topics, *excluded):
        if not any(fnmatchcase(topic, pattern) for topic in known):
            raise BrokerError(f'nothing was ever merged of a topic "{pattern}"{nearest(pattern, known)}')

    def fits(topic: str, patterns: tuple[str, ...]) -> bool:
        return any(fnmatchcase(topic, pattern) for pattern in patterns)

    def wanted(topic: str) -> bool:
        return (not topics or fits(topic, topics)) and not fits(topic, excluded)

    return replace(progress, needs=tuple(need for need in progress.needs if wanted(need.partition.topic)))


def _look(
    brokers: Brokers | None, progress: Progress, group: str | None
) -> tuple[list[Seek], Mapping[Partition, int]]:
    """Return where to resume, as far as the brokers have it, and what the group has committed there."""
    from cdcmig.merging import offsets as resume

    if brokers is None:
        return resume.seeks(progress), {}
    existing = brokers.partitions({need.partition.topic for need in progress.needs})
    seeks = resume.seeks(progress, existing)
    held = brokers.limits(existing)
    seeks = resume.within(seeks, held)
    if group is None or not seeks:
        return seeks, {}
    return seeks, brokers.committed(group, [seek.partition for seek in seeks])


def _data(seek: Seek, committed: Mapping[Partition, int]) -> dict[str, object]:
    return {
        "topic": seek.partition.topic,
        "partition": seek.partition.number,
        "offset": seek.offset,
        "committed": committed.get(seek.partition),
        "unmerged": list(seek.unmerged),
        "deleted": seek.deleted,
    }


def _tell(seeks: list[Seek], *, asked: bool) -> None:
    """Say on standard error what the numbers alone do not."""
    for seek in seeks:
        place = f"{seek.partition.topic} {seek.partition.number}"
        if seek.unmerged:
            from cdcmig.errors import abridged

            tables = abridged(list(seek.unmerged))
            click.echo(f"{place}: from the beginning, for nothing of it was merged into {tables}", err=True)
        if seek.deleted:
            click.echo(
                f"{place}: the broker has deleted {options.counted(seek.deleted, 'offset')} before {seek.offset}",
                err=True,
            )
    if not asked:
        click.echo(
            "partitions of which nothing was ever merged are missing here: --brokers adds them", err=True
        )
