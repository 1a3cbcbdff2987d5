"""The admin client against librdkafka's mock cluster: a broker in this process, spoken to through TCP.

The mock knows no DescribeGroups. What it does know is the rule that counts: it refuses a commit from outside while
the group has members, as Kafka and Redpanda do. The friendlier look beforehand is tested on answers made by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace

import pytest

confluent_kafka = pytest.importorskip("confluent_kafka", reason="needs the extra cdcmig[kafka]")

from cdcmig.errors import BrokerError  # noqa: E402 - after the skip
from cdcmig.merging import brokers as module  # noqa: E402
from cdcmig.merging.brokers import Brokers, read_properties  # noqa: E402
from cdcmig.merging.offsets import Limits, Partition, Seek  # noqa: E402

T0, T1 = Partition("t", 0), Partition("t", 1)


@pytest.fixture(scope="module")
def servers() -> Iterator[str]:
    """A cluster of one broker: topic `t` of 4 partitions, 10 messages in the first."""
    producer = confluent_kafka.Producer({"test.mock.num.brokers": 1})
    broker = next(iter(producer.list_topics(timeout=10).brokers.values()))
    for _ in range(10):
        producer.produce("t", b"x", partition=0)
    assert producer.flush(10) == 0
    yield f"{broker.host}:{broker.port}"
    del producer  # the cluster lives as long as it does


def test_partitions_and_limits(servers: str) -> None:
    cluster = Brokers(servers)
    assert sorted(cluster.partitions({"t", "unknown"})) == [Partition("t", number) for number in range(4)]
    assert cluster.limits([T0, T1])[T0].end == 10
    assert cluster.limits([]) == {}
    assert all(isinstance(limits, Limits) for limits in cluster.limits([T0]).values())


def test_offsets_are_set_and_read_back(servers: str) -> None:
    cluster = Brokers(servers)
    cluster.refuse_members("empty")
    assert cluster.committed("empty", [T0, T1]) == {}
    cluster.seek("empty", [Seek(T0, 7)])
    assert cluster.committed("empty", [T0, T1]) == {T0: 7}


def test_consumer_begins_where_it_was_sent(servers: str) -> None:
    Brokers(servers).seek("resumed", [Seek(T0, 4)])
    consumer = member(servers, "resumed")
    try:
        assert first_message(consumer).offset() == 4
    finally:
        consumer.close()


def test_group_with_members_is_refused(servers: str) -> None:
    consumer = member(servers, "busy")
    try:
        first_message(consumer)
        with pytest.raises(BrokerError, match='group "busy" has members') as raised:
            Brokers(servers).seek("busy", [Seek(T0, 7)])
    finally:
        consumer.close()
    assert "stop the pipeline first" in str(raised.value)
    assert Brokers(servers).committed("busy", [T0]) != {T0: 7}


def test_unknown_topic_is_refused(servers: str) -> None:
    with pytest.raises(BrokerError, match=r"nowhere 0: .*[Uu]nknown topic"):
        Brokers(servers).seek("g", [Seek(Partition("nowhere", 0), 1)])


def test_unreachable_brokers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_TIMEOUT", 1.0)
    with pytest.raises(BrokerError, match=r"no answer from 127\.0\.0\.1:1 within 1 s"):
        Brokers("127.0.0.1:1").partitions({"t"})


def test_members_are_named(servers: str) -> None:
    cluster = Brokers(servers)
    cluster._admin = SimpleNamespace(describe_consumer_groups=described(["pipeline-2", "pipeline-1"]))
    with pytest.raises(
        BrokerError, match=r"has members: pipeline-1 on /10\.0\.0\.1, pipeline-2 on /10\.0\.0\.1; nothing"
    ):
        cluster.refuse_members("g")


def test_group_without_members_passes(servers: str) -> None:
    cluster = Brokers(servers)
    cluster._admin = SimpleNamespace(describe_consumer_groups=described([]))
    cluster.refuse_members("g")


def described(clients: list[str]):
    """Return a describe_consumer_groups that answers with confluent-kafka's own classes."""
    from confluent_kafka.admin import ConsumerGroupDescription, MemberDescription

    members = [MemberDescription(f"id-{client}", client, "/10.0.0.1", None) for client in clients]
    answer: Future[ConsumerGroupDescription] = Future()
    answer.set_result(ConsumerGroupDescription("g", False, members, "range", 3, None))
    return lambda groups, **_options: dict.fromkeys(groups, answer)


def test_refused_property(servers: str) -> None:
    with pytest.raises(BrokerError, match=r"Kafka properties: .*no\.such\.property"):
        Brokers(servers, {"no.such.property": "1"})


def test_properties_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "kafka.properties"
    path.write_text("# comment\n\nsecurity.protocol = SASL_SSL\nsasl.password=a=b\n")
    assert read_properties(path) == {"security.protocol": "SASL_SSL", "sasl.password": "a=b"}
    path.write_text("security.protocol=SSL\ns3cr3t\n")
    with pytest.raises(BrokerError, match=r"kafka\.properties:2: expected name=value") as raised:
        read_properties(path)
    assert "s3cr3t" not in str(raised.value)


def member(servers: str, group: str):
    consumer = confluent_kafka.Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    consumer.subscribe(["t"])
    return consumer


def first_message(consumer):
    for _ in range(30):
        message = consumer.poll(1.0)
        if message is not None and message.error() is None:
            return message
    raise AssertionError("no message within 30 s")
