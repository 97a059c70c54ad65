"""The sample district applied to a stack: its file, with the address where this stack's simulator listens."""

import time
from dataclasses import replace

from deploy.local.layout import Layout, sample
from schemas.district import DistrictConfig
from streams import district_file
from streams.commands.sending import put_district


def apply(layout: Layout) -> DistrictConfig:
    """Put it on district.config; returns what was applied."""
    told = district_file.read(sample("district.toml"), updated_at=time.time_ns() // 1_000_000)
    config = replace(told, sis=replace(told.sis, base_url=layout.district_url))
    put_district(layout.cluster, config)
    return config
