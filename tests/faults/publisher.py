"""Publishes a load and writes down what the broker acknowledged, in a thread of its own while things die."""

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, Self

from confluent_kafka import Producer

from tests.faults.load import Letter
from tests.support.oracle_log import Log, Sent


class Publisher:
    """An idempotent librdkafka producer under Kafka's own partitioner: it outlives the broker and never reorders."""

    def __init__(self, bootstrap: str, topic: str, log: Log) -> None:
        self.topic = topic
        self.log = log
        self.refused: list[str] = []
        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap,
                "partitioner": "murmur2_random",
                "enable.idempotence": True,
                "linger.ms": 5,
                "delivery.timeout.ms": 120_000,
                "reconnect.backoff.max.ms": 500,
                "log_level": 0,
            }
        )

    def publish(self, letters: Iterable[Letter], per_second: float | None = None) -> None:
        """Hand over letters, at most so many a second."""
        began = time.monotonic()
        for count, letter in enumerate(letters):
            self._hand_over(letter)
            if per_second is not None and count % 100 == 99:
                while (count + 1) / (time.monotonic() - began) > per_second:
                    self._producer.poll(0.02)

    def _hand_over(self, letter: Letter) -> None:
        key, value, sent = letter
        while True:
            try:
                self._producer.produce(self.topic, value, key, on_delivery=self._noting(sent))
                self._producer.poll(0)
                return
            except BufferError:
                self._producer.poll(0.05)

    def flush(self, seconds: float = 60.0) -> None:
        """Wait for every acknowledgement. TimeoutError when one never comes."""
        left = self._producer.flush(seconds)
        if left or self.refused:
            raise TimeoutError(f"{left} records not acknowledged, {self.refused[:3]}")

    def _noting(self, sent: Sent) -> Callable[[Any, Any], None]:
        def note(error: Any, message: Any) -> None:
            if error is not None:
                self.refused.append(str(error))
            else:
                self.log.accept(message.partition(), message.offset(), sent)

        return note


class Publishing:
    """A block in which letters are published in the background; leaving it waits for the last acknowledgement."""

    def __init__(
        self, publisher: Publisher, letters: Iterable[Letter], per_second: float | None = None
    ) -> None:
        self._publisher = publisher
        self._error: BaseException | None = None
        self.done = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(letters, per_second), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def _run(self, letters: Iterable[Letter], per_second: float | None) -> None:
        try:
            self._publisher.publish(letters, per_second)
            self._publisher.flush()
        except BaseException as error:  # noqa: BLE001 - told to the test when the block ends
            self._error = error
        finally:
            self.done.set()

    def __exit__(self, *_: object) -> None:
        self._thread.join(180)
        if self._error is not None:
            raise self._error
