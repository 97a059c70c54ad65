"""What the routes answer: data when caught up, honest refusals otherwise."""

from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from openapi_spec_validator import validate
from prometheus_client.parser import text_string_to_metric_families

from schemas.codec import encode
from schemas.keys import section_key
from schemas.results import SectionStatus
from streams.follow import PartitionProgress, Progress
from streams.web import render
from streams.web.app import Sources, Views, create_app
from streams.web.models import SectionList, SectionLog
from streams.web.operation import Readiness
from streams.web.render import log_of
from tests.unit.streams.web.bench import STATUS, WHOLE, Log, Told, Web, settings
from tests.unit.streams.web.conftest import NewWeb
from tests.unit.streams.web.logs import AT, EVERY_KIND, FAILED, PARTLY, PLAIN, log, record
from tests.unit.streams.web.sign import operator


def test_the_log_says_for_every_row_what_a_teacher_needs(web: Web) -> None:
    told = web.get(STATUS).json()
    rows = {row["item"]: row for row in told["rows"]}
    assert [row["state"] for row in told["rows"]] == [
        "Successful",
        "Not Yet Synced",
        "Queued",
        "Error",
        "Successful",
    ]
    assert rows["item-0"] == {
        "item": "item-0",
        "title": "Essay",
        "kind": "assignment",
        "state": "Successful",
        "deleted": False,
        "changed": {"at": "2026-11-24T14:05:09.250Z", "epoch_ms": AT},
        "last_success": {"at": "2026-11-24T14:05:09.250Z", "epoch_ms": AT},
        "next_try": None,
        "error": None,
        "problems": [],
        "scores": {"sent": 30, "accepted": 30, "total": 30},
    }
    assert rows["item-1"]["last_success"] is None
    assert rows["item-3"]["last_success"]["epoch_ms"] == AT, "kept through a later error"
    assert rows["item-3"]["error"] == {
        "code": "CATEGORY_REQUIRED",
        "message": (
            "A category is required. To sync, first assign a category to this assignment, then sync again."
        ),
        "solution": (
            "Adjust your mapping or create a new grading category "
            "on the Configuration page of your Teacher App."
        ),
        "fixed_by": "teacher",
        "retried": False,
    }
    assert [problem["student"] for problem in rows["item-4"]["problems"]] == ["student-7"]
    assert rows["item-4"]["problems"][0]["message"]
    assert told["counts"] == {"Not Yet Synced": 1, "Queued": 1, "Successful": 2, "Error": 1}


def test_deleted_rows_are_hidden_unless_asked_for_and_never_counted(web: Web) -> None:
    assert "item-5" not in [row["item"] for row in web.get(STATUS).json()["rows"]]
    told = web.get(STATUS + "?deleted=true").json()
    assert [row["item"] for row in told["rows"] if row["deleted"]] == ["item-5"]
    assert sum(told["counts"].values()) == 5


def test_what_is_answered_is_what_openapi_says(web: Web) -> None:
    web.views.status.apply(*record(log(section="unread", rows=[])))
    for path in (STATUS, STATUS + "?deleted=true", STATUS.replace("algebra", "unread")):
        SectionLog.model_validate_json(web.get(path).content, strict=True)
    SectionList.model_validate_json(web.get("/v1/districts/north/sections").content, strict=True)
    Readiness.model_validate_json(web.get("/ready").content, strict=True)
    document = web.get("/openapi.json").json()
    validate(document)
    assert document["openapi"].startswith("3.1")
    parameters = document["paths"]["/v1/districts/{tenant}/sections/{section}/status"]["get"]["parameters"]
    assert {one["name"] for one in parameters} >= {"tenant", "section", "deleted", "if-none-match", "sort"}


def test_a_log_in_an_answer_is_not_one_with_a_field_more() -> None:
    """Negative control: the models do notice."""
    from pydantic import ValidationError

    with pytest.raises(ValidationError):
        SectionLog.model_validate_json(b'{"tenant":"t","section":"s","rows":[],"x":1}')


