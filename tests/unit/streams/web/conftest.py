"""Fixtures: a web made on demand, and one with a section, two teachers and every kind of row in it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.unit.streams.web.bench import Web, make

NewWeb = Callable[..., Web]


@pytest.fixture
def new_web() -> Iterator[NewWeb]:
    with ExitStack() as stack:

        def started(*arguments: Any, **options: Any) -> Web:
            web = make(*arguments, **options)
            stack.enter_context(web.client)
            return web

        yield started


@pytest.fixture
def web(new_web: NewWeb) -> Web:
    made = new_web()
    made.show()
    made.bind("north", "algebra", "teacher-1", "teacher-2")
    return made
