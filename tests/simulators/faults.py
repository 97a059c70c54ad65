"""Fault switches of one district: which rules there are and which of them a request meets.

A rule in JSON (``POST /_sim/districts/{code}/faults``)::

    {"kind": "status", "status": 503,            what happens, and the settings of that kind
     "count": 3, "probability": 0.5, "seed": 7,  how often: at most so many times, with seeded chance
     "method": "PUT", "path": "/results/"}       to which calls: regular expression, searched in the path after
                                                 the base of the district (``/token``, ``/ims/oneroster/...``)

Kinds and their settings (defaults in brackets)::

    latency           seconds [0], jitter [0]: wait seconds + up to jitter, then go on to the other rules
    status            status [503], retry_after (sent as it is), retry_after_in (seconds from now as an HTTP date)
    unauthorized      every call 401, whatever its token
    forbid            403
    drop_reply        commit, then close the connection without a reply (also named commit_then_drop)
    commit_then_500   commit, then answer status [500]
    late_commit       seconds [1], then ["drop"] or "hang": nothing is answered, the commit comes later
    search_lag        seconds [1]: lists show what they would have shown so long ago; count does not apply
    hang              accept and never answer
    drip              per_second [1]: commit, then send the body so many bytes a second
    refuse            close the connection before anything is read into the gradebook
    garbage           200 with an HTML page; nothing is committed
    body_too_large    bytes [67108864]: 200 with a JSON body of that size; nothing is committed
    redirect          location ["http://127.0.0.1:9/"], status [302]
    no_id_in_reply    commit, and leave the allocated ids out of a bulk reply
    two_pages         lists come in two pages however large the limit asked for
    token_expire_now  at once: every access token of the district ends (acts when posted, is not kept)

Rules apply in the order posted. ``latency``, ``search_lag``, ``no_id_in_reply`` and ``two_pages`` add up;
of the others the first that fits decides.
"""

import random
import re
from dataclasses import dataclass, field

ADDING = frozenset({"latency", "search_lag", "no_id_in_reply", "two_pages"})
DECIDING = frozenset(
    {
        "status",
        "unauthorized",
        "forbid",
        "drop_reply",
        "commit_then_500",
        "late_commit",
        "hang",
        "drip",
        "refuse",
        "garbage",
        "body_too_large",
        "redirect",
    }
)
ALIASES = {"commit_then_drop": "drop_reply"}
SETTINGS: dict[str, frozenset[str]] = {
    "latency": frozenset({"seconds", "jitter"}),
    "status": frozenset({"status", "retry_after", "retry_after_in"}),
    "commit_then_500": frozenset({"status"}),
    "late_commit": frozenset({"seconds", "then"}),
    "search_lag": frozenset({"seconds"}),
    "drip": frozenset({"per_second"}),
    "body_too_large": frozenset({"bytes"}),
    "redirect": frozenset({"location", "status"}),
}
NUMBERS = frozenset(
    {"seconds", "jitter", "status", "retry_after_in", "per_second", "bytes", "count", "probability", "seed"}
)
LEAST = {"status": 200, "per_second": 0.001, "bytes": 2}
SELECTORS = frozenset({"kind", "count", "probability", "seed", "method", "path"})


class BadFaultError(ValueError):
    """The rule cannot be understood; the text says why."""


@dataclass(slots=True)
class Rule:
    """One switch that is on."""

    name: str
    kind: str
    settings: dict[str, object]
    method: str | None = None
    path: re.Pattern[str] | None = None
    count: int | None = None
    probability: float = 1.0
    chance: random.Random = field(default_factory=random.Random)
    hits: int = 0

    def number(self, setting: str, default: float) -> float:
        """A numeric setting of the kind."""
        found = self.settings.get(setting, default)
        return found if isinstance(found, int | float) else default

    def text(self, setting: str, default: str) -> str:
        """A textual setting of the kind."""
        return str(self.settings.get(setting, default))

    def meets(self, method: str, path: str) -> bool:
        """Whether this call is hit; counts the hit."""
        if self.count is not None and self.hits >= self.count:
            return False
        if self.method not in (None, method) or (self.path is not None and not self.path.search(path)):
            return False
        if self.probability < 1.0 and self.chance.random() >= self.probability:
            return False
        self.hits += 1
        return True

    def report(self) -> dict[str, object]:
        """The rule as JSON, with its hits."""
        return {
            "id": self.name,
            "kind": self.kind,
            **self.settings,
            "method": self.method,
            "path": self.path.pattern if self.path else None,
            "count": self.count,
            "probability": self.probability,
            "hits": self.hits,
        }


