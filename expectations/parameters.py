"""What the gate must know of a partition besides its table: the closed list of parameters that suites may refer to."""

from __future__ import annotations

from dataclasses import dataclass, fields

from expectations.subjects import shared_counts
from schemas.corridors import Corridors
from schemas.editions import EstimateSource
from schemas.guards import Guards
from schemas.indicators import load_catalogue, load_reliability
from schemas.partition import Partition
from schemas.protection import is_additive, load_protection, withholds
from schemas.register import Register
from schemas.survey import Survey

DEFAULT_TOLERANCE = 1e-9
REGIONAL_TOLERANCE = 1e-6  # structures by age are found by halving, not by counting
GUARDS = Guards()
SHARES = ("contribution", "unknown", "out_of_range", "contradicting")
NOTHING_LEFT_OUT = ("",)  # a list in a rule holds one value at least, and nothing is called so


@dataclass(frozen=True)
class GateParameters:
    """The declared facts about one partition that its expectations depend on."""

    source: str
    wave: str
    ref_area: str
    source_code: str
    time: str
    wave_year: int
    minimum_age: int
    maximum_unknown_share: float
    clustered: bool = False
    synthetic: bool = False
    partial_coverage: bool = False
    additive: bool = True
    confidential: bool = False
    published_population: float | None = None
    published_minimum_age: int | None = None
    published_tolerance: float | None = None
    unreliable_below: int = 15
    not_significant_below: int = 5
    flagged_by_cases_alone: bool = True
    counts_per_cell: int = 5
    without: tuple[str, ...] = NOTHING_LEFT_OUT
    left_out: tuple[str, ...] = NOTHING_LEFT_OUT
    tolerance: float = DEFAULT_TOLERANCE
    weight_ratio: float = GUARDS.weight_ratio
    contribution: float = GUARDS.contribution
    unknown: float = GUARDS.unknown
    out_of_range: float = GUARDS.out_of_range
    contradicting: float = GUARDS.contradicting
    asked: tuple[str, ...] = ()
    mostly_answered: tuple[str, ...] = ()

    @classmethod
    def of(cls, source: Survey, partition: Partition) -> GateParameters:
        """The parameters of one partition, from the declaration of its source."""
        figure = source.waves[partition.wave].population_figure
        reliability = load_reliability(source.reliability)
        protection = load_protection(source.protection)
        return cls(
            source=source.id,
            wave=partition.wave,
            ref_area=partition.ref_area,
            source_code=f"{source.source_type}:{source.id}",
            time=partition.time,
            wave_year=int(partition.wave[:4]),
            minimum_age=source.minimum_age,
            maximum_unknown_share=source.maximum_unknown_share,
            clustered=source.design.psus_are_units,
            synthetic=source.synthetic,
            partial_coverage=not source.coverage.complete,
            additive=is_additive(protection),
            confidential=withholds(protection),
            published_population=figure.population if figure else None,
            published_minimum_age=figure.minimum_age if figure else None,
            published_tolerance=figure.tolerance if figure else None,
            unreliable_below=reliability.unreliable_below,
            not_significant_below=reliability.not_significant_below,
            flagged_by_cases_alone=reliability.unreliable_cv is None and reliability.unreliable_nonresponse is None,
            counts_per_cell=len(set(shared_counts().values()) - source.without.keys()),
            without=tuple(source.without) or NOTHING_LEFT_OUT,
            left_out=_left_out(source) or NOTHING_LEFT_OUT,
            weight_ratio=source.guards.weight_ratio,
            contribution=source.guards.contribution,
            unknown=max(source.guards.unknown, source.maximum_unknown_share),
            out_of_range=source.guards.out_of_range,
            contradicting=source.guards.contradicting,
            asked=source.answered,
            mostly_answered=tuple(name for name in source.answered if name not in source.guards.mostly_unknown),
        )

    @classmethod
    def of_register(cls, register: Register, partition: Partition) -> GateParameters:
        """The parameters of one partition of a register; what only surveys have is left as it is."""
        protection = load_protection(register.protection)
        return cls(
            source=register.id,
            wave=partition.wave,
            ref_area=partition.ref_area,
            source_code=f"{register.source_type}:{register.id}",
            time=partition.time,
            wave_year=int(partition.wave[:4]),
            minimum_age=0,
            maximum_unknown_share=register.maximum_unknown_share,
            synthetic=register.synthetic,
            partial_coverage=not register.coverage.complete,
            additive=is_additive(protection),
            confidential=withholds(protection),
        )

    @classmethod
    def of_corridors(cls, corridors: Corridors, partition: Partition) -> GateParameters:
        """The parameters of one year of corridors; what only surveys have is left as it is."""
        return cls(
            source=corridors.id,
            wave=partition.wave,
            ref_area=partition.ref_area,
            source_code=f"{corridors.source_type}:{corridors.id}",
            time=partition.time,
            wave_year=int(partition.wave[:4]),
            minimum_age=0,
            maximum_unknown_share=1,
            partial_coverage=not corridors.coverage.complete,
        )

    @classmethod
    def of_edition(cls, source: EstimateSource, year: str) -> GateParameters:
        """The parameters of an edition of the regional estimates; what only sources have is left as it is."""
        return cls(
            source=source.id,
            wave=year,
            ref_area=source.id.split(".")[0],
            source_code=source.written,
            time=year,
            wave_year=int(year),
            minimum_age=15,
            maximum_unknown_share=0.0,
            tolerance=REGIONAL_TOLERANCE,
        )

    def values(self) -> dict[str, str | int | float | bool | tuple[str, ...] | None]:
        """Every parameter by the name that suites use."""
        declared = {field.name: getattr(self, field.name) for field in fields(self)}
        shares = {f"{name}_percent": round(100 * declared[name], 6) for name in SHARES}
        return {**declared, **shares, "maximum_unknown_percent": round(100 * self.maximum_unknown_share, 6)}


def _left_out(source: Survey) -> tuple[str, ...]:
    """The indicators of populations that the source is declared to be without."""
    catalogue = load_catalogue()
    indicators = catalogue.indicators.items()
    return tuple(name for name, each in indicators if catalogue.populations_of(each) & source.without.keys())


PARAMETERS = (
    *(field.name for field in fields(GateParameters)),
    *(f"{name}_percent" for name in SHARES),
    "maximum_unknown_percent",
)
OPTIONAL_PARAMETERS = frozenset({"published_population", "published_minimum_age", "published_tolerance"})
