"""What a token must be to be believed: every way of forging one that reference/security.md lists is tried here."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any

import pytest
from joserfc.jwk import OctKey

from streams.web.auth.issuers import OWN
from streams.web.auth.jwks import AGAIN_SECONDS, KEPT_SECONDS, Jwks, public_keys
from streams.web.auth.people import Person, Role
from streams.web.auth.sessions import SESSION_SECONDS, launch_link_token, session_for
from streams.web.auth.tokens import TOKEN_CHARS, Unauthorised, verify, verify_launch
from tests.unit.streams.web import sign
from tests.unit.streams.web.sign import LMS, NOW, OTHER_LMS, claims, ec, rsa, token, trust


def _raw(header: dict[str, Any], body: dict[str, Any], secret: bytes | None = None) -> str:
    """A token put together by hand, as an attacker would."""

    def part(document: dict[str, Any]) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=")

    signed = part(header) + b"." + part(body)
    mac = b"" if secret is None else hmac.digest(secret, signed, hashlib.sha256)
    return (signed + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")).decode()


def refused(told: str, now: float = NOW) -> str:
    with pytest.raises(Unauthorised) as caught:
        verify(told, trust(), now)
    assert len(told) < 20 or told not in repr(caught.value)
    return caught.value.reason


def accepted(told: str) -> bool:
    return verify(told, trust(), NOW).id == "teacher-1"


def test_the_three_algorithms_each_by_its_own_issuer() -> None:
    expected = Person(
        id="teacher-1", role=Role.TEACHER, tenants=frozenset({"north"}), expires=NOW + 630, section=None
    )
    for told in (
        token(),
        token(rsa(), "RS256", {"kid": "r1"}, iss=LMS),
        token(ec(), "ES256", {"kid": "e1"}, iss=LMS),
    ):
        assert verify(told, trust(), NOW) == expected


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", None, 5, "HS512", "PS256", "RS512"])
def test_the_algorithm_is_ours_to_choose(alg: Any) -> None:
    for iss in (sign.SHARED, LMS, OWN):
        assert refused(_raw({"alg": alg}, claims(iss=iss), b"s" * 32)) == "algorithm"


def test_a_public_key_is_no_shared_secret() -> None:
    """HS256 signed with the RSA public key's own bytes: the oldest forgery there is."""
    for form in (rsa().as_pem(private=False), rsa().as_der(private=False)):
        told = _raw({"alg": "HS256", "kid": "r1"}, claims(iss=LMS), form)
        assert refused(told) == "algorithm"
        header = {"alg": "RS256", "kid": "r1"}
        assert refused(_raw(header, claims(iss=LMS), form)) == "signature"


def test_a_key_of_another_kind_does_not_serve() -> None:
    assert refused(token(rsa(), "RS256", {"kid": "e1"}, iss=LMS)) == "key"


@pytest.mark.parametrize(
    "kid", ["../../../../dev/null", "/dev/null", "r1/../e1", "r1\x00", "' OR 1=1 --", "s1", "", "%72%31"]
)
def test_a_key_id_is_looked_up_and_nothing_else(kid: str) -> None:
    assert refused(token(rsa(), "RS256", {"kid": kid}, iss=LMS)) == "key"


def test_which_of_several_keys_must_be_said() -> None:
    assert refused(token(rsa(), "RS256", iss=LMS)) == "key"
    assert accepted(token(rsa("s1"), "RS256", iss=OTHER_LMS, tenant="south"))


