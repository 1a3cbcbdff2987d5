"""The Kafka side of ``cdcmig offsets``: what the brokers hold, and what a consumer group has committed.

It speaks through confluent-kafka's admin client (extra ``cdcmig[kafka]``), to Kafka and Redpanda alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cdcmig.errors import BrokerError
from cdcmig.merging.offsets import Limits, Partition, Seek

if TYPE_CHECKING:
    from confluent_kafka import TopicPartition

_TIMEOUT = 10.0  # seconds


class Brokers:
    """A Kafka cluster, queried through its admin API."""

    def __init__(self, servers: str, properties: Mapping[str, str] | None = None) -> None:
        """Prepare for a cluster; nothing is sent yet.

        Args:
            servers: ``host:port,host:port``.
            properties: librdkafka's, for security above all.

        Raises:
            BrokerError: confluent-kafka is not installed, or refuses a property.
        """
        try:
            from confluent_kafka import KafkaException
            from confluent_kafka.admin import AdminClient
        except ImportError:
            raise BrokerError(
                "confluent-kafka is not installed", hint="pip install 'cdcmig[kafka]'"
            ) from None
        self.servers = servers
        quiet = {
            "log_level": "0",
            "client.id": "cdcmig",
        }  # it would print to standard error what our errors say
        try:
            self._admin = AdminClient({**quiet, **(properties or {}), "bootstrap.servers": servers})
        except KafkaException as error:
            raise BrokerError(f"Kafka properties: {_reason(error)}") from None

    def partitions(self, topics: Iterable[str]) -> list[Partition]:
        """Return the partitions of those of the topics that exist.

        Raises:
            BrokerError: the brokers do not answer.
        """
        wanted = set(topics)
        # All topics are asked for: to ask for one by name may create it (auto.create.topics.enable).
        with self._trouble():
            known = self._admin.list_topics(timeout=_TIMEOUT).topics
        return [
            Partition(name, number)
            for name, topic in known.items()
            if name in wanted and topic.error is None
            for number in topic.partitions
        ]

    def limits(self, partitions: Iterable[Partition]) -> dict[Partition, Limits]:
        """Return what the brokers hold of partitions that exist.

        Raises:
            BrokerError: the brokers do not answer, or not for one of the partitions.
        """
        from confluent_kafka.admin import OffsetSpec  # type: ignore[attr-defined] # public, but not re-exported

        asked = [_native(partition) for partition in partitions]
        if not asked:
            return {}
        first = self._offsets(asked, OffsetSpec.earliest())  # type: ignore[no-untyped-call] # confluent-kafka's
        end = self._offsets(asked, OffsetSpec.latest())  # type: ignore[no-untyped-call] # confluent-kafka's
        return {partition: Limits(first[partition], end[partition]) for partition in first}

    def _offsets(self, asked: list[TopicPartition], spec: Any) -> dict[Partition, int]:
        with self._trouble():
            futures = self._admin.list_offsets(dict.fromkeys(asked, spec), request_timeout=_TIMEOUT)
            return {
                Partition(asked.topic, asked.partition): future.result().offset
                for asked, future in futures.items()
            }

    def committed(self, group: str, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """Return the offsets that a group has committed; partitions without a commit are left out.

        Raises:
            BrokerError: the brokers do not answer, or refuse.
        """
        from confluent_kafka import ConsumerGroupTopicPartitions

        request = ConsumerGroupTopicPartitions(group, [_native(partition) for partition in partitions])
        with self._trouble():
            futures = self._admin.list_consumer_group_offsets([request], request_timeout=_TIMEOUT)
            answer = futures[group].result().topic_partitions
        return {
            Partition(found.topic, found.partition): found.offset for found in answer if found.offset >= 0
        }

    def refuse_members(self, group: str) -> None:
        """Refuse a consumer group that has members.

        Raises:
            BrokerError: the group has members, or the brokers do not answer.
        """
        from confluent_kafka import KafkaError, KafkaException

        futures = self._admin.describe_consumer_groups([group], request_timeout=_TIMEOUT)
        with self._trouble():
            try:
                members = futures[group].result().members
            except KafkaException as error:
                # A broker that cannot describe groups still refuses the commit itself while there are members.
                if error.args[0].code() != KafkaError._UNSUPPORTED_FEATURE:
                    raise
                return
        if members:
            raise _has_members(
                group, ", ".join(sorted({f"{one.client_id} on {one.host}" for one in members}))
            )

    def seek(self, group: str, seeks: Iterable[Seek]) -> None:
        """Commit offsets for a group.

        Raises:
            BrokerError: the group has members, or the brokers refuse a partition; the message names each.
        """
        from confluent_kafka import ConsumerGroupTopicPartitions, KafkaError

        wanted = [_native(seek.partition, seek.offset) for seek in seeks]
        with self._trouble():
            futures = self._admin.alter_consumer_group_offsets(
                [ConsumerGroupTopicPartitions(group, wanted)], request_timeout=_TIMEOUT
            )
            answer = futures[group].result().topic_partitions
        refused = [part for part in answer if part.error is not None]
        if any(part.error.code() == KafkaError.UNKNOWN_MEMBER_ID for part in refused):
            raise _has_members(group)  # Kafka's and Redpanda's way to say it
        if refused:
            raise BrokerError(
                f'group "{group}": offsets were refused, '
                + ", ".join(f"{part.topic} {part.partition}: {part.error.str()}" for part in refused)
            )

    @contextmanager
    def _trouble(self) -> Iterator[None]:
        from confluent_kafka import KafkaError, KafkaException

        try:
            yield
        except KafkaException as error:
            silent = {KafkaError._TRANSPORT, KafkaError._TIMED_OUT, KafkaError._ALL_BROKERS_DOWN}
            if error.args[0].code() in silent:
                raise BrokerError(
                    f"no answer from {self.servers} within {_TIMEOUT:g} s: {_reason(error)}",
                    hint="check --brokers and, where the brokers want TLS or a login, --kafka-config",
                ) from None
            raise BrokerError(f"{self.servers}: {_reason(error)}") from None


def _native(partition: Partition, offset: int | None = None) -> TopicPartition:
    from confluent_kafka import OFFSET_INVALID, TopicPartition

    return TopicPartition(partition.topic, partition.number, OFFSET_INVALID if offset is None else offset)


def _has_members(group: str, members: str = "") -> BrokerError:
    return BrokerError(
        f'group "{group}" has members{": " + members if members else ""}; nothing was changed',
        hint="stop the pipeline first: a running consumer would commit its own offsets over these",
    )


def _reason(error: Exception) -> str:
    return str(error.args[0].str())


def read_properties(path: Path) -> dict[str, str]:
    """Return the properties of a file with a ``name=value`` on each line; ``#`` begins a comment line.

    Raises:
        BrokerError: a line is something else; its text is not shown, for it may be a password.
    """
    properties = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals:
            raise BrokerError(f"{path}:{number}: expected name=value")
        properties[name.strip()] = value.strip()
    return properties