@pytest.mark.parametrize(
    ("tenant", "section", "path"),
    [
        ("a/b", "c/d", "a%2Fb/sections/c%2Fd"),
        ("a/b", "c/d", "a%2fb/sections/c%2fd"),
        ("Süd", "1 + 1?", "S%C3%BCd/sections/1%20%2B%201%3F"),
        ("..", "%2F", "%2E%2E/sections/%252F"),
        ("t", "a+b", "t/sections/a+b"),
    ],
)
def test_ids_are_percent_encoded_in_paths(new_web: NewWeb, tenant: str, section: str, path: str) -> None:
    web = new_web()
    web.views.status.apply(*record(log(tenant, section)))
    told = web.call("GET", f"/v1/districts/{path}/status", token=operator())
    assert told.status_code == 200
    assert (told.json()["tenant"], told.json()["section"]) == (tenant, section)


@pytest.mark.parametrize(
    "path",
    [
        "/v1/districts/south/sections/algebra/status",
        "/v1/districts/north/sections/geometry/status",
        "/v1/districts/north/sections/a%2Fb/status",
        "/v1/districts/north/sections/%FF%FE/status",
        "/v1/districts/south/sections",
        "/v1/districts/north/sections//status",
        "/v1/nothing",
        "/docs",
    ],
)
def test_not_there_and_not_yours_are_one_answer(web: Web, path: str) -> None:
    told = web.get(path)
    assert told.status_code == 404
    assert told.content == web.get("/v1/districts/x/sections/y/status").content
    assert told.json()["code"] == "NOT_FOUND"


def test_an_unchanged_log_is_answered_with_304_and_a_changed_one_is_not(web: Web) -> None:
    first = web.get(STATUS)
    etag = first.headers["etag"]
    for told in (etag, f'W/{etag}, "other"', "*"):
        again = web.get(STATUS, if_none_match=told)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert web.get(STATUS, if_none_match='"other"').status_code == 200
    assert web.get(STATUS + "?deleted=true", if_none_match=etag).status_code == 200
    web.views.status.apply(*record(log(rows=[replace(FAILED, revision=4)], updated_at=AT + 1)))
    changed = web.get(STATUS, if_none_match=etag)
    assert changed.status_code == 200
    assert changed.headers["etag"] != etag


def test_the_body_is_made_once_per_version(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def counted(status: SectionStatus, *, deleted: bool) -> dict[str, Any]:
        made.append(status)
        return log_of(status, deleted=deleted)

    monkeypatch.setattr(render, "log_of", counted)
    for _ in range(5):
        web.get(STATUS)
    assert len(made) == 1
    web.views.status.apply(*record(log(rows=EVERY_KIND[:1], updated_at=AT + 1)))
    assert len(web.get(STATUS).json()["rows"]) == 1
    assert len(made) == 2


def test_a_section_too_large_for_the_loop_is_answered_all_the_same(new_web: NewWeb) -> None:
    web = new_web()
    for part in range(4):
        rows = [replace(PARTLY, item=f"{part}-{n}") for n in range(250)]
        web.views.status.apply(*record(log(rows=rows, part=part)))
    assert len(web.get(STATUS).json()["rows"]) == 1000


def test_before_the_first_catch_up_data_is_refused_and_afterwards_never_again(new_web: NewWeb) -> None:
    web = new_web(replace(WHOLE, caught_up=False, seconds_behind=None))
    web.views.status.apply(*record(log()))
    for path in (STATUS, "/v1/districts/north/sections", "/v1/districts/x/sections/y/status"):
        told = web.get(path)
        assert (told.status_code, told.headers["retry-after"], told.json()["code"]) == (
            503,
            "1",
            "CATCHING_UP",
        )
    web.follower.said = replace(WHOLE, seconds_behind=3600.0, silent_seconds=3600.0, problem="no broker")
    assert web.get(STATUS).status_code == 200


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (replace(WHOLE, caught_up=False, problem="there is no topic sync.status"), "there is no topic"),
        (
            replace(WHOLE, caught_up=False, partitions=(PartitionProgress(0, 2, 5, 5),)),
            "not caught up yet: 3 records to go",
        ),
        (replace(WHOLE, silent_seconds=31.0), "the broker has been silent for 31 s"),
        (
            replace(WHOLE, seconds_behind=45.0, partitions=(PartitionProgress(0, 2, 2, 9),)),
            "7 records and 45 s behind",
        ),
    ],
)
def test_ready_says_why_not(new_web: NewWeb, said: Progress, reason: str) -> None:
    web = new_web(said)
    told = web.get("/ready")
    assert told.status_code == 503
    assert reason in told.json()["reasons"][0]
    assert web.get("/live").json() == {"live": True}


