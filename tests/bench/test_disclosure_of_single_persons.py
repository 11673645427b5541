"""What an attacker reads in earnings, gaps, standard errors, texts and other waves, and what tells him nothing."""

from __future__ import annotations

import math
from pathlib import Path

import duckdb
import numpy as np
import pytest
from attacked_survey import ACTIVE, EMPLOYED, EVERYBODY, UNEMPLOYED, Key, count, counted, evidence, persons, withheld
from core_records import Person

from bench.disclosure.elsewhere import counts_in_texts
from bench.disclosure.evidence import Evidence, read_evidence
from bench.disclosure.intervals import Confined
from bench.disclosure.judge import Findings, judge
from bench.disclosure.release import Row
from bench.disclosure.universe import Kinds, Squaring
from bench.disclosure.waves import overlap
from schemas.protection import load_protection
from schemas.statuses import CONFIDENTIAL

MEAN, MEDIAN = "EAR_4MTH_SEX_CBR_CUR_NB", "EAR_4MDN_SEX_CBR_CUR_NB"
RAW_GAP, GAP_BY_SEX = "EAR_RGPB_SEX_RT", "EAR_FGPB_AGE_RT"
RATE = "MST_TUNE_SEX_AGE_CBR_RT"
MEN: Key = ("SEX_M", "CBR_BIR_FOREIGN")
WOMEN: Key = ("SEX_F", "CBR_BIR_FOREIGN")


def earnings(indicator: str, key: Key, value: float | None, n: int | None = None, upper: float | None = None) -> Row:
    """A mean or median of earnings; withheld without a value."""
    status = CONFIDENTIAL if value is None else ""
    codes = (key[0], key[1], "CUR_TYPE_LCU")
    return Row("observation", indicator, codes, status, value, n, None, None, upper, None)


def gap(indicator: str, sex: str, age: str, n: int | None) -> Row:
    """A gap by sex or by age, of so many foreign-born employees."""
    return Row("observation", indicator, (sex, age, ""), "", 12.0, n, None, None, None, None)


def attacked(read: Evidence, rows: list[Row]) -> Findings:
    """What the attacker gets out of rows under suppression."""
    return judge(read, rows, load_protection("suppression"))


def test_the_cases_of_a_gap_are_those_of_its_first_group(tmp_path: Path) -> None:
    """The mean earnings of foreign-born women are withheld, and the pay gap of women says how many earn something."""
    rows = [earnings(MEAN, WOMEN, None), gap(RAW_GAP, "SEX_F", "", None)]
    assert attacked(evidence(tmp_path, rows), rows).exact == 0
    rows = [earnings(MEAN, WOMEN, None), gap(RAW_GAP, "SEX_F", "", 8)]
    assert attacked(evidence(tmp_path, rows), rows).exact == 1


def test_a_gap_counts_the_classes_with_both_groups(tmp_path: Path) -> None:
    """Where no native-born woman is an employee, only men are compared."""
    row = gap(GAP_BY_SEX, "", "AGE_YTHADULT_YGE15", 12)
    everybody = evidence(tmp_path, [row])
    compared = [each for each in persons() if (each["sex"], each["birth_status"]) != ("female", "native")]
    of_men = evidence(tmp_path, [row], compared)
    sizes = [float((read.matrix @ read.universe.kinds.cases)[0]) for read in (everybody, of_men)]
    assert sizes == [20, 12]


def test_a_median_that_is_what_one_person_earns_is_found(tmp_path: Path) -> None:
    """The seventh of twelve foreign-born men; rounded, it may be anybody's, and its interval may not end at one's."""
    own = sorted(float(str(each["monthly_earnings"])) for each in persons() if _is(each, "male", "employed"))[6]
    found = {}
    for name, value, upper in (("exact", own, None), ("rounded", 1750.0, None), ("interval", 1750.0, own)):
        rows = [earnings(MEDIAN, MEN, value, 12, upper)]
        found[name] = len(attacked(evidence(tmp_path, rows), rows).single.values)
    assert found == {"exact": 1, "rounded": 0, "interval": 1}


def _is(person: Person, sex: str, status: str) -> bool:
    return (person["sex"], person["birth_status"], person["labour_force_status"]) == (sex, "foreign", status)


def test_a_mean_that_one_person_dominates_is_found(tmp_path: Path) -> None:
    """One of eight foreign-born women earns a hundred times what the others do."""
    rows = [earnings(MEAN, WOMEN, 1600.0, 8)]
    assert attacked(evidence(tmp_path, rows), rows).single.dominated == []
    people = persons()
    rich = next(each for each in people if _is(each, "female", "employed"))
    rich["monthly_earnings"] = 200_000.0
    found = attacked(evidence(tmp_path, rows, people), rows)
    assert found.single.dominated == [f"{MEAN} SEX_F CBR_BIR_FOREIGN CUR_TYPE_LCU"]
    assert found.leaks == 1


