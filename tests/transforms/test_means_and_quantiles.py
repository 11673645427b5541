"""Means and medians of earnings, and tables by country: against svy, against R survey, and worked by hand."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow
import pyarrow.parquet
import pytest
from r_survey import answers_about
from small_source import Cells, Declare, MakeCells

from bench.agreement import Answers
from bench.r_survey import Question
from schemas.partition import Partition
from transforms.estimate import estimate
from transforms.harmonise import harmonise

SMALL = Partition("ZZZ.small", "2024")
COLUMNS = ["id", "str", "psu", "w", "sexcode", "years", "born", "act", "status", "pay", "country"]
COUNTRIES = ["ESP", "COL", "MAR", "ITA", "PER", "BOL", "VEN", "CUB"]
MEAN, MEDIAN = "EAR_4MTH_SEX_CBR_CUR_NB", "EAR_4MDN_SEX_CBR_CUR_NB"
BY_COUNTRY = "MST_FORP_SEX_CBR_NB"
CODES = """map,code,value,label
sex,1,male,Man
sex,2,female,Woman
birth,1,native,Here
birth,2,foreign,Abroad
birth,9,unknown,No answer
activity,1,employed,Works
activity,2,unemployed,Seeks work
activity,3,outside,Neither
status,1,1,Employee
status,2,3,Own-account worker
"""
VARIABLES = {
    "person_id": {"column": "id"},
    "sex": {"column": "sexcode", "map": "sex"},
    "age": {"column": "years"},
    "birth_status": {"column": "born", "map": "birth"},
    "country_of_birth": {"column": "country", "country": "iso3"},
    "citizenship_status": {"missing": "not_asked"},
    "labour_force_status": {"column": "act", "map": "activity"},
    "status_in_employment_icse93": {"column": "status", "map": "status"},
    "monthly_earnings": {"column": "pay", "blank": "unknown"},
}
Record = tuple[str, ...]


def sample(seed: int) -> list[Record]:
    """A made-up sample: 6 strata of 2 to 5 PSUs, unequal weights; some employees do not report their earnings."""
    draw = random.Random(seed)
    records: list[Record] = []
    for stratum in range(6):
        for psu in range(draw.randint(2, 5)):
            for _ in range(draw.randint(15, 25)):
                records.append((
                    f"p{len(records)}", f"s{stratum}", f"u{psu}", f"{draw.uniform(10, 900):.6f}", draw.choice("12"),
                    str(draw.randint(15, 80)), draw.choice("11129"), draw.choice("11123"), draw.choice("1112"),
                    draw.choice(["", *(str(each) for each in range(400, 3000, 130))]), draw.choice(COUNTRIES),
                ))  # fmt: skip
    return records


@pytest.fixture
def cells(declare: Declare, tmp_path: Path) -> MakeCells:
    """The cells of records, with what a test changes in the variables."""

    def make(records: list[Record], **changes: object) -> Cells:
        table = "\n".join(["column,2024", *(f"{name},{name}" for name in COLUMNS)])
        source = declare(codes=CODES, columns=table, variables=VARIABLES | changes)
        write_raw(records, tmp_path / "raw.parquet")
        harmonise(source, SMALL, tmp_path / "raw.parquet", tmp_path / "core.parquet")
        estimate(source, SMALL, tmp_path / "core.parquet", tmp_path / "cells.parquet", vintage="abc")
        relation = duckdb.default_connection().sql(f"select * from read_parquet('{tmp_path / 'cells.parquet'}')")
        rows = [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
        return {(row["indicator"], row["sex"], row["classif1"]): row for row in rows if row["indicator"][:3] != "MST"
                or row["indicator"] == BY_COUNTRY}  # fmt: skip

    return make


def write_raw(records: list[Record], file: Path) -> None:
    columns = {
        name: pyarrow.array([record[i] or None for record in records], pyarrow.string())
        for i, name in enumerate(COLUMNS)
    }
    columns["_file"] = pyarrow.array(["lfs.csv"] * len(records), pyarrow.string())
    columns["_row"] = pyarrow.array(range(1, len(records) + 1), pyarrow.int64())
    pyarrow.parquet.write_table(pyarrow.table(columns), file)


def is_paid(record: Record) -> bool:
    return record[7] == "1" and record[8] == "1" and record[9] != ""


DOMAINS: dict[tuple[str, str], Callable[[Record], bool]] = {
    ("SEX_T", "CBR_BIR_TOTAL"): is_paid,
    ("SEX_T", "CBR_BIR_FOREIGN"): lambda r: is_paid(r) and r[6] == "2",
    ("SEX_F", "CBR_BIR_NATIVE"): lambda r: is_paid(r) and r[4] == "2" and r[6] == "1",
}


def mean_by_svy(records: list[Record], domain: Callable[[Record], bool]) -> tuple[float, float]:
    import polars
    import svy

    frame = polars.DataFrame(
        {
            "stratum": [r[1] for r in records],
            "psu": [f"{r[1]}-{r[2]}" for r in records],
            "w": [float(r[3]) for r in records],
            "y": [float(r[9]) if domain(r) else 0.0 for r in records],
            "x": [float(domain(r)) for r in records],
        }
    )
    sampled = svy.Sample(frame, svy.Design(wgt="w", stratum="stratum", psu="psu"))
    (only,) = sampled.estimation.ratio("y", "x").to_polars().to_dicts()
    return only["est"], only["se"]


def test_means_and_their_standard_errors_equal_those_of_svy(cells: MakeCells) -> None:
    records = sample(1)
    given = cells(records)

    for domain, holds in DOMAINS.items():
        mean, se = mean_by_svy(records, holds)
        row = given[MEAN, *domain]
        assert row["obs_value"] == pytest.approx(mean, rel=1e-10)
        assert row["se"] == pytest.approx(se, rel=1e-8)
        assert row["n"] == sum(holds(record) for record in records)


@pytest.fixture(scope="module")
def by_r() -> Answers:
    """What R gives for sample(11): means and medians of earnings in each domain."""
    records = sample(11)
    names = {f"domain_{number}": holds for number, holds in enumerate(DOMAINS.values())}
    persons = pyarrow.table(
        {
            "stratum": [r[1] for r in records],
            "psu": [r[2] for r in records],
            "w": [float(r[3]) for r in records],
            "pay": [float(r[9] or 0) for r in records],
            **{name: [int(holds(r)) for r in records] for name, holds in names.items()},
        }
    )
    asked = [Question("earnings", "fail", what, "pay", "", name) for what in ("mean", "median") for name in names]
    return answers_about("earnings", persons, {"psu": "psu", "stratum": "stratum", "weight": "w"}, asked)


def test_medians_and_means_equal_those_of_r_survey(cells: MakeCells, by_r: Answers) -> None:
    given = cells(sample(11))

    for number, domain in enumerate(DOMAINS):
        for indicator, statistic in ((MEAN, "mean"), (MEDIAN, "median")):
            row = given[indicator, *domain]
            theirs = by_r[Question("earnings", "fail", statistic, "pay", "", f"domain_{number}")]
            assert row["obs_value"] == pytest.approx(theirs.estimate, rel=1e-12)
            assert row["se"] == pytest.approx(theirs.standard_error, rel=1e-10), (statistic, domain)
            assert row["degrees_of_freedom"] == theirs.degrees_of_freedom


# Four employees in two PSUs of one stratum, weights 10, 20, 30 and 40; the last does not report the earnings.
FOUR = [
    ("p1", "a", "1", "10", "1", "30", "1", "1", "1", "100", "ESP"),
    ("p2", "a", "1", "20", "1", "40", "2", "1", "1", "400", "COL"),
    ("p3", "a", "2", "30", "2", "50", "2", "1", "1", "700", "MAR"),
    ("p4", "a", "2", "40", "2", "60", "1", "1", "1", "", "ESP"),
]


def test_only_employees_who_report_their_earnings_are_in_the_mean_and_its_cases(cells: MakeCells) -> None:
    own_account = ("p5", "a", "2", "50", "1", "30", "1", "1", "2", "99999", "ESP")
    given = cells([*FOUR, own_account])

    everyone = given[MEAN, "SEX_T", "CBR_BIR_TOTAL"]
    assert everyone["obs_value"] == pytest.approx((10 * 100 + 20 * 400 + 30 * 700) / 60)
    assert everyone["n"] == 3
    assert everyone["classif2"] == "CUR_TYPE_LCU"
    assert given[MEAN, "SEX_M", "CBR_BIR_NATIVE"]["obs_value"] == 100
    assert (MEAN, "SEX_F", "CBR_BIR_NATIVE") not in given, "nobody of them has a value, so there is no mean"

    # the median is where half of the weight, 10 + 20 + 30, is reached: at the second value
    assert given[MEDIAN, "SEX_T", "CBR_BIR_TOTAL"]["obs_value"] == 400
    assert given[MEDIAN, "SEX_F", "CBR_BIR_TOTAL"]["obs_value"] == 700


def test_the_largest_five_countries_and_the_others_are_the_foreign_born(cells: MakeCells) -> None:
    records = sample(5)
    foreign = [record for record in records if record[6] == "2"]
    weights = {country: sum(float(r[3]) for r in foreign if r[10] == country) for country in COUNTRIES}
    largest = sorted(weights, key=weights.__getitem__, reverse=True)[:5]

    given = {key[2]: row for key, row in cells(records).items() if key[:2] == (BY_COUNTRY, "SEX_T")}

    assert set(given) == {"CBR_BRT_TOTAL", "CBR_BRT_X", *(f"CBR_BRT_{country}" for country in largest)}
    for country in largest:
        assert given[f"CBR_BRT_{country}"]["obs_value"] == pytest.approx(weights[country] / 1000)
    total = given.pop("CBR_BRT_TOTAL")
    assert total["obs_value"] == pytest.approx(sum(weights.values()) / 1000)
    assert total["obs_value"] == pytest.approx(sum(row["obs_value"] for row in given.values()))
    assert total["n"] == len(foreign) == sum(row["n"] for row in given.values())


def test_what_a_source_cannot_give_is_left_out_and_never_zero(cells: MakeCells) -> None:
    records = sample(5)
    everything = {key[0] for key in cells(records)}
    unasked = {
        "birth_status": {"missing": "not_asked"},
        "country_of_birth": {"missing": "not_asked"},
        "status_in_employment_icse93": {"missing": "not_asked"},
    }

    assert {BY_COUNTRY, MEAN, MEDIAN} <= everything
    assert not any(name.startswith("HOW_") for name in everything), "hours are not in this file"
    assert not {key[0] for key in cells(records, **unasked)} & {BY_COUNTRY, MEAN, MEDIAN}
