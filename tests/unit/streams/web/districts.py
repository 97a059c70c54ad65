"""A district with categories, as an administrator's file states it."""

from collections.abc import Mapping

from schemas.district import DistrictConfig, Limits, SisCategory, SisConnection
from schemas.gradebook import Sis


def district(
    tenant: str, everywhere: Mapping[str, str], own: Mapping[str, tuple[str, str]] = {}
) -> DistrictConfig:
    """`own`: category id -> title and the one SIS section that has it."""
    return DistrictConfig(
        tenant=tenant,
        title="North",
        entitled=True,
        time_zone="America/New_York",
        source="test",
        updated_at=1,
        sis=SisConnection(
            kind=Sis.ESCHOOLPLUS,
            base_url="https://sis.example",
            auth="oauth2",
            key_ref="env:K",
            secret_ref="env:S",
            concurrency=1,
            rate_per_second=None,
            allow_private_addresses=False,
            options={},
        ),
        schools=(),
        categories=(
            *(SisCategory(id=name, title=title) for name, title in everywhere.items()),
            *(SisCategory(id=name, title=title, sis_section=at) for name, (title, at) in own.items()),
        ),
        limits=Limits(),
        policies={},
    )
