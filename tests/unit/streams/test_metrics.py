"""The catalogue: complete, bounded, in base units, and the docs say the same."""

import re
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest
from prometheus_client import Counter
from prometheus_client.parser import text_string_to_metric_families

from streams import metrics

ROOT = Path(__file__).parents[3]


def test_the_docs_are_what_the_catalogue_says() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "streams.metrics"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert made == metrics.markdown() == (ROOT / "docs" / "metrics.md").read_text()


def test_names_are_ours_and_in_base_units() -> None:
    names = [row.name for row in metrics.CATALOGUE]
    assert len(names) == len(set(names))
    for row in metrics.CATALOGUE:
        assert re.fullmatch(r"gradebook_sync_[a-z_]+", row.name)
        assert row.name.endswith("_total") is (row.kind == "counter")
        assert not re.search(r"_(ms|millis|milliseconds|minutes|hours|kb|mb)(_|$)", row.name)
        assert row.what.endswith(".")


def test_no_label_can_name_a_person_or_a_section() -> None:
    used = {label for row in metrics.CATALOGUE for label in row.labels}
    assert used <= metrics.LABELS
    assert not used & {"student", "section", "item", "title", "tenant", "district", "teacher", "path", "key"}
    with pytest.raises(ValueError, match="section"):
        metrics._declare(Counter, "gradebook_sync_bad_total", "Bad.", "section")
    assert "gradebook_sync_bad_total" not in [row.name for row in metrics.CATALOGUE]


def test_everything_declared_is_exposed() -> None:
    told = {family.name for family in text_string_to_metric_families(metrics.exposition().decode())}
    declared = {row.name.removesuffix("_total") for row in metrics.CATALOGUE}
    assert declared <= told


def test_a_code_outside_the_catalog_makes_no_series_of_its_own() -> None:
    told = [
        metrics.code_label(code) for code in (None, "CATEGORY_REQUIRED", "Zxqv Canary 97.25", "NO_SUCH_CODE")
    ]
    assert told == ["", "CATEGORY_REQUIRED", "OTHER", "OTHER"]


def test_the_exporter_serves_on_loopback_and_stops() -> None:
    exporter = metrics.serve(0)
    address = f"http://127.0.0.1:{exporter.port}/metrics"
    try:
        with urlopen(address, timeout=5) as answer:
            assert b"gradebook_sync_lag_records" in answer.read()
    finally:
        exporter.stop()
    with pytest.raises(OSError, match="refused"):
        urlopen(address, timeout=5)