def test_ready_shows_positions_and_ends(web: Web) -> None:
    told = web.get("/ready")
    assert (told.status_code, told.json()["ready"], told.json()["reasons"]) == (200, True, [])
    assert told.json()["topics"][0]["partitions"][1] == {"partition": 1, "position": 7, "end": 7, "behind": 0}


def test_a_body_that_turns_out_unreadable_is_refused_without_a_word_of_it(new_web: NewWeb) -> None:
    web = new_web()
    value = encode(log())
    assert value.count(b"Essay")
    web.views.status.apply(section_key("north", "algebra"), value[:-30])
    told = web.get(STATUS)
    assert (told.status_code, told.json()["code"]) == (503, "UNREADABLE")
    assert b"Essay" not in told.content
    assert web.get("/v1/districts/north/sections").json()["sections"][0]["counts"]["Error"] == 0


def test_a_district_is_listed_page_by_page(new_web: NewWeb) -> None:
    web = new_web()
    for number in range(7):
        web.views.status.apply(*record(log(section=f"s{number}", rows=[PLAIN, FAILED])))
    found, after = [], ""
    while True:
        page = web.get(f"/v1/districts/north/sections?limit=3&after={after}").json()
        found += page["sections"]
        if page["next"] is None:
            break
        after = page["next"]
    assert [one["section"] for one in found] == [f"s{n}" for n in range(7)]
    assert found[0]["counts"] == {"Not Yet Synced": 0, "Queued": 0, "Successful": 1, "Error": 1}


def test_a_bad_parameter_is_refused_without_repeating_it(web: Web) -> None:
    told = web.get(STATUS + "?deleted=Zxqv")
    assert (told.status_code, told.json()["code"]) == (422, "BAD_REQUEST")
    assert b"Zxqv" not in told.content


def test_another_host_name_is_not_answered(web: Web) -> None:
    """A web page elsewhere could otherwise reach in by DNS rebinding."""
    assert web.get(STATUS, host="evil.example").status_code == 400
    for host in ("localhost:8080", "127.0.0.1:8080", "[::1]:8080"):
        assert web.get(STATUS, host=host).status_code == 200


def test_metrics_count_rows_and_requests_without_ids(web: Web) -> None:
    web.get(STATUS)
    web.get("/v1/districts/Zxqv/sections/Canary/status")
    web.get("/v1/Zxqv")
    text = web.get("/metrics").text
    samples = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert samples["gradebook_sync_status_rows", (("state", "Successful"),)] == 2
    assert samples["gradebook_sync_follower_caught_up", (("topic", "sync.status"),)] == 1
    route = "/v1/districts/{tenant}/sections/{section}/status"
    assert (
        samples["gradebook_sync_web_requests_total", (("method", "GET"), ("route", route), ("status", "200"))]
        >= 1
    )
    assert (
        samples[
            "gradebook_sync_web_requests_total", (("method", "GET"), ("route", "other"), ("status", "404"))
        ]
        >= 1
    )
    assert not {"Zxqv", "algebra", "north", "Essay", "student-7"} & set(text.replace('"', " ").split())


def test_the_application_starts_and_stops_its_followers(new_web: NewWeb) -> None:
    follower = Told()
    with TestClient(create_app(Views(), Sources([follower], Log()), settings())):
        assert (follower.started, follower.stopped) == (True, False)
    assert follower.stopped
