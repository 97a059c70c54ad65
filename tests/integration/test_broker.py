"""The broker that everything else is tested on keeps its own promises."""

import subprocess
from collections.abc import Callable

import pytest
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import UnknownTopicOrPartitionError

from deploy.kafka import broker
from deploy.kafka.cluster import Cluster
from deploy.kafka.node import BrokerFailed
from deploy.kafka.ports import free_ports
from tests.support.kafka import Kafka, Record

NewTopic = Callable[..., str]
NewCluster = Callable[..., Cluster]


def test_what_is_written_is_read_back_as_it_was(kafka: Kafka, new_topic: NewTopic) -> None:
    topic = new_topic(partitions=3)
    sent = [Record(b"v%d" % i, b"k%d" % i, (("h", b"%d" % i),)) for i in range(50)]
    offsets = kafka.produce(topic, [*sent, Record(None, b"gone"), b"\x00\xff"])
    found = kafka.read(topic)
    assert len(offsets) == len(found) == 52
    assert {(r.key, r.value, tuple(r.headers)) for r in found} >= {(r.key, r.value, r.headers) for r in sent}
    assert {r.value for r in found} >= {None, b"\x00\xff"}
    assert sum(kafka.end_offsets(topic).values()) == 52


def test_following_ends_when_enough_came_and_says_so_when_it_does_not(
    kafka: Kafka, new_topic: NewTopic
) -> None:
    topic = new_topic()
    kafka.produce(topic, [b"one", b"two"])
    assert [r.value for r in kafka.wait_for(topic, lambda found: len(found) >= 2)] == [b"one", b"two"]
    with pytest.raises(TimeoutError, match="2 records"):
        kafka.wait_for(topic, lambda found: len(found) >= 3, seconds=0.5)


def test_a_group_that_never_committed_lags_by_everything(
    kafka: Kafka, new_topic: NewTopic, prefix: str
) -> None:
    topic = new_topic()
    kafka.produce(topic, [b"one", b"two"])
    assert kafka.committed(prefix, topic) == {}
    assert kafka.lag(prefix, topic) == 2


def test_no_topic_appears_by_being_asked_for(kafka: Kafka, prefix: str) -> None:
    with kafka.admin() as admin:
        configs = admin.describe_configs(
            [ConfigResource(ConfigResourceType.BROKER, "1")], config_filter="all"
        )
    assert configs["broker"]["1"]["auto.create.topics.enable"]["value"] == "false"
    with pytest.raises(LookupError):
        kafka.read(prefix)
    with kafka.admin() as admin, pytest.raises(UnknownTopicOrPartitionError):
        admin.delete_topics([prefix])
    assert prefix not in kafka.topics()


def test_nothing_listens_beyond_loopback(new_cluster: NewCluster) -> None:
    pid = new_cluster().node(1).pid
    sockets = subprocess.run(["ss", "-ltnpH"], capture_output=True, text=True, check=True).stdout.splitlines()
    local = [line.split()[3] for line in sockets if f"pid={pid}," in line]
    assert len(local) == 2
    assert all(address.rpartition(":")[0] in {"127.0.0.1", "[::ffff:127.0.0.1]"} for address in local)


def test_killed_and_restarted_it_keeps_every_acknowledged_record(new_cluster: NewCluster) -> None:
    cluster = new_cluster()
    kafka = Kafka(cluster.bootstrap)
    kafka.create("kept")
    kafka.produce("kept", [b"%d" % i for i in range(1000)])
    cluster.kill()
    assert not cluster.running()
    cluster.start()
    assert [r.value for r in kafka.read("kept")] == [b"%d" % i for i in range(1000)]


def test_a_paused_broker_goes_on_where_it_was_and_stops_even_while_paused(new_cluster: NewCluster) -> None:
    cluster = new_cluster()
    kafka = Kafka(cluster.bootstrap)
    kafka.create("kept")
    cluster.pause()
    assert cluster.running()
    cluster.resume()
    kafka.produce("kept", [b"after"])
    cluster.pause()
    cluster.stop()
    assert not cluster.running()


def test_up_twice_is_up_once_and_a_stale_pid_file_is_no_broker(
    new_cluster: NewCluster, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster = new_cluster()
    node = cluster.node(1)
    pid = node.pid
    arguments = ["--dir", str(cluster.folder)]
    assert broker.main(["up", *arguments]) == 0
    assert "already up" in capsys.readouterr().out
    assert node.pid == pid
    assert broker.main(["status", *arguments]) == 0
    assert broker.main(["down", *arguments]) == 0
    assert broker.main(["status", *arguments]) == 3
    node.process.pid_file.write_text("1\n")  # somebody else's process
    assert node.pid is None
    assert broker.main(["down", *arguments]) == 0


def test_a_port_in_use_and_another_size_are_refused_in_words(new_cluster: NewCluster) -> None:
    cluster = new_cluster()
    with pytest.raises(ValueError, match="holds a cluster of 1"):
        Cluster.at(cluster.folder, brokers=3)
    rival = Cluster.at(cluster.folder / "rival", port=cluster.node(1).ports.client)
    with pytest.raises(BrokerFailed, match="is taken by another program"):
        rival.start()


def test_free_ports_are_different_ports() -> None:
    assert len(set(free_ports(6))) == 6


@pytest.mark.slow
def test_three_brokers_lose_one_and_keep_serving(new_cluster: NewCluster) -> None:
    cluster = new_cluster(brokers=3, heap_mib=256)
    kafka = Kafka(cluster.bootstrap)
    kafka.create("kept", partitions=3)
    kafka.produce("kept", [Record(b"before", partition=p) for p in range(3)])
    cluster.node(2).kill()
    kafka.produce("kept", [Record(b"after", partition=p) for p in range(3)])
    assert sorted(r.value or b"" for r in kafka.read("kept")) == [b"after"] * 3 + [b"before"] * 3
    cluster.launch(2)
    cluster.wait_ready()
