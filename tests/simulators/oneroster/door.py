"""The OneRoster addresses of one district: which version and service an address belongs to, and its answer."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from tests.simulators.call import Call, Reply
from tests.simulators.commit_log import CommitLog
from tests.simulators.faults import Plan
from tests.simulators.gradebook import Change
from tests.simulators.oauth1 import NotSignedInError
from tests.simulators.oneroster.dialect import Dialect
from tests.simulators.oneroster.errors import RefusalError
from tests.simulators.oneroster.exchange import Exchange, Rules
from tests.simulators.oneroster.routes import Operation, Table
from tests.simulators.world import District


@dataclass(frozen=True, slots=True)
class Mount:
    """Addresses of one version; ``service`` None is both services on one stem.

    ``stem`` is matched at the start of the address after the district's base, up to and with the slash before
    the first word.
    """

    stem: re.Pattern[str]
    service: str | None
    dialect: Dialect
    table: Table
    rules: Rules

    def bases(self, tail: str) -> tuple[str, str]:
        """Where the gradebook and the rostering service answer, for one that came in by this address."""
        found = self.stem.match(tail)
        stem = found[0].rstrip("/") if found else ""
        if self.service is None:
            return stem, stem
        root = stem.removesuffix(f"/{self.service}/{self.dialect.version}")
        return f"{root}/gradebook/{self.dialect.version}", f"{root}/rostering/{self.dialect.version}"

    def parts(self, tail: str) -> list[str]:
        """Words and ids of an address."""
        found = self.stem.match(tail)
        return tail[found.end() :].split("/") if found else [""]


#: Signs a caller in and asks for the right to an operation; None for an address that there is not.
Admit = Callable[[Call, Mount, Operation | None], None]


def mounts_1p2(root: str, dialect: Dialect, table: Table, rules: Rules) -> tuple[Mount, ...]:
    """The two bases of OneRoster 1.2 [D:1ED12] under a root such as ``/ims/oneroster`` (a pattern)."""
    return tuple(
        Mount(re.compile(f"{root}/{service}/v1p2/"), service, dialect, table, rules)
        for service in ("gradebook", "rostering")
    )


def mount_joint(stem: str, dialect: Dialect, table: Table, rules: Rules) -> Mount:
    """One base for both services, as OneRoster 1.1 has it [D:1ED12]; ``stem`` (a pattern) has no last slash."""
    return Mount(re.compile(f"{stem}/"), None, dialect, table, rules)


class Door:
    """Answers the calls at the mounts of one district."""

    def __init__(
        self, district: District, log: CommitLog, base: str, mounts: Sequence[Mount], admit: Admit
    ) -> None:
        """``base`` is the path before the stems; ``admit`` raises RefusalError or NotSignedInError."""
        self._district = district
        self._log = log
        self._base = base
        self._mounts = mounts
        self._admit = admit

    def mount(self, tail: str) -> Mount | None:
        """The mount that an address lies under."""
        return next((one for one in self._mounts if one.stem.match(tail)), None)

    def template(self, method: str, tail: str) -> str:
        """The address with its ids blanked out, for the counters."""
        mount = self.mount(tail)
        operation = mount.table.find(method, mount.parts(tail)) if mount else None
        return operation.template if operation else "(unknown)"

    def answer(self, call: Call, tail: str, plan: Plan) -> Reply:
        """The reply to one call, refusals in the words of the mount's dialect."""
        # An address under no stem is refused in the words of the first, after the same sign-in.
        mount = self.mount(tail) or self._mounts[0]
        try:
            return self._operate(call, mount, tail, plan)
        except NotSignedInError as error:
            return self.refusal(RefusalError(401, str(error)), mount)
        except RefusalError as refusal:
            return self.refusal(refusal, mount)

    def refusal(self, refusal: RefusalError, mount: Mount | None) -> Reply:
        """A refusal in the words of a mount, or of the first one."""
        dialect = (mount or self._mounts[0]).dialect
        return dialect.refusal(refusal, wrapped=self._district.switches.wrapped_errors)

    def _operate(self, call: Call, mount: Mount, tail: str, plan: Plan) -> Reply:
        parts = mount.parts(tail)
        operation = mount.table.find(call.method, parts)
        self._admit(call, mount, operation)
        if operation is None:
            status = 405 if mount.table.known_address(parts) else 404
            raise RefusalError(status, f"Unknown Object: {call.method} {call.path}")
        if mount.service not in (None, operation.service):
            raise RefusalError(404, f"Unknown Object: {operation.name} is not in the {mount.service} service")
        ids = tuple(unquote(part) for part in parts[1::2])
        return operation.act(self._exchange(call, mount, tail, plan), ids)

    def _exchange(self, call: Call, mount: Mount, tail: str, plan: Plan) -> Exchange:
        base = f"{call.origin}{self._base}"
        gradebook, rostering = mount.bases(tail)
        links = mount.dialect.links(f"{base}{gradebook}", f"{base}{rostering}")
        return Exchange(self._district, call, links, mount.dialect, mount.rules, plan, self._change)

    def _change(self, verb: str) -> Change:
        return Change(self._district, self._log, "vendor", verb)


def check_rights(district: District, operation: Operation, why: str) -> None:
    """403 for an operation whose right was taken away, alone or with its whole endpoint.

    ``denied`` of the district names operations (``putResult``) and endpoints, the first word of an address
    (``results``); ``subscriptions`` the ones that are ticked.
    """
    names = {operation.name, operation.template[1:].partition("/")[0]}
    ticked = district.subscriptions
    if (ticked is not None and names.isdisjoint(ticked)) or not names.isdisjoint(district.denied):
        raise RefusalError(403, f"{operation.name} {why}")


def check_scopes(mount: Mount, operation: Operation, scopes: frozenset[str]) -> None:
    """403 for a token that was not asked for with a scope of the operation [D:1ED12]."""
    wanted = mount.dialect.scopes(operation.scopes)
    if wanted and scopes.isdisjoint(wanted):
        raise RefusalError(403, f"{operation.name} needs the scope {' or '.join(sorted(wanted))}")
