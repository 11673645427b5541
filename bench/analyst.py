"""Ten tables of the catalogue as an analyst would write them in pandas: one `groupby` of the persons for each table,
every margin from its groups, and standard errors by Taylor linearisation over strata and PSUs.

Nothing of the engine is used: neither its catalogue nor its classifications. `bench.estimation` holds every number
against the engine's, and both in time.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pandas as pd

Key = tuple[str, str, str, str]
"""Indicator, sex and two classifications, as a release has them; the last is empty where there is one."""
Numbers = dict[Key, tuple[float, float]]
Mask: TypeAlias = "pd.Series[bool]"
Count = Callable[[pd.DataFrame], Mask]

DESIGN = ["stratum", "psu"]
COLUMNS = [
    *DESIGN, "weight", "sex", "age", "birth_status", "citizenship_status", "labour_force_status", "in_education",
    "education_isced11", "occupation_isco08", "industry_isic4", "status_in_employment_icse93",
]  # fmt: skip
EDUCATION = {
    "X": "LTB",
    "0": "LTB",
    "1": "BAS",
    "2": "BAS",
    "3": "INT",
    "4": "INT",
    **dict.fromkeys("5678", "ADV"),
    "9": "X",
}
ACTIVITIES = {
    "A": "AGR", "C": "MAN", "F": "CON", **dict.fromkeys("BDE", "MEL"), **dict.fromkeys("GHIJKLMN", "MKT"),
    **dict.fromkeys("OPQRSTU", "PUB"),
}  # fmt: skip
AGES = {15: "Y15-24", 25: "Y25-34", 35: "Y35-44", 45: "Y45-54", 55: "Y55-64", 65: "YGE65"}


@dataclass(frozen=True)
class Dimension:
    """A column as a classification has it: a code for each of its values; its own values where none are given."""

    column: str
    prefix: str
    codes: Mapping[str, str] | None = None

    def of(self, persons: pd.DataFrame) -> pd.Series[str]:
        """The code of each person."""
        if self.column == "age":
            return pd.cut(persons["age"], [*AGES, 1000], right=False, labels=list(AGES.values())).astype(str)
        values = persons[self.column]
        return values if self.codes is None else values.map(self.codes)


@dataclass(frozen=True)
class Table:
    """A table of counts in thousands, or with a `base` of its share in per cent, by sex and one or two dimensions."""

    indicator: str
    by: Sequence[Dimension]
    counted: Count
    base: Count | None = None


def _in(*statuses: str) -> Count:
    return lambda persons: persons["labour_force_status"].isin(statuses)


def _youth_neet(persons: pd.DataFrame) -> Mask:
    young = persons["age"].between(15, 24) & persons["labour_force_status"].isin(["unemployed", "outside"])
    return young & (persons["in_education"] == "no")


def _youth(persons: pd.DataFrame) -> Mask:
    status = persons["labour_force_status"]
    asked = status.isin(["unemployed", "outside"]) & persons["in_education"].isin(["yes", "no"])
    return persons["age"].between(15, 24) & ((status == "employed") | asked)


def _foreign(count: Count) -> Count:
    return lambda persons: count(persons) & (persons["birth_status"] == "foreign")


SEX = Dimension("sex", "SEX", {"male": "M", "female": "F"})
AGE = Dimension("age", "AGE_10YRBANDS")
BIRTH = Dimension("birth_status", "CBR_BIR", {"native": "NATIVE", "foreign": "FOREIGN"})
CITIZENSHIP = Dimension("citizenship_status", "CCT_CIT", {"citizen": "CITIZEN", "non_citizen": "NONCIT"})
SCHOOLING = Dimension("education_isced11", "EDU_AGGREGATE", EDUCATION)
OCCUPATION = Dimension("occupation_isco08", "OCU_ISCO08")
ACTIVITY = Dimension("industry_isic4", "ECO_ISIC4")
BROAD_ACTIVITY = Dimension("industry_isic4", "ECO_AGGREGATE", ACTIVITIES)
STATUS = Dimension("status_in_employment_icse93", "STE_ICSE93")
EMPLOYED, UNEMPLOYED = _in("employed"), _in("unemployed")
LABOUR_FORCE, ALL = _in("employed", "unemployed"), _in("employed", "unemployed", "outside")

TABLES = (
    Table("MST_TEAP_SEX_AGE_CBR_NB", [AGE, BIRTH], LABOUR_FORCE),
    Table("MST_TUNE_SEX_AGE_CBR_RT", [AGE, BIRTH], UNEMPLOYED, LABOUR_FORCE),
    Table("MST_TEMP_SEX_AGE_CCT_RT", [AGE, CITIZENSHIP], EMPLOYED, ALL),
    Table("MST_TEMP_SEX_EDU_CBR_NB", [SCHOOLING, BIRTH], EMPLOYED),
    Table("MST_TEMP_SEX_OCU_CBR_NB", [OCCUPATION, BIRTH], EMPLOYED),
    Table("MST_TEMP_SEX_ECO_CCT_NB", [ACTIVITY, CITIZENSHIP], EMPLOYED),
    Table("MST_TEMP_SEX_STE_CBR_NB", [STATUS, BIRTH], EMPLOYED),
    Table("EIP_NEET_SEX_CBR_RT", [BIRTH], _youth_neet, _youth),
    Table("EMP_XFOR_SEX_ECO_RT", [BROAD_ACTIVITY], _foreign(EMPLOYED), EMPLOYED),
    Table("MST_WFOR_SEX_AGE_RT", [AGE], _foreign(ALL), ALL),
)


def ten_tables(core: Path) -> tuple[Numbers, float, list[float]]:
    """The numbers of all tables, the seconds that reading took, and those of each table."""
    start = time.perf_counter()
    everybody = pd.read_parquet(core, columns=COLUMNS, filters=[("working_age", "==", "yes")])
    units = everybody.groupby("stratum")["psu"].nunique()
    reading = time.perf_counter() - start
    numbers: Numbers = {}
    seconds = []
    for table in TABLES:
        start = time.perf_counter()
        numbers |= one_table(everybody, table, units)
        seconds.append(time.perf_counter() - start)
    return numbers, reading, seconds


def one_table(everybody: pd.DataFrame, table: Table, units: pd.Series[int]) -> Numbers:
    """Every number of a table with its error; `units` are the PSUs of each stratum of the sample."""
    persons = everybody[(table.base or table.counted)(everybody)]
    dimensions = [SEX, *table.by]
    names = [dimension.prefix for dimension in dimensions]
    columns = {dimension.prefix: dimension.of(persons) for dimension in dimensions}
    columns |= {each: persons[each] for each in DESIGN}
    frame = pd.DataFrame({**columns, "x": persons["weight"]})
    frame["y"] = persons["weight"].where(table.counted(persons), 0.0)
    sums = frame.groupby([*names, *DESIGN], observed=True)[["x", "y"]].sum().reset_index()
    found: Numbers = {}
    for chosen in itertools.chain.from_iterable(itertools.combinations(names, size) for size in range(len(names) + 1)):
        of_units = sums.groupby([*chosen, *DESIGN], observed=True)[["x", "y"]].sum().reset_index()
        for values, domain in of_units.groupby(list(chosen), observed=True) if chosen else [((), of_units)]:
            given = dict(zip(chosen, values, strict=True))
            sex, *others = (f"{name}_{given.get(name, 'T' if name == 'SEX' else 'TOTAL')}" for name in names)
            classes = [*others, ""][:2]
            found[table.indicator, sex, classes[0], classes[1]] = _estimate(domain, table.base is not None, units)
    return found


def _estimate(domain: pd.DataFrame, is_share: bool, units: pd.Series[int]) -> tuple[float, float]:
    """A total in thousands or a share in per cent, and its linearised standard error."""
    total = float(domain["y"].sum())
    if not is_share:
        return total / 1000, _error(domain, domain["y"], units) / 1000
    base = float(domain["x"].sum())
    share = total / base
    return 100 * share, 100 * _error(domain, domain["y"] - share * domain["x"], units) / base


def _error(domain: pd.DataFrame, z: pd.Series[float], units: pd.Series[int]) -> float:
    """The square root of the variance of a total between the PSUs of each stratum; PSUs outside the domain have 0."""
    of_stratum = pd.DataFrame({"stratum": domain["stratum"], "z": z, "squares": z**2}).groupby("stratum").sum()
    number = units.loc[of_stratum.index]
    within = (of_stratum["squares"] - of_stratum["z"] ** 2 / number) * number / (number - 1)
    return float(within.sum() ** 0.5)
