"""What one unit test leaves behind, the next must not find."""

from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(autouse=True)
def _log_lines_as_they_are_by_default() -> Iterator[None]:
    """Commands and workers configure the logs of their process, which in the tests is everybody's."""
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()
