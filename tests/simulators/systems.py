"""The systems that can be started, by name."""

from collections.abc import Callable

from tests.simulators.aeries.system import Aeries
from tests.simulators.eschoolplus.system import ESchoolPlus
from tests.simulators.infinite_campus.system import InfiniteCampus
from tests.simulators.powerschool.system import PowerSchool
from tests.simulators.server import System
from tests.simulators.skyward.qmlativ.system import Qmlativ
from tests.simulators.skyward.sms import SkywardSms

SYSTEMS: dict[str, Callable[[], System]] = {
    "aeries": Aeries,
    "eschoolplus": ESchoolPlus,
    "infinite_campus": InfiniteCampus,
    "powerschool": PowerSchool,
    "skyward_qmlativ": Qmlativ,
    "skyward_sms": SkywardSms,
}
