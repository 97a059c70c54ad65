"""The delivery worker as a process, on a real broker, against the simulated eSchoolPLUS."""

import socket
import time
import urllib.request

from adapters.outcomes import ENDED, TRY
from schemas.codec import decode, encode
from schemas.desired import DesiredItem
from schemas.district_records import DistrictRecords
from schemas.gradebook import Sis
from schemas.keys import item_key, partition_for, place_key, tenant_key
from schemas.ready_file import at_work
from schemas.results import Outcome
from schemas.topics import topic
from tests.support.delivery import Street, many
from tests.support.kafka import Record
from tests.unit.adapters.desk import desired, scores


def test_a_decision_arrives_in_the_sis_and_its_offset_moves(street: Street) -> None:
    item = desired(scores=scores(stu_1=5.0, stu_2=7.5))
    worker = street.worker()
    street.put(item)
    (result,) = street.ended(item)
    assert (result.outcome, result.step) == (Outcome.SUCCESSFUL, TRY + ENDED)
    assert result.receipt is not None and (result.receipt.action, result.receipt.calls) == ("created", 2)
    (line_item,) = street.simulator.state("abc")["lineItems"].values()
    assert line_item["title"] == "Title of item-1"
    street.until(lambda: street.committed() == 1)
    worker.terminate()
    assert worker.wait(10) == 0


def test_a_worker_says_that_it_is_ready_when_it_delivers_and_its_dead_predecessor_does_not(
    street: Street,
) -> None:
    path = street.folder / "ready"
    first = street.worker(GRADEBOOK_SYNC_READY_FILE=str(path))
    street.until(lambda: at_work(path, first.pid))
    first.kill()
    first.wait(10)
    second = street.worker(GRADEBOOK_SYNC_READY_FILE=str(path))
    street.until(lambda: at_work(path, second.pid), seconds=60)
    item = desired()
    street.put(item)
    street.ended(item, seconds=4)  # a session lasts six: who says ready must not be waiting for it
    second.terminate()
    assert second.wait(10) == 0
    assert not path.exists()


def test_what_the_sis_tells_reaches_the_configuration_and_stays_when_it_tells_nothing(street: Street) -> None:
    item = desired()
    street.worker("--directory-minutes", "0.02", "--directory-gap-minutes", "0.02")
    street.put(item)
    street.ended(item)
    known = DistrictRecords()
    key = place_key("abc", "class-1", None)

    def told() -> bool:
        for record in street.kafka.read(street.topics.config):
            known.take(record.key, record.value)
        return key in known.told("abc")

    street.until(told)
    config = known.get("abc")
    assert config is not None
    assert {"cat-hw", "cat-test"} <= {row.id for row in config.categories if row.sis_section == "class-1"}
    count = len(street.kafka.read(street.topics.config))
    before = street.calls("categories")
    street.until(lambda: street.calls("categories") >= before + 2)
    assert len(street.kafka.read(street.topics.config)) == count, (
        "read again, and nothing new: nothing written"
    )
    assert (known.told("abc")[key].sis, known.told("abc")[key].base_url) == (
        config.sis.kind,
        config.sis.base_url,
    )


def test_a_newer_decision_passes_over_the_waiting_one(street: Street) -> None:
    street.simulator.fault("abc", kind="status", status=503, count=2)
    old, new = desired(title="Old"), desired(title="New")
    street.worker()
    street.put(old, new)
    results = street.ended(old, new)
    assert [r.outcome for r in results] == [Outcome.SUPERSEDED, Outcome.SUCCESSFUL]
    (line_item,) = street.simulator.state("abc")["lineItems"].values()
    assert line_item["title"] == "New"


