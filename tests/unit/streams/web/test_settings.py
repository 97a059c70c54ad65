"""Nobody is let in without signing in, and the development login stays on this machine."""

from pathlib import Path

import pytest

from streams.exits import EXIT_CONFIGURATION, ConfigurationRefused
from streams.web import __main__ as program
from streams.web.auth.issuers import OWN, read_trust
from streams.web.settings import (
    KEY_SETTING,
    LOGIN_SETTING,
    TRUST_SETTING,
    is_loopback,
    told_login,
    told_trust,
)
from tests.unit.streams.web.bench import settings

EVERYWHERE = "0.0.0.0"  # noqa: S104 - to see it refused
YES = "ANYONE-ON-THIS-MACHINE-MAY-BE-ANYBODY"
ELSEWHERE = [
    EVERYWHERE,
    "::",
    "",
    "10.0.0.1",
    "192.168.1.5",
    "169.254.1.1",
    "8.8.8.8",
    "no.such.host.invalid",
    "0",
]
GOOD = """
audience = "gradebook-sync"
leeway_seconds = 10
session_key = "env:SESSION"
origins = ["https://lms.example"]

[[issuer]]
iss = "https://lms.example"
algorithms = ["RS256"]
jwks = "https://lms.example/jwks"
tenants = ["north"]
roles = ["teacher"]

[[issuer]]
iss = "https://shared.example"
algorithms = ["HS256"]
key = "env:SHARED"
tenants = ["*"]
roles = ["operator"]
"""
ENV = {"SESSION": "o" * 32, "SHARED": "s" * 32}


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_on_loopback_the_development_login_is_allowed(host: str) -> None:
    assert settings(host=host, development_login=True).checked().host == host


@pytest.mark.parametrize("host", ELSEWHERE)
def test_anywhere_else_it_is_refused_and_says_why(host: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(ConfigurationRefused, match="loopback only"):
        settings(host=host, development_login=True).checked()
    assert settings(host=host).checked().host == host


def test_it_is_asked_for_only_in_so_many_words() -> None:
    assert told_login({LOGIN_SETTING: YES})
    assert not told_login({})
    for told in ("1", "true", YES.lower()):
        with pytest.raises(ConfigurationRefused, match=YES):
            told_login({LOGIN_SETTING: told})


def test_without_any_issuer_nobody_could_sign_in() -> None:
    with pytest.raises(ConfigurationRefused, match="nobody could sign in"):
        settings(trust=told_trust({})).checked()


def test_on_loopback_only_its_own_host_names_are_answered() -> None:
    assert "*" not in settings().allowed_hosts
    assert settings(host=EVERYWHERE).allowed_hosts == ["*"]
    assert settings(host=EVERYWHERE, hosts=("grades.example",)).allowed_hosts == ["grades.example"]


def test_a_good_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "auth.toml"
    file.write_text(GOOD)
    trust = told_trust({TRUST_SETTING: str(file), **ENV})
    assert (trust.audience, trust.leeway, trust.origins) == ("gradebook-sync", 10, ("https://lms.example",))
    assert set(trust.issuers) == {OWN, "https://lms.example", "https://shared.example"}
    assert trust.issuers["https://lms.example"].tenants == frozenset({"north"})
    assert trust.issuers["https://shared.example"].tenants is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('audience = "gradebook-sync"', "", "audience"),
        ('"env:SESSION"', '"env:MISSING"', "env:NAME"),
        ('"env:SESSION"', '"oooooooooooooooooooooooooooooooo"', "env:NAME"),
        ('"env:SESSION"', '"env:SHORT"', "32 bytes"),
        ('"RS256"', '"none"', "algorithms"),
        ('"RS256"', '"RS256", "HS256"', "algorithms"),
        ('["RS256"]', "[]", "algorithms"),
        ('jwks = "https://lms.example/jwks"', 'key = "env:SHARED"', "takes `jwks`"),
        ('key = "env:SHARED"', 'jwks = "https://x.example"', "takes `key`"),
        ("https://lms.example/jwks", "http://lms.example/jwks", "jwks is https"),
        ("https://lms.example/jwks", "https://good@evil.example/jwks", "jwks is https"),
        ('["north"]', "[]", "tenants"),
        ('["teacher"]', '["root"]', "roles"),
        ("leeway_seconds = 10", "leeway_seconds = 3600", "leeway"),
        ("leeway_seconds = 10", "leway = 10", "not a setting"),
        ('iss = "https://shared.example"', 'iss = "https://lms.example"', "twice"),
        ('iss = "https://shared.example"', f'iss = "{OWN}"', "our own name"),
        ('"https://lms.example"]', '"*"]', "origins"),
        ("[[issuer]]", "[[issuer", "auth.toml"),
    ],
)
def test_a_file_with_anything_wrong_is_refused_without_its_secrets(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    file = tmp_path / "auth.toml"
    assert old in GOOD
    file.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(ConfigurationRefused, match=r"auth\.toml") as caught:
        read_trust(file, {**ENV, "SHORT": "zxqv"})
    assert said in str(caught.value)
    assert "zxqv" not in str(caught.value)
    assert "oooo" not in str(caught.value)


def test_sessions_outlive_the_process_when_the_key_is_told(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(b"k" * 32)
    told = [told_trust({KEY_SETTING: f"file:{file}"}).session_key.as_dict() for _ in range(2)]
    assert told[0] == told[1]
    assert told_trust({}).session_key.as_dict() != told_trust({}).session_key.as_dict()


@pytest.mark.parametrize(
    "arguments", [["--host", EVERYWHERE], ["--share", "2/2"], ["--share", "x"], ["--share", "1/"], []]
)
def test_the_program_refuses_to_start_with_78(
    arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (TRUST_SETTING, LOGIN_SETTING, KEY_SETTING):
        monkeypatch.delenv(name, raising=False)
    assert program.main(arguments) == EXIT_CONFIGURATION
    assert "streams.web:" in capsys.readouterr().err
