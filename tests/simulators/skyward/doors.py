"""The OneRoster mounts of Skyward; the paths are [I] (sis-apis 3C)."""

from tests.simulators.oneroster.door import Mount, mount_joint, mounts_1p2
from tests.simulators.oneroster.errors import RefusalError
from tests.simulators.oneroster.exchange import Rules
from tests.simulators.oneroster.routes import Operation
from tests.simulators.skyward import groups
from tests.simulators.skyward.dialects import Skyward11, Skyward12
from tests.simulators.world import District


def mounts(district: District, root: str, rules: Rules) -> tuple[Mount, ...]:
    """1.2 on its two bases or on one, and 1.1, under ``{root}/ims/oneroster``."""
    new, old = Skyward12(district), Skyward11(district)
    return (
        *mounts_1p2(f"{root}/ims/oneroster", new, groups.V1P2, rules),
        mount_joint(f"{root}/ims/oneroster/v1p2", new, groups.V1P2, rules),
        mount_joint(f"{root}/ims/oneroster/v1p1", old, groups.V1P1, rules),
    )


def check_bulk(district: District, operation: Operation, *, usual: bool) -> None:
    """405 for a bulk POST where there is none; ``usual`` is the system's way when no switch says otherwise."""
    switch = district.switches.skyward_bulk
    if operation.method == "POST" and not (usual if switch is None else switch):
        raise RefusalError(405, f"{operation.name} is not supported")
