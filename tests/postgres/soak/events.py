"""The event log: a pure function of (partition, offset), and the oracle that is computed from it.

The log is SQL, so that eight writers can produce it as fast as the server takes it, and any range of it again at
any time. What makes it hard to merge:

* many versions per key, a quarter of them on a few hot keys; 10% deletes; three changes per LSN, told apart by the
  sequence; forty events per millisecond of source time;
* it begins with a snapshot: rows without LSN, some keys twice, so that only the offset tells which is newer;
* one event in twenty is an older one, sent again at a new offset, as a connector does after its own restart.

A key belongs to one partition. The oracle looks at numbers only, never at the text of an LSN.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PARTITIONS = range(8)
TOPIC = "soak.ledger"
_LATE = 1900  # how far back an event that is sent again can come from

EVENT_COLUMNS = (
    "id", "version", "name", "amount", "changed_at",
    "__source", "__source_ts_ms", "__deleted", "__operation", "__lsn", "__seq_val",
    "__kafka_topic", "__kafka_partition", "__kafka_offset", "__kafka_timestamp",
)  # fmt: skip
"""What a writer inserts; the function returns these first, then the numbers for the oracle."""


@dataclass(frozen=True)
class Log:
    """The parameters of a log.

    Attributes:
        seed: another one, another log.
        keys: keys per partition.
        hot: how many of them get a quarter of the events.
    """

    seed: int = 20261123
    keys: int = 20_000
    hot: int = 64

    @property
    def snapshot(self) -> int:
        """How many events of a partition are from the snapshot; every fourth key comes twice."""
        return self.keys // 2

    def create(self) -> str:
        """Return SQL that creates ``log.events(partition, first, last)``; everybody may call it."""
        return f"""
CREATE SCHEMA log;
GRANT USAGE ON SCHEMA log TO PUBLIC;
CREATE FUNCTION log.events(p integer, first bigint, last bigint)
RETURNS TABLE (
    id integer, version bigint, name text, amount numeric, changed_at timestamp,
    source text, source_ts_ms bigint, deleted boolean, operation text, lsn text, seq_val text,
    topic text, partition integer, "offset" bigint, kafka_timestamp timestamptz, lsn_number bigint, seq_number bigint
)
LANGUAGE sql STABLE AS $$
    SELECT k.key, n, 'version ' || n || ' of ' || k.key, n / 100.0, timestamp '2026-01-01' + n * interval '1 second',
        'soak', 1767225600000 + n / 40, e.deleted,
        CASE WHEN l.number IS NULL THEN 'r' WHEN e.deleted THEN 'd' ELSE 'u' END,
        substr(x.hex, 1, 8) || ':' || substr(x.hex, 9, 8) || ':' || substr(x.hex, 17), lpad(to_hex(s.number), 20, '0'),
        '{TOPIC}', p, o, timestamptz '2026-01-01 00:00Z' + o * interval '1 ms', l.number, s.number
    FROM generate_series(first, last) AS o
    CROSS JOIN LATERAL (SELECT hashint8extended(o * 8 + p, {self.seed}) & 9223372036854775807 AS hash) AS h
    CROSS JOIN LATERAL (
        SELECT CASE WHEN o > {self.snapshot + _LATE} AND h.hash % 20 = 0
                    THEN o - 1 - (h.hash >> 20) % {_LATE} ELSE o END AS n
    ) AS v
    CROSS JOIN LATERAL (SELECT hashint8extended(n * 8 + p, {self.seed + 1}) & 9223372036854775807 AS hash) AS c
    CROSS JOIN LATERAL (
        SELECT p + 8 * (CASE WHEN n < {self.snapshot} THEN n % {self.snapshot * 4 // 5}
                             WHEN c.hash % 4 = 0 THEN (c.hash >> 2) % {self.hot}
                             ELSE (c.hash >> 2) % {self.keys} END)::integer AS key
    ) AS k
    CROSS JOIN LATERAL (SELECT n >= {self.snapshot} AND (c.hash >> 40) % 10 = 0 AS deleted) AS e
    CROSS JOIN LATERAL (SELECT CASE WHEN n >= {self.snapshot} THEN n / 3 * 4093 + p END AS number) AS l
    CROSS JOIN LATERAL (SELECT CASE WHEN n >= {self.snapshot} THEN (n % 3 + 1) * 7 END AS number) AS s
    CROSS JOIN LATERAL (SELECT lpad(to_hex(l.number), 20, '0') AS hex) AS x
$$;
"""


def oracle(sent: Mapping[int, int]) -> str:
    """Return a query for the newest event of each key (``id``, ``version``, ``deleted``).

    Args:
        sent: partition → how many of its events were sent, without gaps.
    """
    ranges = ", ".join(f"({partition}, {count - 1}::bigint)" for partition, count in sent.items())
    return f"""
SELECT id, newest[4] AS version, newest[5] = 1 AS deleted
FROM (
    SELECT e.id, max(ARRAY[coalesce(e.lsn_number, -1), coalesce(e.seq_number, -1), e."offset", e.version,
                           e.deleted::integer]) AS newest
    FROM (VALUES {ranges}) AS r(p, last) CROSS JOIN LATERAL log.events(r.p, 0, r.last) AS e
    GROUP BY e.id
) AS per_key
"""
