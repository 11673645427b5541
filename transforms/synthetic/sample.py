"""The two-stage sample: areas drawn with probability proportional to size, then households within each area."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from transforms.synthetic.country import Area, Country, Region
from transforms.synthetic.draw import Choices, Draw

# How the share of migrants in an area compares with its stratum: migrants settle near each other.
SETTLEMENT = Choices([(0.35, 45.0), (0.9, 30.0), (1.6, 15.0), (3.0, 10.0)])


@dataclass(frozen=True)
class Psu:
    """An area of the sampling frame: its households by the last census and how many migrants settled there."""

    id: str
    size: int
    settlement: float


@dataclass(frozen=True)
class Stratum:
    """The urban (code '1') or rural (code '2') part of a region, and its share of the region's people."""

    region: Region
    code: str
    area: Area
    share: float

    @property
    def id(self) -> str:
        """The stratum as in the file: region and urban or rural."""
        return f"{self.region.code}{self.code}"

    def households(self, country: Country, wave: str) -> float:
        """Households of the stratum in a wave."""
        return self.region.population[wave] * 1000 * self.share / country.persons_per_household


@dataclass(frozen=True)
class SampledHousehold:
    """A household that answered: where it is, and how many households it represents."""

    id: str
    stratum: Stratum
    psu: Psu
    weight: float

    @property
    def migrants(self) -> float:
        """The chance that this is a household of migrants."""
        return min(self.stratum.area.migrant_households * self.psu.settlement, 0.9)


def sample_households(country: Country, wave: str, draw: Draw) -> Iterator[SampledHousehold]:
    """The households of a wave that answered, stratum by stratum.

    The frame of areas is the same in every wave. Within an area the weight of households that did not answer goes to
    those that did.
    """
    frame_draw = Draw(country.seed)
    for stratum in _strata(country):
        frame = _frame(country, stratum, frame_draw)
        for psu in _systematic(frame, stratum.area.psus, draw):
            numbers = range(1, country.households_per_psu + 1)
            answered = [number for number in numbers if draw.chance(country.household_response)]
            for number in answered:
                weight = stratum.households(country, wave) / stratum.area.psus / len(answered)
                yield SampledHousehold(f"{psu.id}{number:02d}", stratum, psu, weight)


def _strata(country: Country) -> Iterator[Stratum]:
    for region in country.regions:
        yield Stratum(region, "1", region.urban, region.urban_share)
        yield Stratum(region, "2", region.rural, 1 - region.urban_share)


def _frame(country: Country, stratum: Stratum, draw: Draw) -> list[Psu]:
    """All areas of a stratum, as a census before the first wave listed them."""
    low, high = country.households_per_frame_psu
    households = stratum.households(country, min(country.waves))
    count = max(int(households / ((low + high) / 2)), stratum.area.psus)
    return [
        Psu(f"{stratum.id}{index:05d}", draw.whole(low, high), draw.pick(SETTLEMENT)) for index in range(1, count + 1)
    ]


def _systematic(frame: list[Psu], wanted: int, draw: Draw) -> list[Psu]:
    """Areas drawn with probability proportional to their size, at equal steps along the frame."""
    step = sum(psu.size for psu in frame) / wanted
    mark = draw.uniform() * step
    drawn, passed = [], 0
    for psu in frame:
        passed += psu.size
        if mark < passed:
            drawn.append(psu)
            mark += step
    return drawn