def test_what_nobody_can_read_is_set_aside_and_the_rest_goes_on(street: Street) -> None:
    good = encode(desired("torn"))
    torn = good[:-2] + b"\xff\xff"  # its head is fine: it is found out when its turn comes
    bad = [b"", b"\x01junk", good[:5] + b"\xff" * 40, b"{}", torn]
    partition = partition_for(tenant_key("abc"), 8)
    street.kafka.produce(
        street.topics.desired(Sis.ESCHOOLPLUS),
        [
            Record(
                value,
                item_key("abc", "lms-section-1", "torn") if value is torn else b"abc/s/i",
                partition=partition,
            )
            for value in bad
        ],
    )
    item = desired()
    street.put(item)
    street.worker()
    assert street.ended(item)[0].outcome is Outcome.SUCCESSFUL
    street.until(lambda: street.committed() == len(bad) + 1)
    letters = street.kafka.read(street.topics.dead_letters)
    assert sorted(letter.value or b"" for letter in letters) == sorted(bad)
    headers = next(dict(letter.headers) for letter in letters if letter.value == b"\x01junk")
    assert headers["__connect.errors.exception.class.name"] == b"BAD_MAGIC"
    assert headers["__connect.errors.stage"] == b"delivery"


def test_a_repaired_district_is_tried_at_once(street: Street) -> None:
    street.configure(secret_ref="env:NOT_THERE")
    item = desired()
    street.worker()
    street.put(item)
    (result,) = street.ended(item)
    assert (result.outcome, result.code) == (Outcome.ERROR, "SIS_SECRET_MISSING")
    assert result.next_try_at is not None
    assert street.committed() == 0
    street.configure()
    found = street.results(lambda rs: any(r.outcome is Outcome.SUCCESSFUL for r in rs))
    assert found[-1].step > result.step


def test_a_wrong_topic_stops_the_start_with_78(street: Street) -> None:
    name = street.topics.ledger(Sis.ESCHOOLPLUS)
    street.kafka.delete(name)
    street.kafka.create(name, partitions=3, configs=topic("sis.eschoolplus.ledger").settings)
    assert street.worker().wait(20) == 78
    assert name in street.logs()


def test_no_log_line_knows_a_student(street: Street) -> None:
    street.simulator.fault("abc", kind="status", status=503, count=2)
    item = desired(title="Zxqv Canary", scores=scores(canary_student=97.25))
    street.worker("--log-level", "DEBUG")
    street.put(item)
    street.ended(item)
    told = street.logs()
    assert '"again"' in told  # the negative control: lines about this item were written
    for secret in ("Zxqv", "canary", "97.25", "demo-secret", "lms-section-1"):
        assert secret not in told


def test_sigterm_ends_cleanly_while_the_sis_hangs(street: Street) -> None:
    street.simulator.fault("abc", kind="hang")
    worker = street.worker()
    street.put(*many(10))
    street.until(lambda: street.simulator.counters("abc")["max_concurrent"] == 4)
    began = time.monotonic()
    worker.terminate()
    assert worker.wait(10) == 0
    assert time.monotonic() - began < 10
    assert street.committed() == 0
    street.simulator.clear_faults("abc")
    street.worker()
    assert {r.outcome for r in street.ended(*many_again(street))} == {Outcome.SUCCESSFUL}


def many_again(street: Street) -> list[DesiredItem]:
    """The decisions that stand on the topic."""
    records = street.kafka.read(street.topics.desired(Sis.ESCHOOLPLUS))
    return [decode(DesiredItem, record.value) for record in records]


def test_metrics_are_served_on_loopback_and_know_nobody(street: Street) -> None:
    port = free_port()
    street.worker("--metrics-port", str(port))
    item = desired(title="Zxqv Canary", scores=scores(stu_1=97.25))
    street.put(item)
    street.ended(item)
    told = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5).read().decode()
    assert 'gradebook_sync_delivery_results_total{code="",outcome="SUCCESSFUL",sis="ESCHOOLPLUS"} 1.0' in told
    assert 'gradebook_sync_delivery_calls_total{sis="ESCHOOLPLUS"} 2.0' in told
    for secret in ("Zxqv", "97.25", "stu-1"):
        assert secret not in told


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
