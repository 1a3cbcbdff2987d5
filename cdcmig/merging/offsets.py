"""From which offset each topic partition has to be consumed again, so that no event is missed; pure functions.

A table needs everything beyond its watermark. Where several tables are fed from one partition, the lowest of their
offsets is taken. A table that is fed from a topic, but has merged nothing of one of its partitions, needs that
partition from its beginning: what was staged of it and lost is not known. Rows that come again are harmless.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from sqlalchemy import Connection

from cdcmig.errors import BrokerError, nearest
from cdcmig.merging import database

EARLIEST = 0
"""How "from the beginning" is written where no broker is asked: no partition begins below it. A consumer that is
sent to offsets that the broker has deleted begins at the earliest if its ``auto.offset.reset`` says so."""

_LEGAL_TOPIC = re.compile(r"[a-zA-Z0-9._-]{1,249}")  # Apache Kafka: org.apache.kafka.common.internals.Topic


class Partition(NamedTuple):
    """A partition of a topic."""

    topic: str
    number: int


class Need(NamedTuple):
    """What one table needs of a partition: everything from ``offset`` on."""

    table: str
    partition: Partition
    offset: int


class Limits(NamedTuple):
    """What a broker holds of a partition: from ``first`` up to, but without, ``end``."""

    first: int
    end: int


@dataclass(frozen=True)
class Seek:
    """Where to resume a partition.

    Attributes:
        unmerged: tables that are fed from this topic and have merged nothing of this partition; because of them
            it is resumed from its beginning.
        deleted: how many offsets from there on the broker has deleted already: nobody can bring them back.
    """

    partition: Partition
    offset: int
    unmerged: tuple[str, ...] = ()
    deleted: int = 0


@dataclass(frozen=True)
class Progress:
    """The state of the database: what the tables need, and which table has merged events of which partition."""

    needs: tuple[Need, ...]
    merged: frozenset[tuple[str, Partition]]


def read(connection: Connection, *, after_crash: bool) -> Progress:
    """Return what each table needs: all beyond its watermarks, or what was lost in a crash and not seen again since.

    Raises:
        TargetError: the database cannot be asked.
    """
    watermarks = _needs(connection, "watermarks", "last_offset + 1")
    needs = _needs(connection, "replay_needed", "resume_offset") if after_crash else watermarks
    return Progress(needs, frozenset((need.table, need.partition) for need in watermarks))


def _needs(connection: Connection, relation: str, offset: str) -> tuple[Need, ...]:
    found = database.rows(
        connection,
        f"SELECT schema_name || '.' || table_name AS name, topic, partition, {offset} AS resume"
        f" FROM cdc_management.{relation}",
    )
    return tuple(Need(row["name"], Partition(row["topic"], row["partition"]), row["resume"]) for row in found)


def seeks(progress: Progress, existing: Iterable[Partition] = ()) -> list[Seek]:
    """Return where to resume every partition that needs it, sorted.

    Args:
        progress: what the database knows.
        existing: partitions that the brokers have besides; those of other topics are left out.

    Raises:
        BrokerError: a topic has a name that Kafka does not allow, so that it cannot be one.
    """
    tables: dict[str, set[str]] = {}
    lowest: dict[Partition, int] = {}
    for need in progress.needs:
        _check(need)
        tables.setdefault(need.partition.topic, set()).add(need.table)
        lowest[need.partition] = min(need.offset, lowest.get(need.partition, need.offset))
    merged_or_there = {partition for _table, partition in progress.merged} | set(existing)
    found = []
    for partition in sorted(lowest.keys() | {known for known in merged_or_there if known.topic in tables}):
        unmerged = sorted(
            table for table in tables[partition.topic] if (table, partition) not in progress.merged
        )
        if unmerged:
            found.append(Seek(partition, EARLIEST, tuple(unmerged)))
        elif partition in lowest:
            found.append(Seek(partition, lowest[partition]))
    return found


def _check(need: Need) -> None:
    topic, number = need.partition
    if not _LEGAL_TOPIC.fullmatch(topic) or number < 0:
        raise BrokerError(
            f'{need.table} was fed from topic "{topic}", partition {number}: there can be no such partition',
            hint="look at what the pipeline writes to __kafka_topic and __kafka_partition",
        )


def within(found: Iterable[Seek], limits: Mapping[Partition, Limits]) -> list[Seek]:
    """Return the seeks limited to what the brokers still hold: none below a partition's first offset.

    Raises:
        BrokerError: a topic or partition is unknown, or ends below the offset that is to be resumed.
    """
    placed, wrong = [], []
    topics = sorted({partition.topic for partition in limits})
    for seek in found:
        topic, number = seek.partition
        held = limits.get(seek.partition)
        if held is None and topic not in topics:
            wrong.append(f'no topic "{topic}"{nearest(topic, topics)}')
        elif held is None:
            wrong.append(f'topic "{topic}" has no partition {number}')
        elif seek.offset > held.end:
            wrong.append(f'topic "{topic}", partition {number} ends at {held.end}, before {seek.offset}')
        else:
            deleted = 0 if seek.unmerged else max(0, held.first - seek.offset)
            placed.append(replace(seek, offset=max(seek.offset, held.first), deleted=deleted))
    if wrong:
        raise BrokerError(
            "\n".join(dict.fromkeys(wrong)),
            hint="a topic that was deleted and created again counts its offsets from 0: leave it out (--except-topic)"
            " and rewrite it by hand (docs/operations.md)",
        )
    return placed


def seek_file(found: Iterable[Seek]) -> str:
    """Return the text for ``rpk group seek --to-file``: topic, partition, offset, one blank between, no heading."""
    return "".join(f"{seek.partition.topic} {seek.partition.number} {seek.offset}\n" for seek in found)
