"""Which adapter serves which system. A system without one ends its items with SIS_NOT_SUPPORTED."""

from collections.abc import Callable, Mapping

from adapters.aeries import adapter as aeries
from adapters.contract import Adapter
from adapters.eschoolplus import adapter as eschoolplus
from adapters.http import Pace
from adapters.infinite_campus import adapter as infinite_campus
from adapters.powerschool import adapter as powerschool
from adapters.skyward import adapter as skyward
from schemas.district import DistrictConfig
from schemas.gradebook import Sis

Connect = Callable[[DistrictConfig, Pace], Adapter]

CONNECT: Mapping[Sis, Connect] = {
    Sis.POWERSCHOOL: powerschool.connect,
    Sis.ESCHOOLPLUS: eschoolplus.connect,
    Sis.SKYWARD: skyward.connect,
    Sis.INFINITE_CAMPUS: infinite_campus.connect,
    Sis.AERIES: aeries.connect,
}
