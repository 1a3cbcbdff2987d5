"""Stands in for the pipeline in the demo: inserts change events into a staging table, as a Kafka consumer would.

Versions of a key arrive several times, out of order, and some rows are deleted; the last batch comes twice, as after
a consumer's restart.

    python docs/demo_pipeline.py [events]
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

from sqlalchemy import Connection, text

from cdcmig.runtime import embedded, target

KEYS, BATCH = 2_000, 5_000
INSERT = text(
    'INSERT INTO avansas."stg_Kommune" ("KommuneNr", "FylkesNr", "Navn", _customer_id,'
    " __operation, __deleted, __lsn, __seq_val, __source_ts_ms, __kafka_topic, __kafka_partition, __kafka_offset)"
    " VALUES (:key, '03', :name, '5f0e7c52-0000-4000-8000-000000000001', :operation, :deleted, :lsn, '01',"
    " :moment, 'adopus.avansas.dbo.Kommune', :partition, :offset)"
)


def main(events: int = 20_000) -> None:
    """Stage the events, and say what the final table has to look like."""
    url = embedded.url(Path.cwd(), "directory")
    chance = random.Random(1)
    log = [event(number, chance) for number in range(events)]
    with target.connect(url) as connection:
        for start in range(0, events, BATCH):
            stage(connection, log[start : start + BATCH], chance)
        stage(connection, log[-BATCH:], chance)
    newest = {row["key"]: row for row in log}
    gone = sum(row["deleted"] for row in newest.values())
    print(f"staged {events + BATCH:,} events of {len(newest):,} keys; {gone:,} keys end deleted")
    print(f"expected newest name of key 0007: {newest['0007']['name']}")


def event(number: int, chance: random.Random) -> dict[str, object]:
    """Return one change: the later its number, the higher its LSN."""
    key = chance.randrange(KEYS)
    deleted = chance.random() < 0.1
    return {
        "key": f"{key:04d}",
        "name": f"Kommune {key} v{number}",
        "operation": "d" if deleted else "u",
        "deleted": deleted,
        "lsn": f"{number:020x}",
        "moment": 1_700_000_000_000 + number,
        "partition": key % 4,
        "offset": number,
    }


def stage(connection: Connection, batch: list[dict[str, object]], chance: random.Random) -> None:
    """Insert a batch in random order, in one transaction."""
    connection.execute(INSERT, chance.sample(batch, len(batch)))
    connection.commit()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
