"""What registers publish: the indicators and classifications that `register_indicators.yaml` declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from schemas.codelists import load_codelist
from schemas.country_groups import load_country_groups
from schemas.declaration import Declaration, Trilingual
from schemas.flows import breakdowns, load_flow_variables
from schemas.ilostat import series_faults
from schemas.published_indicator import PublishedIndicator
from schemas.yaml_lines import Location, load_model, refuse_faults

SEX = "SEX"
REGISTER_INDICATORS_FILE = Path(__file__).parent / "register_indicators.yaml"
EVENT_CONCEPTS = ("complaint_abroad", "removal", "entry_refusal", "occupational_injury", "sanction")
"""Concepts of flows.yaml that are events: neither movements nor stocks of persons, nor permits."""


class FlowClassification(Declaration):
    """One classification: its flow variable and, for the one version it publishes, what each value becomes.

    `type` is the classification of ILOSTAT that its codes belong to. `countries` is what stands before an ISO 3166-1
    alpha-3 code, `uncoded` the code of countries that the code list lacks. `codes` translates every other value, to
    nothing where it is in the total only. `sums` are codes of a coarser version that are sums of these.
    """

    variable: str
    type: str
    label: Trilingual
    total: str
    countries: str | None = None
    uncoded: str | None = None
    codes: dict[str, str] = {}
    sums: dict[str, list[str]] = {}

    def code(self, value: str) -> str | None:
        """The published code of one value; None when it has none."""
        is_country = len(value) == len("ISO") or value in load_country_groups()
        if value in self.codes or self.countries is None or not is_country:
            return self.codes.get(value)
        code = f"{self.countries}{value}"
        return code if code in load_codelist(f"CL_{self.type}").by_code else self.uncoded

    def lacks(self, value: str) -> bool:
        """Whether a value is a country that the code list lacks, so that it is published with others."""
        return value not in self.codes and self.uncoded is not None and self.code(value) == self.uncoded


class RegisterIndicator(PublishedIndicator):
    """One indicator that registers feed.

    `concepts`, `directions` and `units` say what may feed it: a table of another kind cannot, however its declaration
    words it. `events` are the events it counts; `leave_out` are values of breakdowns that it does not count.
    """

    concepts: list[str] = Field(min_length=1)
    directions: list[str] = Field(min_length=1)
    units: list[str] = Field(min_length=1)
    events: list[str] = Field(min_length=1)
    leave_out: dict[str, list[str]] = {}
    measure: Literal["count"] = "count"

    @property
    def scale(self) -> float:
        """How many of the counted unit make one of the published unit."""
        return float(10**self.unit_mult)


class RegisterCatalogue(Declaration):
    """The whole file."""

    classifications: dict[str, FlowClassification]
    indicators: dict[str, RegisterIndicator]

    def types(self, indicator: RegisterIndicator) -> tuple[str, ...]:
        """The classifications that stand in classif1 and classif2: all but sex, in their order."""
        types = (self.classifications[dimension].type for dimension in indicator.dimensions)
        return tuple(name for name in types if name != SEX)


@cache
def load_register_catalogue() -> RegisterCatalogue:
    """Every indicator and classification of registers. Raises DeclarationError that names file and line."""
    catalogue, lines = load_model(RegisterCatalogue, REGISTER_INDICATORS_FILE)
    refuse_faults(REGISTER_INDICATORS_FILE, lines, _faults(catalogue))
    return catalogue


def event_indicators() -> frozenset[str]:
    """The indicators that count events alone; a source of events feeds them, a register of flows the others."""
    indicators = load_register_catalogue().indicators
    return frozenset(name for name, each in indicators.items() if set(each.concepts) <= set(EVENT_CONCEPTS))


def _faults(catalogue: RegisterCatalogue) -> Iterator[tuple[Location, str]]:
    variables = load_flow_variables()
    for name, classification in catalogue.classifications.items():
        at = ("classifications", name)
        if classification.variable not in breakdowns():
            yield at, f"{name}: '{classification.variable}' is not a breakdown of flows.yaml"
            continue
        yield from ((at, f"{name}: {fault}") for fault in _code_faults(classification))
    lists = {"concepts": "concept", "directions": "direction", "units": "unit", "events": "event"}
    for name, indicator in catalogue.indicators.items():
        at = ("indicators", name)
        for field, variable in lists.items():
            known = {*variables[variable].values, *variables[variable].missing}
            for value in sorted(set(getattr(indicator, field)) - known):
                yield at, f"{name}: '{value}' of {field} is not a value of '{variable}' in flows.yaml"
        for dimension in sorted(set(indicator.dimensions) - set(catalogue.classifications)):
            yield at, f"{name}: there is no classification '{dimension}'"
        yield from ((at, f"{name}: {fault}") for fault in _left_out_faults(indicator.leave_out))
        if set(indicator.dimensions) <= set(catalogue.classifications):
            yield from ((at, fault) for fault in _series_faults(catalogue, name, indicator))


def _series_faults(catalogue: RegisterCatalogue, name: str, indicator: RegisterIndicator) -> Iterator[str]:
    """How an indicator differs from ILOSTAT's series of the same id."""
    yield from series_faults(
        name,
        title=indicator.title,
        unit_measure=indicator.unit_measure,
        unit_mult=indicator.unit_mult,
        decimals=indicator.decimals,
        types={catalogue.classifications[dimension].type for dimension in indicator.dimensions},
    )


def _left_out_faults(leave_out: Mapping[str, list[str]]) -> Iterator[str]:
    for variable, values in leave_out.items():
        allowed = load_flow_variables()[variable].allowed if variable in breakdowns() else ()
        for value in values:
            if value not in (allowed or ()):
                yield f"leave_out names '{value}', which is not a value of '{variable}'"


def _code_faults(classification: FlowClassification) -> Iterator[str]:
    known = load_codelist(f"CL_{classification.type}").by_code
    sums = [code for total, parts in classification.sums.items() for code in (total, *parts)]
    own = [classification.total, classification.uncoded, *classification.codes.values(), *sums]
    for code in sorted({code for code in own if code} - set(known)):
        yield f"'{code}' is not in CL_{classification.type}"
    variable = load_flow_variables()[classification.variable]
    unpublished = set(variable.values) - set(classification.codes)
    if variable.type == "category" and unpublished:
        yield f"no code for the value(s) {', '.join(sorted(unpublished))}"
