"""A survey and a register to learn with: made-up files as producers send them (schemas/templates/example.yaml).

No person stands behind a record. The files have what real ones have: codes without meaning, a weight with decimals that
are not written, special values among numbers, questions that only some are asked, a table with a title and totals.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from pydantic import Field

from ilms.authoring.new_source import TEMPLATES
from schemas.declaration import Declaration
from schemas.errors import InputError
from schemas.yaml_lines import load_model
from transforms.synthetic.draw import Choices, Draw

DECLARED = TEMPLATES / "example.yaml"
AGES = (0, 9, 18, 27, 36, 46, 57, 70, 95)
"""Quantiles of the ages, eighth by eighth."""
NOT_STATED, NATIVE, EMPLOYED = "99", "1", "1"
IMPLIED = 100
"""Weights are written in hundredths."""
Row = dict[str, str]


class _Column(Declaration):
    label: str
    values: dict[str, str] = {}


class _Permits(Declaration):
    men: int
    women: int
    more: int


class _Register(Declaration):
    title: str
    by_nationality: dict[str, _Permits]


class _Shares(Declaration):
    birth: dict[str, float]
    status: dict[str, dict[str, float]]
    hours: dict[str, float]


class _Example(Declaration):
    years: list[int] = Field(min_length=1)
    strata: int
    areas: int
    households: int
    minimum_age: int
    population: dict[str, float]
    survey: dict[str, _Column]
    shares: _Shares
    permits: _Register


def write_example(folder: Path, year: int | None = None) -> list[Path]:
    """Write the files of a year, the first where none is given, and give their paths. Files that exist stay.

    Raises InputError for a year that there is none of, and when a file exists.
    """
    example, _ = load_model(_Example, DECLARED)
    year = example.years[0] if year is None else year
    if year not in example.years:
        raise InputError(f"there is no example of {year}", remedy=f"use one of: {', '.join(map(str, example.years))}")
    survey, codebook, register = (
        folder / name for name in (f"lfs_{year}.csv", f"lfs_{year}_codebook.xml", f"permits_{year}.csv")
    )
    if found := next((file for file in (survey, codebook, register) if file.exists()), None):
        raise InputError("the file exists already", where=str(found), remedy="give another folder, or remove the file")
    folder.mkdir(parents=True, exist_ok=True)
    _write_rows(survey, list(example.survey), _persons(example, year))
    ElementTree.ElementTree(_codebook(example)).write(codebook, encoding="utf-8", xml_declaration=True)
    register.write_text("\n".join(_permits(example.permits, year, example.years[0])) + "\n", encoding="latin-1")
    return [survey, codebook, register]


def _write_rows(file: Path, columns: list[str], rows: Iterator[Row]) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, delimiter=";", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _persons(example: _Example, year: int) -> Iterator[Row]:
    """The records of a year, household by household."""
    draw = Draw(year)
    shares = {name: Choices(each.items()) for name, each in example.shares.status.items()}
    birth, hours = Choices(example.shares.birth.items()), Choices(example.shares.hours.items())
    areas = example.strata * example.areas
    size = [draw.whole(1, 6) for _ in range(areas * example.households)]
    mean = IMPLIED * example.population[str(year)] / sum(size)
    for household, persons in enumerate(size):
        area = household // example.households
        place = {"HHNO": str(household + 1), "STRAT": str(area // example.areas + 1), "EA": str(area + 101)}
        weight = round(mean * draw.whole(90, 110) / 100)
        for line in range(1, persons + 1):
            age, born = int(draw.along(AGES)), draw.pick(birth)
            asked = age >= example.minimum_age
            status = draw.pick(shares["native" if born == NATIVE else "foreign"]) if asked else ""
            yield place | {
                "LINE": str(line),
                "WGT": str(weight),
                "B4": str(draw.whole(1, 2)),
                "B5": NOT_STATED if asked and draw.chance(0.01) else str(age),
                "B7": born,
                "C1": status,
                "D5": draw.pick(hours) if status == EMPLOYED else "",
            }


def _codebook(example: _Example) -> ElementTree.Element:
    """The codebook of the survey, as DDI 2.5 has it."""
    root = ElementTree.Element("codeBook", {"xmlns": "ddi:codebook:2_5", "version": "2.5"})
    described = ElementTree.SubElement(root, "dataDscr")
    for name, column in example.survey.items():
        variable = ElementTree.SubElement(described, "var", {"name": name})
        ElementTree.SubElement(variable, "labl").text = column.label
        for code, meaning in column.values.items():
            category = ElementTree.SubElement(variable, "catgry")
            ElementTree.SubElement(category, "catValu").text = code
            ElementTree.SubElement(category, "labl").text = meaning
    return root


def _permits(register: _Register, year: int, first: int) -> Iterator[str]:
    """The lines of the register's table: a title, a header, the nationalities, their total."""
    yield from (f"{register.title}, {year}", "", "Nationality;Men;Women;Total")
    rows: list[tuple[str, Any]] = []
    for nationality, permits in register.by_nationality.items():
        men, women = (count + permits.more * (year - first) for count in (permits.men, permits.women))
        rows.append((nationality, (men, women, men + women)))
    rows.append(("Total", tuple(map(sum, zip(*(counts for _, counts in rows), strict=True)))))
    for name, counts in rows:
        yield ";".join([name, *(f"{count:,}".replace(",", ".") if count else "-" for count in counts)])