@pytest.mark.parametrize(
    "extra",
    [
        {"jwk": {"kty": "oct", "k": "AAAA"}},
        {"jku": "https://evil.example/jwks"},
        {"x5u": "https://evil.example/x"},
        {"x5c": ["AAAA"]},
        {"crit": ["exp"]},
        {"b64": False},
        {"zip": "DEF"},
    ],
)
def test_a_header_that_would_tell_us_how_to_judge_is_refused(extra: dict[str, Any]) -> None:
    told = _raw({"alg": "HS256", **extra}, claims(), b"s" * 32)
    assert refused(told) == "header"
    assert accepted(_raw({"alg": "HS256", "typ": "JWT"}, claims(), b"s" * 32))


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"exp": None}, "expired"),
        ({"exp": NOW - 31}, "expired"),
        ({"exp": True}, "expired"),
        ({"exp": "9999999999"}, "expired"),
        ({"exp": 1e300}, "expired"),
        ({"nbf": NOW + 31}, "not yet valid"),
        ({"iat": NOW + 31}, "not yet valid"),
        ({"nbf": "soon"}, "not yet valid"),
        ({"aud": None}, "audience"),
        ({"aud": "another"}, "audience"),
        ({"aud": ["another", "gradebook-syncs"]}, "audience"),
        ({"aud": {"gradebook-sync": 1}}, "audience"),
        ({"iss": "https://evil.example"}, "issuer"),
        ({"iss": None}, "issuer"),
        ({"iss": ["https://lms.example"]}, "issuer"),
        ({"role": "superuser"}, "role"),
        ({"role": None}, "role"),
        ({"role": ["teacher"]}, "role"),
        ({"tenant": None}, "tenant"),
        ({"tenant": ""}, "tenant"),
        ({"tenant": ["north"]}, "tenant"),
        ({"sub": None}, "sub"),
        ({"sub": "x" * 1025}, "sub"),
        ({"sub": 7}, "sub"),
        ({"use": "launch", "section": "algebra"}, "use"),
        ({"section": "algebra"}, "section"),
    ],
)
def test_a_claim_that_is_not_as_it_must_be(told: dict[str, Any], reason: str) -> None:
    assert refused(token(**told)) == reason


def test_clocks_may_differ_by_the_leeway_and_no_more() -> None:
    for told in ({"exp": NOW - 29}, {"nbf": NOW + 29}, {"iat": NOW + 29}, {"aud": ["x", "gradebook-sync"]}):
        assert accepted(token(**told))


def test_an_issuer_speaks_for_its_own_districts() -> None:
    assert refused(token(rsa("s1"), "RS256", {"kid": "s1"}, iss=OTHER_LMS)) == "tenant"
    assert refused(token(rsa("s1"), "RS256", {"kid": "s1"}, iss=LMS, tenant="south")) == "key"
    operator = token(rsa("s1"), "RS256", iss=OTHER_LMS, tenant=None, role="operator")
    assert verify(operator, trust(), NOW).tenants == frozenset({"south"})
    assert verify(sign.operator(), trust(), NOW).tenants is None


def test_an_issuer_gives_the_roles_it_may_give() -> None:
    teachers_only = replace(trust().issuers[sign.SHARED], roles=frozenset({Role.TEACHER}))
    narrow = replace(trust(), issuers={**trust().issuers, sign.SHARED: teachers_only})
    assert verify(token(), narrow, NOW).role is Role.TEACHER
    for told in (sign.admin(), sign.operator(), sign.publisher()):
        with pytest.raises(Unauthorised, match="role"):
            verify(told, narrow, NOW)


def test_a_changed_byte_is_noticed() -> None:
    good = token()
    head, body, mac = good.split(".")
    other = base64.urlsafe_b64encode(json.dumps(claims(sub="teacher-9")).encode()).rstrip(b"=").decode()
    assert refused(f"{head}.{other}.{mac}") == "signature"
    assert refused(f"{head}.{body}.{mac[:-4]}AAAA") == "signature"
    assert refused(f"{head}.{body}.") == "signature"


@pytest.mark.parametrize(
    "told",
    ["", "a", "a.b", "a.b.c", "a.b.c.d.e", "e30.e30.e30", "é.é.é", "W10.W10.W10", "x" * TOKEN_CHARS * 2],
)
def test_what_is_no_token(told: str) -> None:
    assert refused(told)


def test_nesting_does_not_end_the_process() -> None:
    deep = base64.urlsafe_b64encode(b"[" * 5000).decode()
    assert refused(f"{deep}.e30.x")


# ---- launch links ----------------------------------------------------------------------------------------------


def _link(**told: Any) -> str:
    usual = {"use": "launch", "section": "algebra", "exp": NOW + 120}
    return token(**{**usual, **told})


