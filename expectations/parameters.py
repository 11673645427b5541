"""What the gate needs about a partition besides its table: the closed list of parameters that suites may refer to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from expectations.rules import Sql, Value
from expectations.subjects import ITEM, Item, shared_counts
from schemas.corridors import Corridors
from schemas.editions import EstimateSource
from schemas.flows import ALL
from schemas.guards import Guards
from schemas.indicators import load_catalogue, load_reliability
from schemas.partition import Partition
from schemas.plausibility import POPULATION, limited, load_plausibility
from schemas.protection import is_additive, load_protection, withholds
from schemas.published import PublishedFigures
from schemas.register import Register
from schemas.register_table import FlowSource
from schemas.survey import Survey
from schemas.survey_figure import SurveyFigure
from schemas.world_population import load_world_population, population_near
from transforms.duck import quote_text

DEFAULT_TOLERANCE = 1e-9
REGIONAL_TOLERANCE = 1e-6  # structures by age are found by bisection, so they are less exact
GUARDS = Guards()
SHARES = ("contribution", "unknown", "out_of_range", "contradicting")
POPULATION_LIMITS = load_plausibility().population
REGISTERS = load_plausibility().registers
NOTHING_LEFT_OUT = ("",)  # a list in a rule needs at least one value, and nothing has this name


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
    figures_told: tuple[str, ...] = ()
    complete: bool = False
    un_population: float | None = None
    un_year: int | None = None
    population_lowest: float = POPULATION_LIMITS.minimum
    population_highest: float = POPULATION_LIMITS.maximum
    not_compared: str = "it has no weighted population"
    not_compared_below: str = "it has no weighted population"
    own_limits: tuple[tuple[str, float, float], ...] = ()
    inhabitants_highest: float = REGISTERS.inhabitants.maximum
    inhabitants_cases: int = REGISTERS.inhabitants.cases
    partner_highest: float = REGISTERS.inhabitants_of_partner.maximum
    partner_cases: int = REGISTERS.inhabitants_of_partner.cases
    partner_inhabitants: str = Sql("null")
    mostly_unknown: float = REGISTERS.unknown.maximum
    mostly_unknown_cases: int = REGISTERS.unknown.cases
    one_sex_cases: int = REGISTERS.one_sex_cases
    told: tuple[str, ...] = ()
    beyond_published: str = Sql("false")
    stopping_figures: str = ""
    figures_stop: bool = False

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
            figures_told=_figures_told(source),
            complete=source.coverage.complete,
            own_limits=_own_limits(source),
            **stopping_figures(source.figures, partition.wave),
            **_compared_population(source, partition),
        )

    @classmethod
    def of_register(cls, register: Register, partition: Partition) -> GateParameters:
        """The parameters of one partition of a register; those of surveys only keep their defaults."""
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
            inhabitants_highest=register.highest("inhabitants", partition.wave),
            partner_highest=register.highest("inhabitants_of_partner", partition.wave),
            partner_inhabitants=inhabitants_sql(int(partition.wave[:4])),
            mostly_unknown=register.highest("unknown", partition.wave),
            told=_told(register, partition),
            **_inhabitants(partition),
        )

    @classmethod
    def of_tables(cls, source: Corridors | PublishedFigures, partition: Partition) -> GateParameters:
        """The parameters of one wave of published tables; those of surveys only keep their defaults."""
        return cls(
            source=source.id,
            wave=partition.wave,
            ref_area=partition.ref_area,
            source_code=f"{source.source_type}:{source.id}",
            time=partition.time,
            wave_year=int(partition.wave[:4]),
            minimum_age=0,
            maximum_unknown_share=1,
            synthetic=source.synthetic,
            partial_coverage=not source.coverage.complete,
        )

    @classmethod
    def of_edition(cls, source: EstimateSource, year: str) -> GateParameters:
        """The parameters of an edition of the regional estimates; those of sources only keep their defaults."""
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
        declared = {name: getattr(self, name) for name in _NAMES}
        shares = {f"{name}_percent": round(100 * declared[name], 6) for name in SHARES}
        return {**declared, **shares, "maximum_unknown_percent": round(100 * self.maximum_unknown_share, 6)}

    def limits_of(self, item: Item) -> dict[str, Value]:
        """The source's own limits of a headline figure, by the references of its check."""
        for name, lowest, highest in self.own_limits:
            if name == item.get(ITEM):
                return {"lowest": lowest, "highest": highest}
        return {}


def stopping_figures(figures: Iterable[SurveyFigure], wave: str) -> dict[str, Any]:
    """The published figures that stop a wave, in words, and as SQL of the numbers that are too far from one."""
    stopping = [each for each in figures if each.beyond == "stop" and wave in each.waves]
    if not stopping:
        return {}
    said = "; ".join(f"{each.numbers[0].said} {each.value:,.1f} ({each.reference})" for each in stopping)
    further = Sql(" or ".join(map(_further_sql, stopping)))
    return {"figures_stop": True, "stopping_figures": said, "beyond_published": further}


