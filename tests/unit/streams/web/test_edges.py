"""Where the process meets others: an issuer's address, a broker that is not there, a fault of its own."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import structlog

from deploy.kafka.ports import free_ports
from schemas.cluster import Cluster
from schemas.codec import Refused, encode
from schemas.keys import item_key, section_key
from schemas.results import SectionReview
from streams.web.attempts import AttemptPlaces, ResultsReader, Unanswered
from streams.web.auth.jwks import FETCH_BYTES, Jwks, from_url, public_keys
from streams.web.publishing import KafkaPublisher
from streams.web.reviews import ReviewsView
from streams.web.roster import SectionsView
from tests.unit.streams.web import sign
from tests.unit.streams.web.bench import STATUS, Web, state
from tests.unit.streams.web.logs import AT
from tests.unit.streams.web.test_reads import RESULT

Serve = Callable[[int, bytes, dict[str, str]], str]


@pytest.fixture
def served() -> Iterator[Serve]:
    """A web server of this test's own; it answers every request the same."""
    servers: list[HTTPServer] = []

    def serve(status: int, body: bytes, headers: dict[str, str]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None: ...

        server = HTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/jwks"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def test_an_issuer_s_keys_are_fetched(served: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    url = served(200, json.dumps(sign.jwk_set(sign.rsa())).encode(), {})
    assert set(public_keys(from_url(url))) == {"r1", None}


def test_an_address_that_sends_elsewhere_or_sends_too_much_gives_no_keys(served: Serve) -> None:
    good = json.dumps(sign.jwk_set(sign.rsa())).encode()
    inside = served(200, good, {})
    for url in (
        served(302, b"", {"Location": inside}),
        served(200, good + b" " * FETCH_BYTES, {}),
        served(500, good, {}),
        served(200, b"no JSON", {}),
        f"http://127.0.0.1:{free_ports(1)[0]}/jwks",
    ):
        keys = Jwks(lambda url=url: from_url(url))  # type: ignore[misc]
        keys.refresh()
        assert keys.get("r1") is None


def test_without_a_broker_nothing_is_called_acknowledged_and_closing_is_bounded() -> None:
    async def scene() -> list[bool]:
        publisher = KafkaPublisher(Cluster(f"127.0.0.1:{free_ports(1)[0]}"))
        told = await publisher.publish([(b"k", b"v"), (b"k", b"w")])
        await asyncio.wait_for(publisher.close(), 6)
        return told

    assert asyncio.run(scene()) == [False, False]


def test_without_a_broker_attempts_are_not_answered() -> None:
    reader = ResultsReader(Cluster(f"127.0.0.1:{free_ports(1)[0]}"))
    with pytest.raises(Unanswered):
        reader.read(0, [1])
    reader.close()


def test_a_fault_of_ours_says_nothing_of_what_it_failed_on(
    web: Web, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fails(_tenant: str, _section: str) -> None:
        raise RuntimeError("Zxqv Canary 97.25")

    monkeypatch.setattr(web.views.status, "get", fails)
    told = web.client.get(STATUS, headers=sign.bearer(sign.admin()))
    assert (told.status_code, told.json()["code"]) == (500, "FAULT")
    said = capfd.readouterr()
    assert "Zxqv" not in told.text + said.out + said.err


def test_tokens_and_ids_are_not_logged(web: Web) -> None:
    with structlog.testing.capture_logs() as logs:
        for told in ("Zxqv.Zxqv.Zxqv", sign.teacher("Zxqv", aud="other"), sign.teacher("Zxqv")):
            web.call("GET", STATUS, token=told)
        web.call("GET", "/launch?token=Zxqv.a.b", token="")
    assert [one["event"] for one in logs] == ["sign_in_refused", "sign_in_refused", "launch_refused"]
    assert "Zxqv" not in str(logs)


def test_a_record_under_another_key_is_not_taken() -> None:
    """Whoever may write one section's records could otherwise answer for another."""
    review = SectionReview(tenant="north", section="algebra", review="r", at=AT, total=0, items=())
    reviews, places = ReviewsView(), AttemptPlaces()
    for key in (section_key("north", "geometry"), None):
        with pytest.raises(Refused, match="WRONG_KEY"):
            reviews.apply(key, encode(review))
        with pytest.raises(Refused, match="WRONG_KEY"):
            places.apply(0, 0, key, encode(RESULT))
    assert reviews.get("north", "algebra", "r") is None
    assert places.of("north", "algebra", "item-4") is None
    reviews.apply(section_key("north", "algebra"), encode(review))
    assert reviews.get("north", "algebra", "r") == review


def test_reviews_are_kept_up_to_a_size_and_the_newest_stay() -> None:
    reviews, key = ReviewsView(limit=200), section_key("north", "algebra")
    for number in range(9):
        review = SectionReview(
            tenant="north", section="algebra", review=f"r{number}", at=AT, total=0, items=()
        )
        reviews.apply(key, encode(review))
    assert reviews.get("north", "algebra", "r0") is None
    assert reviews.get("north", "algebra", "r8") is not None


# ---- the roster ------------------------------------------------------------------------------------------------


def test_the_roster_follows_the_state_and_nothing_goes_back() -> None:
    view, key = SectionsView(), section_key("north", "algebra")
    assert view.apply(key, encode(state("t1", "t2", version=2, mapping={"a": "HW"}, mapping_version=3)))
    assert not view.apply(key, encode(state("t9", version=1, mapping={"a": "X"}, mapping_version=2)))
    assert view.apply(key, encode(state("t9", version=1, mapping={"a": "QZ"}, mapping_version=4)))
    found = view.get("north", "algebra")
    assert found is not None
    assert (view.teachers("north", "algebra"), found.mapping[0].sis_category) == (("t1", "t2"), "QZ")
    assert view.apply(key, encode(state("t2", version=5, mapping_version=4)))
    assert (view.taught_by("north", "t1"), view.taught_by("north", "t2")) == ([], ["algebra"])
    assert view.apply(key, None)
    assert (view.get("north", "algebra"), view.taught_by("north", "t2")) == (None, [])


def test_items_pass_by_and_what_is_no_section_is_refused() -> None:
    view = SectionsView()
    assert not view.apply(item_key("north", "algebra", "i"), b"never looked at")
    for key, value in (
        (None, encode(state())),
        (b"one", encode(state())),
        (section_key("a", "b"), b"\x00junk"),
    ):
        with pytest.raises(Refused):
            view.apply(key, value)


def test_students_are_not_kept() -> None:
    from dataclasses import replace

    from schemas.gradebook import RosterEntry

    view = SectionsView()
    view.apply(section_key("a", "b"), encode(replace(state("t"), roster=(RosterEntry(student="s"),))))
    found = view.get("a", "b")
    assert found is not None
    assert found.roster == ()
