"""Estimates: hand-worked figures, and standard errors against the package svy and R's survey."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import pyarrow
import pytest
from r_survey import answers_about
from small_source import Cells, Declare, RawTable

from bench.agreement import Answers
from bench.r_survey import Question
from schemas.errors import InputError
from schemas.partition import Partition
from schemas.survey import Survey
from transforms.estimate import estimate
from transforms.harmonise import harmonise

SMALL = Partition("ZZZ.small", "2024")
Record = tuple[str, ...]
ADULTS = "AGE_YTHADULT_YGE15"
EMPLOYED, RATE, UNEMPLOYED = "MST_TEMP_SEX_AGE_CBR_NB", "MST_TEMP_SEX_AGE_CBR_RT", "MST_TUNE_SEX_AGE_CBR_RT"
INDICATORS = (
    *(EMPLOYED, RATE, UNEMPLOYED),
    *("MST_TEMP_SEX_AGE_CCT_NB", "HOW_XEES_SEX_CBR_NB", "HOW_XEES_SEX_CCT_NB"),
)

# Two strata with two PSUs each; the employed of PSU a1 weigh 10 + 20, of a2 30, of b1 40, of b2 nothing.
FOUR_PSUS = [
    ("p1", "a", "1", "10", "1", "30", "1", "1"),
    ("p2", "a", "1", "20", "2", "40", "2", "1"),
    ("p3", "a", "2", "30", "1", "50", "1", "1"),
    ("p4", "b", "1", "40", "2", "60", "2", "1"),
    ("p5", "b", "2", "50", "1", "70", "1", "3"),
]


def cells(source: Survey, raw: Path, tmp_path: Path, *, warnings: Sequence[str] = ()) -> Cells:
    harmonise(source, SMALL, raw, tmp_path / "core.parquet")
    core, output = tmp_path / "core.parquet", tmp_path / "cells.parquet"
    estimate(source, SMALL, core, output, vintage="abc", warnings=warnings, indicators=INDICATORS)
    relation = duckdb.default_connection().sql(f"select * from read_parquet('{output}')")
    rows = [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
    return {(row["indicator"], row["sex"], row["classif1"], row["classif2"]): row for row in rows}


def test_a_total_worked_by_hand(declare: Declare, raw_table: RawTable, tmp_path: Path) -> None:
    given = cells(declare(), raw_table(FOUR_PSUS), tmp_path)
    employed = given["MST_TEMP_SEX_AGE_CBR_NB", "SEX_T", ADULTS, "CBR_BIR_TOTAL"]
    # stratum a: totals 30 and 30, variance 0; stratum b: 40 and 0, variance 2 / 1 x (20^2 + 20^2) = 1600
    assert employed["obs_value"] == pytest.approx(0.100)
    assert employed["se"] == pytest.approx(0.040)
    assert employed["cv"] == pytest.approx(40.0)
    assert employed["n"] == 4


def test_an_interval_has_two_ends_or_none_and_that_of_a_count_none_below_zero(
    declare: Declare, raw_table: RawTable, tmp_path: Path
) -> None:
    given = cells(declare(), raw_table(FOUR_PSUS), tmp_path)
    ends = [(row["lower_bound"], row["upper_bound"]) for row in given.values()]
    assert all((low is None) == (high is None) for low, high in ends)
    assert {(None, None)} < set(ends)
    employed = given["MST_TEMP_SEX_AGE_CBR_NB", "SEX_T", ADULTS, "CBR_BIR_TOTAL"]
    assert employed["lower_bound"] == 0 < employed["obs_value"] < employed["upper_bound"]


def test_a_rate_worked_by_hand(declare: Declare, raw_table: RawTable, tmp_path: Path) -> None:
    given = cells(declare(), raw_table(FOUR_PSUS), tmp_path)
    ratio = given["MST_TEMP_SEX_AGE_CBR_RT", "SEX_T", ADULTS, "CBR_BIR_TOTAL"]
    # 100 of 150; z = y - 2/3 x: a1 10, a2 10, b1 40/3, b2 -100/3; variance 2 x 2 x (70/3)^2 = 19600/9, over 150^2
    assert ratio["obs_value"] == pytest.approx(100 * 2 / 3)
    assert ratio["se"] == pytest.approx(100 * (19600 / 9) ** 0.5 / 150)


@pytest.mark.parametrize("weight", ["3211.8295", "173.5946", "1484.47991984"])
def test_a_rate_of_everybody_is_a_hundred_exactly(
    declare: Declare, raw_table: RawTable, tmp_path: Path, weight: str
) -> None:
    """A hundred times some weights, divided by them, is a little less or more."""
    assert 100 * float(weight) / float(weight) != 100
    records = [
        ("p1", "a", "1", weight, "1", "30", "1", "1"),
        ("p2", "a", "2", "50", "1", "30", "1", "1"),
        ("p3", "a", "2", "50", "2", "30", "1", "3"),
    ]
    given = cells(declare(), raw_table(records), tmp_path)
    men = given["MST_TEMP_SEX_AGE_CBR_RT", "SEX_M", ADULTS, "CBR_BIR_TOTAL"]
    assert (men["obs_value"], men["se"], men["lower_bound"], men["upper_bound"]) == (100, 0, None, None)


def test_not_asked_gives_totals_and_a_note_and_never_zeros(
    declare: Declare, raw_table: RawTable, tmp_path: Path
) -> None:
    given = cells(declare(), raw_table(FOUR_PSUS), tmp_path)
    by_citizenship = {key[3]: row for key, row in given.items() if key[0] == "MST_TEMP_SEX_AGE_CCT_NB"}
    assert set(by_citizenship) == {"CCT_CIT_TOTAL"}
    assert by_citizenship["CCT_CIT_TOTAL"]["note_classif"] == (
        "Citizenship: not asked by the source; only totals can be given"
    )


def test_a_class_that_was_asked_and_has_no_case_is_a_flagged_zero(
    declare: Declare, raw_table: RawTable, tmp_path: Path
) -> None:
    given = cells(declare(), raw_table(FOUR_PSUS), tmp_path)
    none = given["MST_TEMP_SEX_AGE_CBR_NB", "SEX_T", ADULTS, "CBR_BIR_X"]
    assert (none["obs_value"], none["n"], none["obs_status"], none["se"]) == (0, 0, "S", None)


def test_a_rate_without_a_denominator_is_not_given(declare: Declare, raw_table: RawTable, tmp_path: Path) -> None:
    given = cells(declare(), raw_table(FOUR_PSUS), tmp_path)
    assert ("MST_TEMP_SEX_AGE_CBR_RT", "SEX_T", ADULTS, "CBR_BIR_X") not in given


@pytest.mark.parametrize(("cases", "status"), [(4, "S"), (5, "U"), (14, "U"), (15, "")])
def test_few_cases_are_flagged(declare: Declare, raw_table: RawTable, tmp_path: Path, cases: int, status: str) -> None:
    records = [(f"p{i}", "a", str(i % 2), "1", "1", "30", "1", "1") for i in range(cases)]
    given = cells(declare(), raw_table(records), tmp_path)
    employed = given["MST_TEMP_SEX_AGE_CBR_NB", "SEX_T", ADULTS, "CBR_BIR_NATIVE"]
    assert (employed["n"], employed["obs_status"]) == (cases, status)


def test_unknown_place_of_birth_stands_beside_native_and_foreign(
    declare: Declare, raw_table: RawTable, tmp_path: Path
) -> None:
    given = cells(declare(), raw_table([*FOUR_PSUS, ("p6", "a", "1", "5", "1", "30", "9", "1")]), tmp_path)
    value = {code: given["MST_TEMP_SEX_AGE_CBR_NB", "SEX_T", ADULTS, f"CBR_BIR_{code}"]["obs_value"] for code in
             ("TOTAL", "NATIVE", "FOREIGN", "X")}  # fmt: skip
    assert value == {"TOTAL": 0.105, "NATIVE": 0.04, "FOREIGN": 0.06, "X": 0.005}


def test_age_versions_overlap_and_unknown_age_is_in_the_totals_only(
    declare: Declare, raw_table: RawTable, tmp_path: Path
) -> None:
    variables = {**declare().model_dump(exclude_none=True, exclude_defaults=True)["variables"]}
    variables["age"] = {"column": "years", "blank": "unknown"}
    variables["working_age"] = {"constant": "yes"}
    given = cells(
        declare(variables=variables), raw_table([*FOUR_PSUS, ("p6", "a", "1", "5", "1", "", "1", "1")]), tmp_path
    )
    value = {key[2]: row["obs_value"] for key, row in given.items()
             if key[0] == "MST_TEMP_SEX_AGE_CBR_NB" and key[1] == "SEX_T" and key[3] == "CBR_BIR_TOTAL"}  # fmt: skip
    assert value["AGE_YTHADULT_YGE15"] == value["AGE_AGGREGATE_TOTAL"] == value["AGE_10YRBANDS_TOTAL"] == 0.105
    assert value["AGE_AGGREGATE_Y25-54"] == 0.06
    assert value["AGE_10YRBANDS_Y55-64"] == value["AGE_AGGREGATE_Y55-64"] == 0.04
    assert value["AGE_YTHADULT_Y15-64"] == value["AGE_YTHADULT_YGE25"] == 0.1
    assert value["AGE_10YRBANDS_YGE65"] == 0


def test_single_psu_strata_are_an_error_unless_declared(declare: Declare, raw_table: RawTable, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="single PSU"):
        cells(declare(), raw_table([*FOUR_PSUS, ("p6", "c", "1", "5", "1", "30", "1", "1")]), tmp_path)


def test_what_the_gate_warned_of_and_what_is_synthetic_travels_with_every_number(
    declare: Declare, raw_table: RawTable, tmp_path: Path
) -> None:
    given = cells(declare(synthetic=True), raw_table(FOUR_PSUS), tmp_path, warnings=["12% of birthplaces are unknown"])
    notes = {str(row["note_source"]) for row in given.values()}
    assert len(notes) == 1
    assert "Synthetic data: " in min(notes)
    assert "Quality: 12% of birthplaces are unknown" in min(notes)


def sample(seed: int, *, single: bool = False) -> list[Record]:
    """A made-up sample: 6 strata of 2 to 5 PSUs, unequal weights, PSUs in which some domains are empty."""
    draw = random.Random(seed)
    records: list[Record] = []
    for stratum in range(6):
        for psu in range(1 if single and stratum == 0 else draw.randint(2, 5)):
            for _ in range(draw.randint(4, 12)):
                records.append(
                    (
                        f"p{len(records)}",
                        f"s{stratum}",
                        f"u{psu}",
                        f"{draw.uniform(10, 900):.6f}",
                        draw.choice("12"),
                        str(draw.randint(15, 80)),
                        draw.choice("11129"),
                        draw.choice("11123"),
                    )
                )
    return records


def by_svy(
    records: list[Record],
    numerator: str,
    domain: Callable[[Record], bool],
    *,
    denominator: str | None = None,
    **changed: str | None,
) -> tuple[float, float]:
    import polars
    import svy

    employed = {"employed": "1", "labour_force": "12", "working_age": "123"}
    frame = polars.DataFrame(
        {
            "stratum": [r[1] for r in records],
            "psu": [f"{r[1]}-{r[2]}" for r in records],
            "w": [float(r[3]) for r in records],
            "y": [float(domain(r) and r[7] in employed[numerator]) for r in records],
            "x": [float(domain(r) and r[7] in employed[denominator or numerator]) for r in records],
        }
    )
    design = {"stratum": "stratum", "psu": "psu", **changed}
    sampled = svy.Sample(frame, svy.Design(wgt="w", **{k: v for k, v in design.items() if v is not None}))
    result = sampled.estimation.ratio("y", "x") if denominator else sampled.estimation.total("y")
    (only,) = result.to_polars().to_dicts()
    return only["est"], only["se"]


DOMAINS: dict[tuple[str, str, str], Callable[[Record], bool]] = {
    ("SEX_T", ADULTS, "CBR_BIR_TOTAL"): lambda r: True,
    ("SEX_T", ADULTS, "CBR_BIR_FOREIGN"): lambda r: r[6] == "2",
    ("SEX_F", "AGE_AGGREGATE_Y25-54", "CBR_BIR_NATIVE"): lambda r: (
        r[4] == "2" and 25 <= int(r[5]) <= 54 and r[6] == "1"
    ),
    ("SEX_M", "AGE_10YRBANDS_YGE65", "CBR_BIR_X"): lambda r: r[4] == "1" and int(r[5]) >= 65 and r[6] == "9",
}


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_standard_errors_equal_those_of_svy(
    declare: Declare, raw_table: RawTable, tmp_path: Path, seed: int, domain: tuple[str, str, str]
) -> None:
    records = sample(seed)
    given = cells(declare(), raw_table(records), tmp_path)
    total, total_se = by_svy(records, "employed", DOMAINS[domain])
    count = given["MST_TEMP_SEX_AGE_CBR_NB", *domain]
    assert count["obs_value"] == pytest.approx(total / 1000, rel=1e-10)
    if count["n"]:
        assert count["se"] == pytest.approx(total_se / 1000, rel=1e-8)
    if (UNEMPLOYED, *domain) in given:
        rate = given["MST_TEMP_SEX_AGE_CBR_RT", *domain]
        ratio, ratio_se = by_svy(records, "employed", DOMAINS[domain], denominator="working_age")
        assert rate["obs_value"] == pytest.approx(100 * ratio, rel=1e-10)
        if rate["degrees_of_freedom"]:
            assert rate["se"] == pytest.approx(100 * ratio_se, rel=1e-8, abs=1e-9)


def test_persons_as_units_equal_svy_without_strata(declare: Declare, raw_table: RawTable, tmp_path: Path) -> None:
    records = sample(4)
    source = declare(design={"kind": "persons", "weight": {"column": "w"}, "reason": "no design variables in the file"})
    given = cells(source, raw_table(records), tmp_path)
    domain = ("SEX_T", ADULTS, "CBR_BIR_FOREIGN")
    _, total_se = by_svy(records, "employed", DOMAINS[domain], stratum=None, psu=None)
    _, ratio_se = by_svy(records, "employed", DOMAINS[domain], denominator="working_age", stratum=None, psu=None)
    assert given["MST_TEMP_SEX_AGE_CBR_NB", *domain]["se"] == pytest.approx(total_se / 1000, rel=1e-8)
    assert given["MST_TEMP_SEX_AGE_CBR_RT", *domain]["se"] == pytest.approx(100 * ratio_se, rel=1e-8)


def test_a_declared_design_effect_multiplies_the_variance(
    declare: Declare, raw_table: RawTable, tmp_path: Path
) -> None:
    design: dict[str, object] = {
        "kind": "persons",
        "weight": {"column": "w"},
        "reason": "no design variables in the file",
    }
    key = ("MST_TEMP_SEX_AGE_CBR_NB", "SEX_T", ADULTS, "CBR_BIR_TOTAL")
    plain = cells(declare(design=design), raw_table(FOUR_PSUS), tmp_path)[key]
    design |= {"design_effect": 4, "design_effect_reference": "the survey's quality report"}
    assert cells(declare(design=design), raw_table(FOUR_PSUS), tmp_path)[key]["se"] == pytest.approx(2 * plain["se"])


def test_without_a_usable_design_there_is_no_standard_error_but_its_reason(
    declare: Declare, raw_table: RawTable, tmp_path: Path
) -> None:
    source = declare(design={"kind": "none", "weight": {"column": "w"}, "reason": "the sample was not drawn at random"})
    row = cells(source, raw_table(FOUR_PSUS), tmp_path)["MST_TEMP_SEX_AGE_CBR_NB", "SEX_T", ADULTS, "CBR_BIR_TOTAL"]
    assert (row["se"], row["cv"]) == (None, None)
    assert "Standard error: not given: the sample was not drawn at random" in row["note_indicator"]


RULES = ("adjust", "average", "remove", "certainty")
FOREIGN = ("SEX_T", ADULTS, "CBR_BIR_FOREIGN")


@pytest.fixture(scope="module")
def by_r() -> Answers:
    """What R gives for sample(7), in which one stratum has a single PSU: foreign-born persons, under each rule."""
    records = sample(7, single=True)
    persons = pyarrow.table(
        {
            "stratum": [r[1] for r in records],
            "psu": [r[2] for r in records],
            "w": [float(r[3]) for r in records],
            "one": [1] * len(records),
            "employed": [int(r[7] == "1") for r in records],
            "foreign": [int(r[6] == "2") for r in records],
        }
    )
    asked = [
        Question("single_psu", rule, statistic, "employed", "one", "foreign")
        for rule in RULES
        for statistic in ("total", "ratio")
    ]
    return answers_about("single_psu", persons, {"psu": "psu", "stratum": "stratum", "weight": "w"}, asked)


@pytest.mark.parametrize("rule", RULES)
def test_single_psu_rules_equal_those_of_r_survey(
    declare: Declare, raw_table: RawTable, tmp_path: Path, by_r: Answers, rule: str
) -> None:
    design = {**declare().model_dump(exclude_none=True)["design"], "single_psu": rule}
    given = cells(declare(design=design), raw_table(sample(7, single=True)), tmp_path)
    total, ratio = (
        by_r[Question("single_psu", rule, statistic, "employed", "one", "foreign")] for statistic in ("total", "ratio")
    )
    assert given["MST_TEMP_SEX_AGE_CBR_NB", *FOREIGN]["se"] == pytest.approx(total.standard_error / 1000, rel=1e-12)
    rate = given["MST_TEMP_SEX_AGE_CBR_RT", *FOREIGN]
    assert rate["se"] == pytest.approx(100 * ratio.standard_error, rel=1e-12)
    assert rate["degrees_of_freedom"] == ratio.degrees_of_freedom


def test_a_note_on_a_variable_travels_with_the_numbers_made_from_it(
    declare: Declare, raw_table: RawTable, tmp_path: Path
) -> None:
    variables = declare().model_dump(exclude_unset=True)["variables"]
    variables["birth_status"] = {"column": "born", "map": "birth", "note": {"en": "residence of the mother at birth"}}
    variables["status_in_employment_icse93"] = {"constant": "1"}
    variables["hours_actual"] = {"column": "years", "note": {"en": "agreed hours"}}
    given = cells(declare(variables=variables), raw_table(FOUR_PSUS), tmp_path)
    by_birth = {key[0] for key, row in given.items() if "residence of the mother" in str(row["note_classif"])}
    of_hours = {key[0] for key, row in given.items() if ": agreed hours" in str(row["note_indicator"])}
    assert by_birth == {key[0] for key in given if "CBR_BIR" in str(key)}
    assert of_hours == {"HOW_XEES_SEX_CBR_NB", "HOW_XEES_SEX_CCT_NB"}
