"""Without authentication the read side speaks to this machine only."""

import pytest

from streams.exits import EXIT_CONFIGURATION, ConfigurationRefused
from streams.web import __main__ as program
from streams.web.settings import OPEN_SETTING, WebSettings, is_loopback, open_setting

EVERYWHERE = "0.0.0.0"  # noqa: S104 - to see it refused
YES = "I-KNOW-EVERYONE-CAN-READ-GRADES"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_loopback_is_allowed(host: str) -> None:
    assert WebSettings(host=host).checked().host == host


@pytest.mark.parametrize(
    "host",
    [EVERYWHERE, "::", "", "10.0.0.1", "192.168.1.5", "169.254.1.1", "8.8.8.8", "no.such.host.invalid", "0"],
)
def test_anything_else_is_refused_and_says_why(host: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(ConfigurationRefused, match="no authentication yet"):
        WebSettings(host=host).checked()


def test_it_is_allowed_only_in_so_many_words() -> None:
    settings = WebSettings(host=EVERYWHERE, open_without_authentication=open_setting({OPEN_SETTING: YES}))
    assert settings.checked() is settings
    assert not open_setting({})
    for told in ("1", "true", YES.lower()):
        with pytest.raises(ConfigurationRefused, match=YES):
            open_setting({OPEN_SETTING: told})


def test_open_it_answers_any_host_and_on_loopback_only_its_own() -> None:
    assert WebSettings(open_without_authentication=True).allowed_hosts == ["*"]
    assert "*" not in WebSettings().allowed_hosts


@pytest.mark.parametrize(
    "arguments", [["--host", EVERYWHERE], ["--share", "2/2"], ["--share", "x"], ["--share", "1/"]]
)
def test_the_program_refuses_to_start_with_78(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert program.main(arguments) == EXIT_CONFIGURATION
    assert "streams.web:" in capsys.readouterr().err