def _further_sql(figure: SurveyFigure) -> str:
    number, value, error = figure.numbers[0], float(figure.value or 0), figure.se or 0.0
    same = [f"coalesce({name}, '') = {quote_text(code)}" for name, code in number.model_dump().items()]
    distance = f"(obs_value - ({value!r})) * (obs_value - ({value!r}))"
    allowed = (abs(value) * figure.per_cent / 100) ** 2
    errors = f"{figure.errors**2!r} * (coalesce(se, 0) * coalesce(se, 0) + {error**2!r})"
    return f"({' and '.join(same)} and {distance} > {allowed!r} and {distance} > {errors})"


def _own_limits(source: Survey) -> tuple[tuple[str, float, float], ...]:
    """The items for which the source declares its own limits, with the lowest and the highest value."""
    return tuple((name, *own.over(limited()[name])) for name, own in source.guards.plausible.items())


def _figures_told(source: Survey) -> tuple[str, ...]:
    """The headline figures that the source can give: their variables are asked, and nobody is left out."""
    asked = {*source.answered, *(name for name, each in source.variables.items() if each.derive)}
    return tuple(
        name
        for name, figure in load_plausibility().figures.items()
        if asked & set(figure.needs) and not source.without.keys() & set(figure.without)
    )


def _compared_population(source: Survey, partition: Partition) -> dict[str, Any]:
    """The population with which the weighted population of a wave is compared, or why it is not."""
    limits = load_plausibility().population
    own = source.guards.plausible.get(POPULATION)
    lowest, highest = own.over(limits) if own else (limits.minimum, limits.maximum)
    return {"population_lowest": lowest, "population_highest": highest, **_inhabitants(partition)}


def _told(register: Register, partition: Partition) -> tuple[str, ...]:
    """The breakdowns that columns or headers tell in every table of a wave that has them."""
    origins: dict[str, list[FlowSource]] = {}
    for table in register.wave_tables(partition.wave).values():
        for name, origin in table.variables.items():
            origins.setdefault(name, []).append(origin)
    return tuple(name for name, found in origins.items() if all(each.constant is None for each in found))


def _inhabitants(partition: Partition) -> dict[str, Any]:
    """The inhabitants of the reporting country that a wave is compared with, or why it is not."""
    limits = load_plausibility().population
    year = int(partition.wave[:4])
    near = population_near(partition.ref_area, year)
    if near is None:
        return _not_compared(f"no population of {partition.ref_area} from the United Nations is available")
    if abs(near.year - year) > limits.years:
        return _not_compared(f"the nearest population available from the United Nations is that of {near.year}")
    compared = {"un_population": float(near.persons), "un_year": near.year}
    return compared | {"not_compared_below": "the coverage is declared partial"}


@cache
def inhabitants_sql(year: int) -> Sql:
    """SQL of the persons of 15 years and over who live in the country that a flow record names, null without any.

    That is its citizenship, else the partner country, else the country of birth; of the year nearest to this one.
    """
    near = {area: found for area in load_world_population() if (found := population_near(area, year))}
    limit = load_plausibility().population.years
    known = {area: found.persons for area, found in near.items() if abs(found.year - year) <= limit}
    named = ", ".join(f"nullif({name}, '{ALL}')" for name in ("citizenship", "partner_country", "country_of_birth"))
    if not known:
        return Sql("null")
    # Looked up in a text: a case with a branch for each country takes longer to plan than everything else to run.
    listed = "".join(f"|{area}:{persons}" for area, persons in sorted(known.items()))
    number = f"split_part(split_part('{listed}|', '|' || coalesce({named}) || ':', 2), '|', 1)"
    return Sql(f"try_cast({number} as bigint)")


def _not_compared(reason: str) -> dict[str, Any]:
    return {"not_compared": reason, "not_compared_below": reason}


def _left_out(source: Survey) -> tuple[str, ...]:
    """The indicators of populations that the source is declared not to identify."""
    catalogue = load_catalogue()
    indicators = catalogue.indicators.items()
    return tuple(name for name, each in indicators if catalogue.populations_of(each) & source.without.keys())


_NAMES = tuple(each.name for each in fields(GateParameters) if each.name != "own_limits")
PARAMETERS = (
    *_NAMES,
    *(f"{name}_percent" for name in SHARES),
    "maximum_unknown_percent",
)
OPTIONAL_PARAMETERS = frozenset(
    {"published_population", "published_minimum_age", "published_tolerance", "un_population", "un_year"}
)
