"""The head of a desired item is read without the rest, and says what decoding would."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codec import Refused, decode, encode
from schemas.desired import DesiredItem, head
from schemas.gradebook import Choice
from tests.unit.adapters.desk import desired, scores

IDS = st.text(min_size=1, max_size=20)


@given(
    IDS,
    IDS,
    IDS,
    st.integers(0, 2**62),
    st.none() | st.sampled_from(Choice),
    st.none() | st.text(max_size=99),
)
def test_it_says_what_decoding_would(
    tenant: str, section: str, item: str, revision: int, choice: Choice | None, run: str | None
) -> None:
    one = desired(
        item,
        tenant=tenant,
        section=section,
        revision=revision,
        choice=choice,
        run=run,
        sis_teacher=run,
        scores=scores(a=1.0),
    )
    found, whole = head(encode(one)), decode(DesiredItem, encode(one))
    assert found == (
        whole.tenant, whole.section, whole.item, whole.revision, whole.decided_at, whole.choice is not None,
        whole.sis_section, whole.sis_teacher,
    )  # fmt: skip


@given(st.integers(0, 200), st.binary(max_size=3))
def test_whatever_is_torn_is_refused_or_read_and_never_a_surprise(at: int, junk: bytes) -> None:
    data = encode(desired(scores=scores(a=1.0)))
    torn = data[:at] + junk + data[at + len(junk) :]
    try:
        found = head(torn)
    except Refused:
        with pytest.raises(Refused):
            decode(DesiredItem, torn)
    else:
        assert isinstance(found.item, str) and isinstance(found.revision, int)


@pytest.mark.parametrize(
    ("data", "code"),
    [(None, "TOMBSTONE"), (b"", "EMPTY_VALUE"), (b"{}", "BAD_MAGIC"), (b"\x00\x00", "SHORT_VALUE")],
)
def test_what_is_no_record_has_its_code(data: bytes | None, code: str) -> None:
    with pytest.raises(Refused) as refused:
        head(data)
    assert refused.value.code == code
