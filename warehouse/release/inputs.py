"""The inputs of a release, and the fingerprint that shows whether anything is new."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

from schemas.declaration import Text
from schemas.errors import PublishError
from schemas.partition import Partition
from schemas.release_profiles import DEFAULT_RELEASE_PROFILE
from schemas.survey_figure import Beyond
from transforms.protect.protected import ProtectedRecords
from warehouse.files import sha256
from warehouse.release.manifest import InputVintage

Row = Mapping[str, str | int | float | bool | None]
KEPT = "these numbers are those of an earlier release, as newer ones could not be published"
"""What every number of a partition says that a release gives again as the one before it did."""


@dataclass(frozen=True)
class ComparedPeriod:
    """A wave, or a longer period, that the numbers of another are compared with.

    wave         of the same length, and earlier
    which        whether it is the last before, or that of the year before; the last before a year is `previous`
    since_break  whether a break in series is declared between the two, or their coverage differs
    """

    wave: str
    which: Literal["previous", "year_before"]
    since_break: bool


@dataclass(frozen=True)
class ReleasePartition:
    """One partition that a release may take.

    `state` is `ready` when it has numbers that passed everything; then `cells` names their Parquet file. Where they
    differ from what today's files, declaration and software give, they stand: `standing_since` is when they were
    accepted, and `reason` why no newer ones have replaced them. Any other partition has no cells but a `reason`. The
    checks in `quality` are those that the numbers passed; those in `refused` are of an attempt whose numbers were not
    accepted. The cells of an `aggregate` are for groups of areas (X01, X06, ...) and no country; those of a `worldwide`
    source for any area; those of any other source for its country. `detail` names the file of its tables by country
    with every country, where they are given. `protection` is the profile of protection.yaml applied to them, `core`
    their records, and `records` how protection reads these, under the declaration that they were made with: they are
    used to attack what is to be published. `attack_mark` is one hash of everything that decides whether they withstand
    it. `is_kept`: the release before gave the numbers as they are, and newer ones did not withstand the attack.
    `scores` names the file of their scores by sampling unit, where there is one, and `compared` the periods that the
    numbers are compared with. `remarks` are added to every number: how the wave differs from the one before it in the
    release. `earlier` is the wave that its published numbers are compared with, if any, and `since_break` whether a
    break in series is declared between the two, so that they are not. `persons` are its records, `distinct_persons`
    those behind them where several waves make it and identifiers tell. `migrants_by` is what makes a person a migrant
    where its numbers are by migrant status. Of two partitions with the same indicator, area and period, the one with
    the higher `priority` gives it.
    """

    partition: Partition
    state: Literal["ready", "failed", "skipped", "withdrawn"]
    icls_basis: str
    synthetic: bool
    priority: int = 50
    reason: str = ""
    vintage: str | None = None
    persons: int | None = None
    cells: Path | None = None
    quality: tuple[Path, ...] = ()
    aggregate: bool = False
    detail: Path | None = None
    protection: str = "none"
    core: Path | None = None
    records: ProtectedRecords | None = None
    worldwide: bool = False
    standing_since: str | None = None
    refused: tuple[Path, ...] = ()
    remarks: tuple[str, ...] = ()
    distinct_persons: int | None = None
    earlier: str | None = None
    since_break: bool = False
    migrants_by: str = ""
    scores: Path | None = None
    compared: tuple[ComparedPeriod, ...] = ()
    is_kept: bool = False
    attack_mark: str = ""

    def __post_init__(self) -> None:
        if (self.state == "ready") != (self.cells is not None):
            raise PublishError(
                "a partition that is ready has cells, and no other has",
                where=self.partition.key,
                why="it would count as published without a number, or be published although it failed",
                remedy="estimate the partition again",
            )

    @property
    def rank(self) -> tuple[int, bool, Partition]:
        """Sort key for precedence: priority, then real before synthetic data, then name."""
        return (-self.priority, self.synthetic, self.partition)


@dataclass(frozen=True)
class RegionalFiles:
    """Inputs and diagnostics of an edition of the regional estimates: Parquet files of the tables of these names."""

    regional_input: Path
    regional_diagnostic: Path


@dataclass(frozen=True)
class DeclaredFigure:
    """A figure that others publish, and the number of a partition that it stands beside.

    `value` is empty where it is the number of the same period that another source of the release has, `published`; or
    where a benchmark has none. `per_cent` of the figure and `errors` standard errors are how far the number may be from
    it; `beyond` says what becomes of one that is further away, `because` why, where that is known.
    """

    partition: Partition
    indicator: str
    sex: str
    classif1: str
    classif2: str
    published: str
    published_by: str
    value: float | None
    se: float | None
    per_cent: float
    errors: float
    beyond: Beyond
    because: str


@dataclass(frozen=True)
class ReleaseInputs:
    """Everything a release is made of; `sources`, `indicators` and `codes` are rows of the tables in schemas.tables.

    `availability` holds a row of AVAILABILITY_DECIDED for every indicator and every wave of every source, `figures`
    those that surveys declare for their numbers. `texts` are those of the declarations, which notes are made of, for
    their French and Spanish. `key` is the secret with which `vintages` and the fingerprint of a release with protected
    numbers are written.
    """

    partitions: Sequence[ReleasePartition]
    sources: Sequence[Row]
    indicators: Sequence[Row]
    codes: Sequence[Row]
    vintages: Sequence[InputVintage]
    declarations_hash: str
    software_version: str
    regional: Sequence[RegionalFiles] = ()
    availability: Sequence[Row] = ()
    figures: Sequence[DeclaredFigure] = ()
    release_profile: str = DEFAULT_RELEASE_PROFILE
    texts: Sequence[Text] = ()
    key: bytes | None = None

    def fingerprint(self, agency: str, formats: tuple[str, ...]) -> str:
        """SHA-256 over everything that determines the content of a release; paths and times are not part of it.

        With the secret `key` (warehouse/release/keyed.py), whoever does not have it cannot compare it with a guess.
        """
        content: dict[str, Any] = {
            "agency": agency,
            "formats": sorted(formats),
            "release_profile": self.release_profile,
            "software_version": self.software_version,
            "declarations_hash": self.declarations_hash,
            "partitions": sorted((_partition_content(item) for item in self.partitions), key=_as_json),
            "sources": sorted(map(_as_json, self.sources)),
            "indicators": sorted(map(_as_json, self.indicators)),
            "codes": sorted(map(_as_json, self.codes)),
            "availability": sorted(map(_as_json, self.availability)),
            "texts": sorted(_as_json(text.model_dump()) for text in self.texts),
            "figures": sorted(_as_json(asdict(each)) for each in self.figures),
            "regional": sorted(sha256(file) for files in self.regional for file in asdict(files).values()),
        }
        digest = hashlib.sha256(_as_json(content).encode()).hexdigest()
        return hmac.new(self.key, digest.encode(), "sha256").hexdigest() if self.key else digest


def _partition_content(item: ReleasePartition) -> dict[str, Any]:
    content = {field.name: getattr(item, field.name) for field in fields(item)}
    content["partition"] = item.partition.key
    content["cells"] = sha256(item.cells) if item.cells else None
    content["detail"] = sha256(item.detail) if item.detail else None
    content["scores"] = sha256(item.scores) if item.scores else None
    content["compared"] = [asdict(each) for each in item.compared]
    del content["core"], content["records"], content["attack_mark"]
    for name in ("quality", "refused"):
        content[name] = sorted(sha256(file) for file in content[name])
    return content


def _as_json(value: Any) -> str:
    return json.dumps(dict(value) if isinstance(value, Mapping) else value, sort_keys=True, ensure_ascii=False)
