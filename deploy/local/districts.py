"""The sample districts applied to a stack: their files, with the addresses where this stack's simulators listen."""

import time
from dataclasses import replace

from deploy.local.layout import Layout
from deploy.local.sample.districts import SampleDistrict, districts
from schemas.codec import encode
from schemas.district import DistrictConfig
from schemas.keys import tenant_key
from streams import district_file
from streams.commands.sending import send


def apply(layout: Layout) -> dict[str, DistrictConfig]:
    """Put them on district.config; returns what was applied, by tenant."""
    configs = {sample.tenant: _config(layout, sample) for sample in districts()}
    records = [(tenant_key(tenant), encode(config)) for tenant, config in configs.items()]
    send(layout.cluster, layout.cluster.topics.config, records)
    return configs


def _config(layout: Layout, sample: SampleDistrict) -> DistrictConfig:
    told = district_file.read(sample.folder / "district.toml", updated_at=time.time_ns() // 1_000_000)
    return replace(told, sis=replace(told.sis, base_url=layout.district_url(sample)))
