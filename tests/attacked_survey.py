"""A made-up survey of 151 persons, and releases of its numbers in which one thing or another is given away."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from core_records import Person, write_core

from bench.disclosure.evidence import Evidence, read_evidence
from bench.disclosure.release import Row
from bench.disclosure.surveys import read_persons
from schemas.loader import load_survey
from schemas.statuses import CONFIDENTIAL

AGE = "AGE_YTHADULT_YGE15"
SEXES = {"SEX_T": ("male", "female"), "SEX_M": ("male",), "SEX_F": ("female",)}
BIRTHS = {"CBR_BIR_TOTAL": ("native", "foreign"), "CBR_BIR_NATIVE": ("native",), "CBR_BIR_FOREIGN": ("foreign",)}
STATUSES = {
    "MST_TEMP_SEX_AGE_CBR_NB": ("employed",),
    "MST_TUNE_SEX_AGE_CBR_NB": ("unemployed",),
    "MST_TEAP_SEX_AGE_CBR_NB": ("employed", "unemployed"),
    "MST_XWAP_SEX_AGE_CBR_NB": ("employed", "unemployed", "outside"),
}
CASES = {
    ("male", "native"): (40, 10, 20),
    ("female", "native"): (30, 10, 30),
    ("male", "foreign"): (12, 3, 7),
    ("female", "foreign"): (8, 2, 4),
}
"""By sex and place of birth: employed, unemployed and outside the labour force. Of the foreign-born unemployed, three
are men and two are women."""
Key = tuple[str, str]
EMPLOYED, UNEMPLOYED, ACTIVE, EVERYBODY = STATUSES
GUARDED = {(name, (sex, birth)) for name in (EMPLOYED, UNEMPLOYED) for sex in ("SEX_M", "SEX_F")
           for birth in ("CBR_BIR_NATIVE", "CBR_BIR_FOREIGN")}  # fmt: skip
"""Withheld so that nothing can be worked out: of the labour force of each sex and birth, nobody knows who has work."""


def persons() -> list[Person]:
    """Every person, with a weight of his own; who has work is an employee, with earnings of his own."""
    found: list[Person] = []
    for (sex, birth), numbers in CASES.items():
        for status, number in zip(("employed", "unemployed", "outside"), numbers, strict=True):
            for _ in range(number):
                about: Person = {"sex": sex, "birth_status": birth, "labour_force_status": status, "age": 40}
                about |= {"working_age": "yes", "usual_resident": "yes", "person_id": f"P{len(found)}"}
                work: Person = {"status_in_employment_icse93": None, "monthly_earnings": None}
                if status == "employed":
                    work = {"status_in_employment_icse93": "1", "monthly_earnings": 1003.0 + 7 * len(found)}
                found.append({**about, **work, "weight": 100.0 + 0.37 * len(found)})
    return found


def counted(indicator: str, key: Key) -> list[float]:
    """The weights of the persons whom a count is about."""
    return [
        float(str(each["weight"]))
        for each in persons()
        if each["sex"] in SEXES[key[0]]
        and each["birth_status"] in BIRTHS[key[1]]
        and each["labour_force_status"] in STATUSES[indicator]
    ]


def count(indicator: str, key: Key, *, n: int | None = None, value: float | None = None) -> Row:
    """A published count; as it is, unless something else is said."""
    weights = counted(indicator, key)
    thousands = (sum(weights) if value is None else value) / 1000
    cases = len(weights) if n is None else n
    return Row("observation", indicator, (key[0], AGE, key[1]), "", thousands, cases, None, None, None, None)


def withheld(indicator: str, key: Key) -> Row:
    """A confidential count."""
    return Row("observation", indicator, (key[0], AGE, key[1]), CONFIDENTIAL, None, None, None, None, None, None)


def share(indicator: str, key: Key, percent: float | None, n: int | None = None, degrees: int | None = None) -> Row:
    """A published share."""
    return Row("observation", indicator, (key[0], AGE, key[1]), "", percent, n, None, None, None, degrees)


def counts(indicators: Iterable[str], hidden: Iterable[tuple[str, Key]] = ()) -> list[Row]:
    """Counts by sex and place of birth, some of them withheld."""
    some = set(hidden)
    keys = [(sex, birth) for sex in SEXES for birth in BIRTHS]
    return [withheld(name, key) if (name, key) in some else count(name, key) for name in indicators for key in keys]


def evidence(folder: Path, rows: Iterable[Row], people: list[Person] | None = None) -> Evidence:
    """What rows say, read with the definitions of the catalogue; the records are written to a folder."""
    listed, core = list(rows), folder / "core.parquet"
    write_core(people or persons(), core)
    return read_evidence(read_persons(load_survey("ZZZ.synthetic"), listed, core), listed)