def test_standard_errors_give_squares_of_weights(tmp_path: Path) -> None:
    """With persons as sampling units, those of a count and of a rate are linear equations about squares."""
    units, effect = 151.0, 1.5
    active, jobless = counted(ACTIVE, MEN), counted(UNEMPLOYED, MEN)
    times = effect * units / (units - 1)
    of_count = math.sqrt(times * (sum(w * w for w in active) - sum(active) ** 2 / units)) / 1000
    share = sum(jobless) / sum(active)
    residuals = sum((w * ((at < len(jobless)) - share)) ** 2 for at, w in enumerate(_first(active, jobless)))
    of_rate = 100 * math.sqrt(times * residuals) / sum(active)
    codes = (MEN[0], "AGE_YTHADULT_YGE15", MEN[1])
    rows = [
        Row("observation", ACTIVE, codes, "", sum(active) / 1000, len(active), of_count, None, None, None),
        Row("observation", RATE, codes, "", 100 * share, None, of_rate, None, None, None),
    ]
    read = evidence(tmp_path, rows)
    read.universe.squaring = Squaring(units, effect)
    squares = read.matrix @ read.universe.kinds.squares
    said = read_evidence(read.universe, rows).of_squares()[0]
    assert len(said) == 2
    for terms, value in said:
        assert sum(factor * squares[place] for place, factor in terms.items()) == pytest.approx(value)


def _first(weights: list[float], some: list[float]) -> list[float]:
    """Weights with some of them at the beginning."""
    return some + [each for each in weights if each not in some]


def test_squares_tell_that_weights_are_equal() -> None:
    """Ten persons of ten: where their squares are ten as well, everybody has the weight one, and two have two."""
    matrix = np.array([[1.0, 1.0], [1.0, 0.0]])
    known = [({0: 1.0}, 10.0), ({1: 1.0}, 2.0)], [({0: 1.0}, 10.0)]
    truth = Kinds(np.array([2.0, 8.0]), np.array([2.0, 8.0]), [np.ones(2), np.ones(8)])
    assert Confined(matrix, known, [], truth=truth, deadline=math.inf).narrow({1: (0.0, 0.4)}) == []
    squared = [*known, [({0: 1.0}, 10.0)]]
    found = Confined(matrix, squared, [], truth=truth, deadline=math.inf).narrow({1: (0.0, 0.4)})
    assert [(round(each.value[0], 6), round(each.value[1], 6)) for each in found] == [(1.9, 2.1)]


def release(folder: Path, note: str, page: str) -> Path:
    """A release with one number, a note on it and a page."""
    folder.mkdir()
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute(
            "create table partition as select 'ZZZ.synthetic' as source, '2024' as wave, 'published' as state,"
            " 'suppression' as protection, null as persons"
        )
        connection.execute(
            "create table quality_result as select 'ZZZ.synthetic' as source, '2024' as wave, 'core' as stage,"
            " 'known' as check_id, 'All but 5 cases' as description, null as checked, null as unexpected,"
            " null as observed"
        )
        connection.execute(
            "create table observation as select 'BA:ZZZ.synthetic' as source, '2024' as wave, $1 as note_source", [note]
        )
    (folder / "availability.html").write_text(f"<style>p:n = 3</style><p>{page}</p>", encoding="utf-8")
    return folder


def test_numbers_of_persons_in_texts_and_pages_are_found(tmp_path: Path) -> None:
    """What the producer's sample is declared to hold is no result."""
    declared = "a sample of 2,000 records"
    noise = "values are rounded to 200 persons; an error of a standard deviation of 2.8 cases"
    silent = release(tmp_path / "silent", f"a sample of 2,000 records | {noise}", "6 of 9 numbers are withheld")
    assert counts_in_texts(silent, "ZZZ.synthetic", "2024", declared) == []
    telling = release(tmp_path / "telling", "2,000 records, of 3 persons unknown", "it has <b>4</b> cases")
    assert counts_in_texts(telling, "ZZZ.synthetic", "2024", declared) == [
        "observation note_source: 3 persons",
        "availability.html: 4 cases",
    ]


def test_another_wave_of_a_panel_tells_what_a_wave_withholds(tmp_path: Path) -> None:
    """Foreign-born men are the same in both waves: one withholds how many work, the other how many there are."""
    hidden = [withheld(EMPLOYED, MEN), withheld(UNEMPLOYED, MEN), count(ACTIVE, MEN)]
    one = evidence(tmp_path, hidden)
    silent = overlap(one, evidence(tmp_path, [count(EVERYBODY, MEN)]))
    assert (silent.let_out, silent.few) == (0, 0)
    telling = overlap(one, evidence(tmp_path, [count(EMPLOYED, MEN), withheld(UNEMPLOYED, MEN)]))
    assert (telling.let_out, telling.few) == (1, 1)
    others = [{**each, "person_id": f"Q{each['person_id']}"} for each in persons()]
    assert overlap(one, evidence(tmp_path, [count(EMPLOYED, MEN)], others)).let_out == 0
