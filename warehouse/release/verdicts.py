"""What the last attack on the protected numbers of a partition found: what has not changed is not attacked again.

A verdict holds for the numbers that were attacked, the records and declaration behind them, the parameters of their
protection, the software (the rules), and what earlier releases have told of the partition.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict, ValidationError

from schemas.errors import ExposedNumbers, GateError
from schemas.partition import Partition
from transforms.protect import AttackReport
from warehouse.files import sha256, write_json
from warehouse.layout import Layout

logger = logging.getLogger(__name__)


class Refusal(BaseModel):
    """Why numbers cannot be published. `is_exposed`: confidential ones were worked out from them."""

    model_config = ConfigDict(frozen=True)

    what: str
    where: str
    why: str
    remedy: str
    is_exposed: bool

    @classmethod
    def of(cls, error: GateError) -> Refusal:
        """From the error of an attack."""
        return cls(
            what=error.what,
            where=error.where,
            why=error.why,
            remedy=error.remedy,
            is_exposed=isinstance(error, ExposedNumbers),
        )

    @property
    def error(self) -> GateError:
        """The error again."""
        kind = ExposedNumbers if self.is_exposed else GateError
        return kind(self.what, where=self.where, why=self.why, remedy=self.remedy)


class Verdict(BaseModel):
    """What an attack found: a report of numbers that withstood it, or why they were refused.

    mark     of everything behind the numbers (ReleasePartition.attack_mark)
    numbers  one hash of the numbers themselves, as they would stand in the release
    earlier  one hash of what earlier releases told otherwise; where the numbers were refused, of all that they told
    """

    model_config = ConfigDict(frozen=True)

    mark: str
    protection: str
    numbers: str
    earlier: str
    report: AttackReport | None = None
    refusal: Refusal | None = None


def read_verdict(layout: Layout, partition: Partition) -> Verdict | None:
    """The last verdict on a partition; None where it was never attacked, or what is kept of it cannot be read."""
    file = layout.attacked(partition)
    try:
        return Verdict.model_validate_json(file.read_bytes()) if file.is_file() else None
    except (OSError, ValidationError) as error:
        logger.warning("%s is damaged, and the numbers are attacked again: %s", file, type(error).__name__)
        return None


def keep_verdict(layout: Layout, partition: Partition, verdict: Verdict) -> None:
    """Replace the verdict on a partition."""
    write_json(layout.attacked(partition), verdict.model_dump(mode="json"))


def refusals(layout: Layout) -> Iterator[tuple[Partition, Verdict]]:
    """The partitions whose numbers were refused when they were attacked last, unless earlier releases have told of them
    since."""
    for file in sorted(layout.attacks_folder().glob("*/*.json")):
        partition = Partition(file.parent.name, file.stem)
        verdict = read_verdict(layout, partition)
        if verdict and verdict.refusal and verdict.earlier == told_before(layout, partition):
            yield partition, verdict


def told_before(layout: Layout, partition: Partition) -> str:
    """One hash of all that earlier releases told of a partition; empty where they told nothing."""
    file = layout.disclosed(partition)
    return sha256(file) if file.is_file() else ""
