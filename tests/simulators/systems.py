"""The systems that can be started, by name."""

from collections.abc import Callable

from tests.simulators.aeries.system import Aeries
from tests.simulators.eschoolplus.system import ESchoolPlus
from tests.simulators.powerschool.system import PowerSchool
from tests.simulators.server import System

SYSTEMS: dict[str, Callable[[], System]] = {
    "aeries": Aeries,
    "eschoolplus": ESchoolPlus,
    "powerschool": PowerSchool,
}
