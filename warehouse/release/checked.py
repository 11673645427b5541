"""Checks of published numbers that only a release can make, since it has them all: rows of table `quality_result`."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from expectations.checks import NOT_SHOWN
from schemas.release_profiles import UNPROTECTED
from warehouse.release.inputs import ReleasePartition, Row


@dataclass(frozen=True)
class ReleaseCheck:
    """What a check of a partition's published numbers found: a row of table `quality_result`.

    success    whether nothing was beyond the limits; None where nothing was compared, and `observed` says why
    checked, unexpected   figures compared and beyond the limits; None where the numbers are protected
    observed   the figures beyond the limits, the furthest first
    """

    stage: str
    source: str
    wave: str
    check_id: str
    description: str
    success: bool | None
    checked: int | None
    unexpected: int | None
    observed: str

    @classmethod
    def of(
        cls, item: ReleasePartition, stage: str, check_id: str, description: str, checked: int, beyond: int, said: str
    ) -> ReleaseCheck:
        """The check of a partition; what it counted is left out where the numbers are protected."""
        hidden = item.protection != UNPROTECTED
        return cls(
            stage,
            item.partition.source,
            item.partition.wave,
            check_id,
            description,
            success=beyond == 0 if checked else None,
            checked=None if hidden else checked,
            unexpected=None if hidden else beyond,
            observed=NOT_SHOWN if hidden and said else said,
        )

    def row(self) -> Row:
        """The row, with the columns that all these checks have in common."""
        return asdict(self) | {"severity": "warning", "belongs_to": "published"}
