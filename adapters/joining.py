"""A consumer that does not forget a join it began.

kafka-python 3.0.12 runs a join beside `poll` and asks `need_rejoin` in each poll whether there is still one to wait for.
When the reason to join was a change of the topics' metadata (at a start that is common: the first join is often done
before the metadata is there), the reason is gone as soon as the leader has assigned, while the join is not finished: a
poll that ends in between never looks again. The member stays in the group, sends no heartbeat, and its partitions are
served by nobody. tests/integration/test_joining.py shows it with and without this.
"""

from typing import Any


def finish_every_join(consumer: Any) -> None:
    """Make `consumer` (a KafkaConsumer with a group) wait for a join under way, whatever the reason for it was."""
    coordinator = consumer._coordinator  # noqa: SLF001 - there is no public way to it
    ask = coordinator.need_rejoin

    def need_rejoin() -> bool:
        return coordinator._join_task is not None or bool(ask())  # noqa: SLF001

    coordinator.need_rejoin = need_rejoin