@dataclass(slots=True)
class Plan:
    """What one call meets."""

    delay: float = 0.0
    lag: float = 0.0
    no_ids: bool = False
    two_pages: bool = False
    act: Rule | None = None

    def add(self, rule: Rule) -> None:
        """Take a rule that fits into the plan."""
        match rule.kind:
            case "latency":
                self.delay += rule.number("seconds", 0) + rule.chance.random() * rule.number("jitter", 0)
            case "search_lag":
                self.lag = max(self.lag, rule.number("seconds", 1))
            case "no_id_in_reply":
                self.no_ids = True
            case "two_pages":
                self.two_pages = True
            case _:
                self.act = rule


CALM = Plan()


class FaultBoard:
    """The switches of one district."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self._given = 0

    def draw(self, method: str, path: str) -> Plan:
        """What this call meets; uses up counts."""
        if not self._rules:
            return CALM
        plan = Plan()
        for rule in self._rules:
            decided = plan.act is not None and rule.kind in DECIDING
            if not decided and rule.meets(method, path):
                plan.add(rule)
        return plan

    def set(self, spec: dict[str, object]) -> Rule:
        """Switch a rule on; BadFaultError when it makes no sense."""
        rule = _rule(f"f{self._given + 1}", spec)
        self._given += 1
        self._rules.append(rule)
        return rule

    def clear(self, name: str | None = None) -> int:
        """Switch one rule, or all of them, off; how many were on."""
        before = len(self._rules)
        self._rules = [rule for rule in self._rules if name not in (None, rule.name)]
        return before - len(self._rules)

    def longest_lag(self) -> float:
        """The history that lists must be able to look back to."""
        lags = (rule.number("seconds", 1) for rule in self._rules if rule.kind == "search_lag")
        return max(lags, default=0.0)

    def report(self) -> list[dict[str, object]]:
        """All rules as JSON."""
        return [rule.report() for rule in self._rules]


def _rule(name: str, spec: dict[str, object]) -> Rule:
    kind = ALIASES.get(str(spec.get("kind")), str(spec.get("kind")))
    if kind not in ADDING | DECIDING:
        message = f"kind {kind!r} is not one of {sorted(ADDING | DECIDING | {'token_expire_now'})}"
        raise BadFaultError(message)
    settings = {key: value for key, value in spec.items() if key not in SELECTORS}
    unknown = set(settings) - SETTINGS.get(kind, frozenset())
    if unknown:
        message = f"{sorted(unknown)} does not belong to {kind}"
        raise BadFaultError(message)
    for key in NUMBERS & spec.keys():
        if isinstance(spec[key], bool) or not isinstance(spec[key], int | float):
            message = f"{key} must be a number"
            raise BadFaultError(message)
        if float(str(spec[key])) < LEAST.get(key, 0):
            message = f"{key} must be at least {LEAST.get(key, 0)}"
            raise BadFaultError(message)
    return Rule(
        name=name,
        kind=kind,
        settings=settings,
        method=_optional_text(spec, "method"),
        path=_pattern(_optional_text(spec, "path")),
        count=None if spec.get("count") is None else int(float(str(spec["count"]))),
        probability=float(str(spec.get("probability", 1.0))),
        chance=random.Random(str(spec.get("seed", name))),
    )


def _optional_text(spec: dict[str, object], key: str) -> str | None:
    found = spec.get(key)
    return None if found is None else str(found)


def _pattern(text: str | None) -> re.Pattern[str] | None:
    try:
        return None if text is None else re.compile(text)
    except re.error as error:
        message = f"path is not a regular expression: {error}"
        raise BadFaultError(message) from error