def test_a_launch_link_opens_one_section_and_is_no_token_for_the_api() -> None:
    person = verify_launch(_link(), trust(), NOW)
    assert person.section == ("north", "algebra")
    assert refused(_link()) == "use"
    session = verify(session_for(person, trust(), NOW), trust(), NOW)
    assert (session.section, session.role) == (("north", "algebra"), Role.TEACHER)


@pytest.mark.parametrize("told", [{"exp": NOW + 3600}, {"section": None}, {"use": None}, {"exp": NOW - 60}])
def test_a_launch_link_is_short_lived_and_names_its_section(told: dict[str, Any]) -> None:
    with pytest.raises(Unauthorised):
        verify_launch(_link(**told), trust(), NOW)


def test_a_session_is_not_made_longer_by_links_of_its_own() -> None:
    first = verify(session_for(verify(token(), trust(), NOW), trust(), NOW), trust(), NOW)
    later = NOW + SESSION_SECONDS - 60
    link = launch_link_token(first, "north", "algebra", trust(), later)
    second = verify(session_for(verify_launch(link, trust(), later), trust(), later), trust(), later)
    assert second.expires <= first.expires
    fresh = launch_link_token(verify(token(), trust(), NOW), "north", "algebra", trust(), NOW)
    whole = verify(session_for(verify_launch(fresh, trust(), NOW), trust(), NOW), trust(), NOW)
    assert whole.expires == NOW + SESSION_SECONDS + 30


# ---- keys ------------------------------------------------------------------------------------------------------


def _padded(number: Any) -> str:
    """The same number, led by zeros to the length of a larger one."""
    raw = base64.urlsafe_b64decode(number + "=" * (-len(number) % 4))
    return base64.urlsafe_b64encode(bytes(256 - len(raw)) + raw).decode().rstrip("=")


def test_only_public_keys_for_signing_are_taken() -> None:
    from joserfc.errors import SecurityWarning
    from joserfc.jwk import ECKey, RSAKey

    with pytest.warns(SecurityWarning):
        small = RSAKey.generate_key(1024, parameters={"kid": "small"})
    other = ECKey.generate_key("P-384", parameters={"kid": "p384"})
    document = sign.jwk_set(rsa(), ec(), small, other)
    document["keys"] += [
        {"kty": "oct", "k": "c2VjcmV0", "kid": "oct"},
        {"kty": "RSA", "n": "!", "e": "AQAB", "kid": "bad"},
        {"kty": "RSA", "kid": "empty"},
        {"kty": "RSA", "n": 5, "e": "AQAB", "kid": "number"},
        {"kty": "RSA", "n": _padded(small.as_dict(private=False)["n"]), "e": "AQAB", "kid": "padded"},
        {**rsa().as_dict(private=False), "kid": "enc", "use": "enc"},
        "no object",
        {"kid": ["x"]},
    ]
    assert set(public_keys(document)) == {"r1", "e1"}
    nonsenses: list[Any] = [None, [], {}, {"keys": 5}, {"keys": None}]
    for nonsense in nonsenses:
        assert public_keys(nonsense) == {}


def test_keys_are_read_again_when_old_or_when_one_is_missing_and_not_more_often() -> None:
    now = [0.0]
    reads: list[float] = []

    def read() -> object:
        reads.append(now[0])
        return sign.jwk_set(rsa())

    keys = Jwks(read, clock=lambda: now[0])
    assert keys.due("r1")
    keys.refresh()
    for _ in range(100):
        assert not keys.due("no-such")
        keys.refresh()
    assert reads == [0.0]
    now[0] = AGAIN_SECONDS
    assert (keys.due("no-such"), keys.due("r1")) == (True, False)
    now[0] = KEPT_SECONDS + 1
    assert keys.due("r1")


def test_keys_stay_when_their_address_is_dead() -> None:
    now = [0.0]
    answers: list[Any] = [sign.jwk_set(rsa()), OSError("dead"), ValueError("not JSON")]

    def read() -> object:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    keys = Jwks(read, clock=lambda: now[0])
    for _ in range(3):
        keys.refresh()
        now[0] += KEPT_SECONDS
    assert keys.get("r1") is not None
    assert not answers


def test_secrets_are_not_in_a_repr() -> None:
    assert "c3Nzc3" not in repr(trust())
    assert "ssss" not in repr(trust())
    assert isinstance(sign.SECRET, OctKey)
