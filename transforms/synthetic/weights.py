"""Weights: design weights calibrated to the population by region, sex and age group."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum

from schemas.errors import DeclarationError
from transforms.synthetic.country import Country
from transforms.synthetic.person import Person

HUNDREDTHS = 100


def weigh(country: Country, wave: str, people: Sequence[Person]) -> None:
    """Set every person's weight, with two decimals.

    The residents of each region, sex and age group add up to its population exactly. Persons who live elsewhere are not
    part of that population and keep their design weight. Raises DeclarationError when a group of the population has
    nobody in the sample.
    """
    cells: dict[tuple[str, str, int], list[Person]] = {}
    for person in people:
        if person.usual_resident == "1":
            cells.setdefault((person.region, person.sex, country.age_group(person.age)), []).append(person)
        else:
            person.weight = _decimal(round(person.design_weight * HUNDREDTHS))
    for cell, population in country.population(wave).items():
        if cell not in cells:
            raise DeclarationError(
                f"nobody was drawn in region {cell[0]}, sex {cell[1]}, age group {cell[2]}",
                why="the weights cannot add up to the population declared",
                remedy="draw more areas there in generator.yaml",
            )
        _spread(population, cells[cell])


def _spread(population: int, people: Sequence[Person]) -> None:
    """Distribute a population by design weight: running totals are rounded, so that no rounding error accumulates."""
    factor = population / fsum(person.design_weight for person in people)
    running, before = 0.0, 0
    for person in people[:-1]:
        running += person.design_weight * factor
        reached = round(running * HUNDREDTHS)
        person.weight = _decimal(reached - before)
        before = reached
    people[-1].weight = _decimal(population * HUNDREDTHS - before)


def _decimal(hundredths: int) -> str:
    return f"{hundredths // HUNDREDTHS}.{hundredths % HUNDREDTHS:02d}"
