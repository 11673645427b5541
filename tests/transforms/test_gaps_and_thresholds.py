"""Pay gaps, low pay and ratios of totals: against R survey, and worked by hand."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from core_records import Person, write_core
from small_source import SMALL_COLUMNS, SMALL_SOURCE

from schemas.indicators import load_catalogue
from schemas.partition import Partition
from schemas.survey import Survey
from transforms.estimate import estimate
from transforms.notes import indicator_note

SMALL = Partition("ZZZ.small", "2024")
RAW, BY_SEX, BY_SEX_AND_EDUCATION = "EAR_RGPB_SEX_RT", "EAR_FGPB_AGE_RT", "EAR_EGPB_SEX_RT"
LOW_PAY = "EAR_XTLP_SEX_CBR_RT"
MEDIAN_EARNINGS = "EAR_4MDN_SEX_CBR_CUR_NB"
MEAN_COST, MEDIAN_COST, FOURTH_QUINTILE, RATIO_OF_TOTALS = (f"SDG_{letter}171_SEX_NB" for letter in "MDQR")
COST_BY_OCCUPATION, COST_BY_CORRIDOR = "SDG_M171_SEX_OCU_NB", "SDG_R171_SEX_CPR_NB"
FEES, RELATED_COSTS = "SDG_G171_SEX_NB", "SDG_H171_SEX_NB"
INDICATORS = {
    COST_BY_OCCUPATION, COST_BY_CORRIDOR, FEES, RELATED_COSTS,
    RAW, BY_SEX, BY_SEX_AND_EDUCATION, LOW_PAY, MEDIAN_EARNINGS,
    MEAN_COST, MEDIAN_COST, FOURTH_QUINTILE, RATIO_OF_TOTALS,
}  # fmt: skip
Cells = dict[tuple[str, str, str], dict[str, object]]
Estimate = Callable[..., Cells]

EMPLOYEE: Person = {
    "weight": 1.0, "stratum": "a", "psu": "1", "sex": "male", "age": 40, "working_age": "yes",
    "usual_resident": "yes", "birth_status": "native", "labour_force_status": "employed",
    "status_in_employment_icse93": "1", "education_isced11": "3", "monthly_earnings": 1000.0,
}  # fmt: skip
PERSONS_AS_UNITS = {"kind": "persons", "weight": {"column": "w"}, "reason": "no design variables"}


@pytest.fixture
def estimated(declare: Callable[..., Survey], tmp_path: Path) -> Estimate:
    """The estimates of persons who differ from EMPLOYEE in the values given, in a clustered design by default."""

    def make(persons: list[Person], **declared: object) -> Cells:
        write_core([EMPLOYEE | person for person in persons], tmp_path / "core.parquet")
        estimate(
            declare(**declared), SMALL, tmp_path / "core.parquet", tmp_path / "cells.parquet",
            vintage="abc", indicators=INDICATORS,
        )  # fmt: skip
        relation = duckdb.default_connection().sql(f"select * from read_parquet('{tmp_path / 'cells.parquet'}')")
        rows = [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
        return {(str(row["indicator"]), str(row["sex"]), str(row["classif1"])): row for row in rows}

    return make


def sample(seed: int) -> list[Person]:
    """Made-up employees in 6 strata of 2 to 5 PSUs: sex, education, place of birth, earnings, unequal weights."""
    draw = random.Random(seed)
    return [
        {
            "weight": round(draw.uniform(10, 900), 4), "stratum": f"s{stratum}", "psu": f"u{psu}",
            "sex": draw.choice(["male", "female"]), "education_isced11": draw.choice("1236"),
            "birth_status": draw.choice(["native", "native", "foreign", "unknown"]),
            "monthly_earnings": float(draw.randrange(400, 3000, 130)), "age": draw.randint(15, 80),
        }
        for stratum in range(6)
        for psu in range(draw.randint(2, 5))
        for _ in range(draw.randint(15, 25))
    ]  # fmt: skip


# R survey 4.1.1 on sample(11), with svydesign(~psu, strata = ~stratum, weights = ~weight, nest = TRUE) and
# svydesign(~1, weights = ~weight): svycontrast of the svytotal of, in each class k, the weights w of all, nr of the
# native-born and nc of the foreign-born and their earnings yr and yc, by
#   100 * (w1 * (1 - (yc1/nc1) / (yr1/nr1)) + w2 * ...) / (w1 + w2 + ...)
# Gap, its standard error with strata and PSUs and with persons as units, cases of the foreign-born.
BY_R = {
    (RAW, "SEX_T", ""): (-1.7859091478312106, 6.2977190733579667, 7.4016846065166515, 94),
    (RAW, "SEX_F", ""): (-7.5594641555328135, 10.439525124259029, 11.938595355512428, 51),
    (BY_SEX, "", "AGE_AGGREGATE_TOTAL"): (-2.0904727002104888, 6.250648146224334, 7.4923668255368119, 94),
    (BY_SEX, "", "AGE_AGGREGATE_Y25-54"): (-3.3207588135378474, 8.3012289237533334, 10.80776712406934, 46),
    (BY_SEX_AND_EDUCATION, "SEX_T", ""): (-4.6650071857118496, 6.4990825001450085, 7.8384156616723351, 94),
    (BY_SEX_AND_EDUCATION, "SEX_M", ""): (2.0035284247069516, 10.283003954385265, 9.3921152656101761, 43),
}  # fmt: skip


def test_pay_gaps_and_their_standard_errors_equal_those_of_r_survey(estimated: Estimate) -> None:
    clustered = estimated(sample(11))
    independent = estimated(sample(11), design=PERSONS_AS_UNITS)

    for cell, (gap, se_clustered, se_persons, cases) in BY_R.items():
        assert clustered[cell]["obs_value"] == pytest.approx(gap, rel=1e-10), cell
        assert clustered[cell]["se"] == pytest.approx(se_clustered, rel=1e-8), cell
        assert independent[cell]["se"] == pytest.approx(se_persons, rel=1e-8), cell
        assert clustered[cell]["n"] == cases
        assert clustered[cell]["cv"] is None, "a gap may be zero, and its relative error then means nothing"


# Men: natives earn 1000 and 2000 (mean 1500), migrants 1200: a gap of 20 per cent.
# Women: natives earn 1000, migrants 900: 10 per cent. Everybody stands for ten persons, the women's last for thirty.
PAID: list[Person] = [
    {"sex": "male", "weight": 10.0, "monthly_earnings": 1000.0},
    {"sex": "male", "weight": 10.0, "monthly_earnings": 2000.0},
    {"sex": "male", "weight": 10.0, "monthly_earnings": 1200.0, "birth_status": "foreign"},
    {"sex": "female", "weight": 10.0, "monthly_earnings": 1000.0},
    {"sex": "female", "weight": 30.0, "monthly_earnings": 900.0, "birth_status": "foreign"},
]


def test_a_factor_weighted_gap_compares_like_with_like(estimated: Estimate) -> None:
    given = estimated(PAID, design=PERSONS_AS_UNITS)

    # natives (1000 + 2000 + 1000) / 3 = 1333.33; migrants (10 x 1200 + 30 x 900) / 40 = 975
    assert given[RAW, "SEX_T", ""]["obs_value"] == pytest.approx(100 * (1 - 975 / (4000 / 3)))
    # men are 30 of 70 employees, women 40
    assert given[BY_SEX, "", "AGE_YTHADULT_YGE15"]["obs_value"] == pytest.approx((30 * 20 + 40 * 10) / 70)
    assert given[RAW, "SEX_M", ""]["obs_value"] == pytest.approx(20)
    assert given[RAW, "SEX_F", ""]["obs_value"] == pytest.approx(10)


def test_a_class_without_both_groups_has_no_gap(estimated: Estimate) -> None:
    without_native_women = [person for person in PAID if person != PAID[3]]
    given = estimated(without_native_women, design=PERSONS_AS_UNITS)

    weighted = given[BY_SEX, "", "AGE_YTHADULT_YGE15"]
    assert weighted["obs_value"] == pytest.approx(20), "men only"
    assert weighted["n"] == 1
    assert (RAW, "SEX_F", "") not in given


def factor_weighted_gap(weights: list[float]) -> float:
    """The gap of PAID by sex, under other weights."""
    total = gaps = 0.0
    for sex in ("male", "female"):
        members = [(w, person) for w, person in zip(weights, PAID, strict=True) if person["sex"] == sex]
        means = {}
        for birth in ("native", "foreign"):
            group = [(w, p["monthly_earnings"]) for w, p in members if p.get("birth_status", "native") == birth]
            means[birth] = sum(w * float(str(pay)) for w, pay in group) / sum(w for w, _ in group)
        size = sum(w for w, _ in members)
        gaps += size * 100 * (1 - means["foreign"] / means["native"])
        total += size
    return gaps / total


def test_replicate_weights_give_a_gap_each(estimated: Estimate) -> None:
    """Successive differences: four over the number of replicates, times the squared deviations from the full sample."""
    replicates = [[12.0, 8.0, 10.0, 9.0], [9.0, 11.0, 10.0, 12.0], [10.0, 14.0, 7.0, 10.0], [8.0, 10.0, 11.0, 13.0],
                  [30.0, 25.0, 35.0, 28.0]]  # fmt: skip
    columns = ["column,2024", *(f"{name},{name}" for name in SMALL_COLUMNS), "replicate_{1-4},REPWT{1-4}"]
    declared = {"columns": "replicate_{1-4}", "method": "sdr", "centre": "full_estimate"}
    design = {"kind": "replicate", "weight": {"column": "w"}, "replicates": declared}
    persons = [person | {"replicate_weights": own} for person, own in zip(PAID, replicates, strict=True)]

    row = estimated(persons, design=design, columns="\n".join(columns))[BY_SEX, "", "AGE_YTHADULT_YGE15"]

    full = factor_weighted_gap([float(str(person["weight"])) for person in PAID])
    by_replicate = [factor_weighted_gap([own[number] for own in replicates]) for number in range(4)]
    assert row["obs_value"] == pytest.approx(full)
    assert row["se"] == pytest.approx((4 / 4 * sum((gap - full) ** 2 for gap in by_replicate)) ** 0.5, rel=1e-9)


def test_low_pay_is_less_than_two_thirds_of_the_median_of_the_same_employees(estimated: Estimate) -> None:
    own_account = {"status_in_employment_icse93": "3", "monthly_earnings": 9000.0, "weight": 900.0, "sex": "male"}
    paid = [
        {"weight": 1.0, "monthly_earnings": 500.0, "birth_status": "foreign", "sex": "male"},
        {"weight": 1.0, "monthly_earnings": 600.0, "sex": "male"},
        {"weight": 2.0, "monthly_earnings": 900.0, "sex": "male"},  # the median; two thirds of it are 600
        {"weight": 4.0, "monthly_earnings": 2000.0, "sex": "female", "birth_status": "foreign"},
    ]
    paid[3]["weight"] = 3.0
    columns: Person = {"status_in_employment_icse93": "1"}
    given = estimated([columns | person for person in [*paid, own_account]], design=PERSONS_AS_UNITS)

    rates = {
        origin: given[LOW_PAY, "SEX_T", f"CBR_BIR_{origin}"]["obs_value"] for origin in ("TOTAL", "FOREIGN", "NATIVE")
    }
    assert rates == {
        "TOTAL": pytest.approx(100 / 7),  # one person of seven has less than 600; 600 itself is not low pay
        "FOREIGN": pytest.approx(100 / 4),
        "NATIVE": 0,
    }
    assert "two thirds of the median earnings taken as known" in str(
        given[LOW_PAY, "SEX_T", "CBR_BIR_TOTAL"]["note_indicator"]
    )


def test_a_threshold_of_zero_is_a_threshold(estimated: Estimate) -> None:
    unpaid: list[Person] = [{"monthly_earnings": earnings} for earnings in (0.0, 0.0, 900.0)]

    # Two thirds of a median of zero are zero, and nobody earns less.
    assert estimated(unpaid, design=PERSONS_AS_UNITS)[LOW_PAY, "SEX_T", "CBR_BIR_TOTAL"]["obs_value"] == 0


def test_the_interval_of_a_median_is_that_of_woodruff_and_no_multiple_of_its_standard_error(
    estimated: Estimate,
) -> None:
    """R survey 4.1.1, svyquantile(~y, svydesign(~1, weights = ~w), 0.5, interval.type = "mean", qrule = "math",
    df = 19) gives 1000, 500 to 9000, standard error 2030.5547807960863; twice that below 1000 nobody earns."""
    earnings = [*range(100, 1200, 100), 5000, 6000, 7000, 8000, 9000, 9100, 9200, 9300, 9400]
    persons: list[Person] = [
        {"monthly_earnings": float(pay), "weight": weight}
        for pay, weight in zip(earnings, [1.0, 2.0, 1.0, 3.0, 2.0] * 4, strict=True)
    ]

    row = estimated(persons, design=PERSONS_AS_UNITS)[MEDIAN_EARNINGS, "SEX_T", "CBR_BIR_TOTAL"]

    assert (row["obs_value"], row["lower_bound"], row["upper_bound"]) == (1000, 500, 9000)
    assert row["se"] == pytest.approx(2030.5547807960863, rel=1e-9)


def recruited(cost: float, earnings: float, weight: float, sex: str = "male") -> Person:
    return {
        "weight": weight, "sex": sex, "recruitment_cost": cost, "first_month_earnings_abroad": earnings,
        "recruitment_cost_months": cost / earnings,
    }  # fmt: skip


def test_recruitment_cost_of_the_lao_pdr_survey_is_a_ratio_of_totals(estimated: Estimate) -> None:
    """Lao PDR labour force survey 2017 (Habiyakare et al., ISI WSC 2019, CPS2476): 48,429 return migrant workers paid
    6,843,640 in all and earned 20,866,748 in the first month, 0.33 months; men paid 141.35 of 435.49 on average."""
    men, women = 28_000.0, 20_429.0
    persons = [
        recruited(141.35, 435.49, men),
        recruited((6_843_640 - 141.35 * men) / women, (20_866_748 - 435.49 * men) / women, women, "female"),
    ]
    given = estimated(persons, design=PERSONS_AS_UNITS)

    assert given[RATIO_OF_TOTALS, "SEX_T", ""]["obs_value"] == pytest.approx(0.328, abs=0.0005)
    assert round(float(str(given[RATIO_OF_TOTALS, "SEX_T", ""]["obs_value"])), 2) == 0.33
    assert round(float(str(given[RATIO_OF_TOTALS, "SEX_M", ""]["obs_value"])), 2) == 0.32


def test_the_mean_of_ratios_is_not_the_ratio_of_means(estimated: Estimate) -> None:
    persons = [recruited(100, 1000, 1), recruited(300, 300, 1), recruited(900, 300, 1), recruited(500, 1000, 1)]
    persons += [recruited(0.2, 1, 1)]
    given = {
        name: row["obs_value"]
        for (name, sex, _), row in estimated(persons, design=PERSONS_AS_UNITS).items()
        if sex == "SEX_T"
    }

    assert given[MEAN_COST] == pytest.approx((0.1 + 1 + 3 + 0.5 + 0.2) / 5)
    assert given[MEDIAN_COST] == pytest.approx(0.5)
    assert given[FOURTH_QUINTILE] == pytest.approx(1)  # four of the five months 0.1, 0.2, 0.5, 1, 3 are at most 1
    assert given[RATIO_OF_TOTALS] == pytest.approx(1800.2 / 2601)


def test_recruitment_costs_by_corridor_and_occupation(estimated: Estimate) -> None:
    """From Nepal one paid 900 for 300 a month and one nothing for 500: 900 / 800. Of the builders, 3 months and 1."""
    persons = [
        recruited(900.0, 300.0, 1.0) | {"previous_country_of_residence": "NPL", "occupation_isco08": "7"},
        recruited(0.0, 500.0, 1.0) | {"previous_country_of_residence": "NPL", "occupation_isco08": "9"},
        recruited(400.0, 400.0, 1.0) | {"previous_country_of_residence": "PHL", "occupation_isco08": "7"},
    ]
    given = {
        (indicator, code): row["obs_value"]
        for (indicator, sex, code), row in estimated(persons, design=PERSONS_AS_UNITS).items()
        if sex == "SEX_T"
    }
    assert given[COST_BY_CORRIDOR, "CPR_PRV_NPL"] == pytest.approx(900 / 800)
    assert given[COST_BY_CORRIDOR, "CPR_PRV_PHL"] == pytest.approx(1)
    assert given[COST_BY_CORRIDOR, "CPR_PRV_TOTAL"] == pytest.approx(1300 / 1200)
    assert given[COST_BY_OCCUPATION, "OCU_ISCO08_7"] == pytest.approx((3 + 1) / 2)
    assert given[COST_BY_OCCUPATION, "OCU_ISCO08_9"] == 0


def test_fees_and_related_costs_add_up_to_the_recruitment_cost(estimated: Estimate) -> None:
    """Fees of 200 and 300, related costs of 100 and none, for 500 a month: 0.5 and 0.1 months, 0.6 in all."""
    persons = [
        recruited(300, 500, 1) | {"recruitment_fees": 200.0, "recruitment_related_costs": 100.0},
        recruited(300, 500, 1) | {"recruitment_fees": 300.0, "recruitment_related_costs": 0.0},
    ]
    given = estimated(persons, design=PERSONS_AS_UNITS)
    assert given[FEES, "SEX_T", ""]["obs_value"] == pytest.approx(0.5)
    assert given[RELATED_COSTS, "SEX_T", ""]["obs_value"] == pytest.approx(0.1)
    assert given[RATIO_OF_TOTALS, "SEX_T", ""]["obs_value"] == pytest.approx(0.6)


def test_the_standard_error_of_a_ratio_of_totals_is_linearised(estimated: Estimate) -> None:
    """Persons as units, equal weights: n / (n - 1) times the sum of the squares of (cost - ratio x earnings)."""
    costs, earnings = [100.0, 300.0, 900.0], [1000.0, 300.0, 500.0]
    persons = [recruited(cost, pay, 2.0) for cost, pay in zip(costs, earnings, strict=True)]
    ratio = sum(costs) / sum(earnings)
    squares = sum((cost - ratio * pay) ** 2 for cost, pay in zip(costs, earnings, strict=True))

    row = estimated(persons, design=PERSONS_AS_UNITS)[RATIO_OF_TOTALS, "SEX_T", ""]

    assert row["obs_value"] == pytest.approx(ratio)
    assert row["se"] == pytest.approx((3 / 2 * squares) ** 0.5 / sum(earnings), rel=1e-9)


def test_a_note_says_below_how_many_hours_time_related_underemployment_is(declare: Callable[..., Survey]) -> None:
    questions = {name: {"missing": "not_asked"} for name in ("wants_more_hours", "available_for_more_hours")}
    rule = {"time_related_underemployment": {"derive": "time_related_underemployment_icls19"}}
    indicator = load_catalogue().indicators["LUU_XLU2_SEX_CBR_RT"]
    assert "underemployment: fewer than" not in indicator_note(declare(), SMALL, indicator)
    derived = declare(variables=SMALL_SOURCE["variables"] | questions | rule, hours_threshold=35)
    assert "time-related underemployment: fewer than 35 hours worked" in indicator_note(derived, SMALL, indicator)
