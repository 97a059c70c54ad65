"""The private names of aiokafka 0.14.0 that streams.fetching leans on: if one moves, this says which."""

import inspect

import aiokafka
from aiokafka.consumer import fetcher

from streams import fetching


def test_the_pinned_version_is_the_one_installed() -> None:
    assert aiokafka.__version__ == "0.14.0"


def test_the_fetcher_has_the_names() -> None:
    source = inspect.getsource(fetcher.Fetcher)
    assert [
        name
        for name in fetching.PRIVATE_FETCHER
        if f"self.{name}" not in source and name not in dir(fetcher.Fetcher)
    ] == []


def test_the_consumer_has_the_names() -> None:
    source = inspect.getsource(aiokafka.AIOKafkaConsumer)
    assert [name for name in fetching.PRIVATE_CONSUMER if f"self.{name}" not in source] == []


def test_fetch_results_and_partition_records_have_the_names() -> None:
    result = inspect.getsource(fetcher.FetchResult)
    assert [name for name in fetching.PRIVATE_RESULT if f"self.{name}" not in result] == []
    records = inspect.getsource(fetcher.PartitionRecords)
    assert [name for name in fetching.PRIVATE_PARTITION_RECORDS if f"self.{name}" not in records] == []
    assert {"has_more", "check_assignment", "getall"} <= set(dir(fetcher.FetchResult))
    assert "self._consumer_record(tp, record)" in records
