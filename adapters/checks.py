"""The self-test's lines: what was tried, and the catalog's code of what went wrong."""

from collections.abc import Callable, Iterable, Sequence

from adapters.contract import Finding
from adapters.errors import DeliveryError, Gone, Misconfigured, Retry, UnknownOutcome

Probe = Callable[[], object]
SIGN_IN = "sign-in"


def findings(probes: Iterable[tuple[str, Probe]]) -> Sequence[Finding]:
    """Try each; what stops every call (no sign-in, no answer) is told once, and the rest is then not tried.

    A probe may ask for something nobody has: Gone says that asking is allowed.
    """
    told: list[Finding] = []
    for what, probe in probes:
        error = _tried(probe)
        if not told:
            if error is not None and _stops(error):
                return (Finding(what=SIGN_IN, code=error.code, params=error.params),)
            told.append(Finding(what=SIGN_IN))
        told.append(
            Finding(what=what) if error is None else Finding(what=what, code=error.code, params=error.params)
        )
    return tuple(told)


def _tried(probe: Probe) -> DeliveryError | None:
    try:
        probe()
    except Gone:
        return None
    except DeliveryError as error:
        return error
    return None


def _stops(error: DeliveryError) -> bool:
    if isinstance(error, Misconfigured):
        return error.whole_district
    return isinstance(error, Retry) and not isinstance(error, UnknownOutcome)
