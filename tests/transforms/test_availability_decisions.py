"""Why an indicator is given, given in totals only, or left out: the decisions that the estimates themselves follow."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

import duckdb
import pytest
from small_source import Declare, RawTable

from schemas.availability import Decision
from schemas.loader import load_of_kind, load_survey
from schemas.partition import Partition
from schemas.register_faults import REGISTER
from schemas.survey import Survey
from transforms.availability import read_decisions, say_protection, write_decisions
from transforms.estimate import estimate
from transforms.flows import estimate_flows, harmonise_flows
from transforms.flows.availability import decide_flows
from transforms.harmonise import harmonise
from transforms.read import RawInput, read_wave

SMALL = Partition("ZZZ.small", "2024")
RECORDS = [
    ("p1", "a", "1", "300", "2", "34", "2", "1"),
    ("p2", "a", "2", "100", "1", "60", "1", "1"),
    ("p3", "a", "3", "100", "1", "30", "1", "2"),
]
BY_BIRTH = ("MST_TEMP_SEX_AGE_CBR_NB", "MST_FORP_SEX_CBR_NB", "EAR_4MTH_SEX_CBR_CUR_NB")
BY_CITIZENSHIP = ("MST_TEMP_SEX_AGE_CCT_NB", "MST_NCTE_SEX_CCT_NB")

Decisions = dict[str, Decision]


def by_indicator(file: Path) -> Decisions:
    return {each.indicator: each for each in read_decisions(file)}


@pytest.fixture
def small(declare: Declare, raw_table: RawTable, tmp_path: Path) -> Callable[..., tuple[Decisions, set[str]]]:
    """The decisions on every indicator of the small source, and the indicators that have numbers."""

    def run(indicators: Collection[str] | None = (), **changes: object) -> tuple[Decisions, set[str]]:
        source = declare(**changes)
        core, cells, availability = (tmp_path / f"{name}.parquet" for name in ("core", "cells", "availability"))
        harmonise(source, SMALL, raw_table(RECORDS), core)
        estimate(source, SMALL, core, cells, vintage="0" * 12, availability=availability, indicators=indicators)
        found = duckdb.execute(f"select distinct indicator from read_parquet('{cells}')").fetchall()
        return by_indicator(availability), {name for (name,) in found}

    return run


def test_an_indicator_has_numbers_exactly_when_it_was_decided_to_be_produced(
    small: Callable[..., tuple[Decisions, set[str]]],
) -> None:
    decisions, given = small(indicators=None)
    assert given == {name for name, decision in decisions.items() if decision.is_produced}
    assert all(decision.code and decision.reason for decision in decisions.values() if decision.state != "published")


def test_a_variable_that_is_not_asked_gives_totals_or_leaves_out_by_what_the_indicator_needs(
    small: Callable[..., tuple[Decisions, set[str]]],
) -> None:
    note = {"en": "only in the census"}
    decisions, _ = small(
        variables={
            "person_id": {"column": "id"},
            "sex": {"column": "sexcode", "map": "sex"},
            "age": {"column": "years"},
            "birth_status": {"column": "born", "map": "birth"},
            "citizenship_status": {"missing": "not_asked", "note": note},
            "labour_force_status": {"column": "act", "map": "activity"},
        }
    )
    totals, left_out = (decisions[name] for name in BY_CITIZENSHIP)
    assert (totals.state, totals.code) == ("totals_only", "classification_not_asked")
    assert (left_out.state, left_out.code) == ("not_produced", "variable_not_asked")
    assert totals.variables == left_out.variables == "citizenship_status"
    assert totals.reason == "Citizenship: the source does not ask it (only in the census)"
    assert decisions["MST_TEMP_SEX_AGE_CBR_NB"] == Decision("MST_TEMP_SEX_AGE_CBR_NB")


def test_a_variable_that_the_file_lacks_is_distinguished_from_one_that_is_not_asked(
    small: Callable[..., tuple[Decisions, set[str]]],
) -> None:
    decisions, _ = small()
    earnings = decisions["EAR_4MTH_SEX_CBR_CUR_NB"]
    assert (earnings.state, earnings.code) == ("not_produced", "variable_not_available")
    assert "monthly_earnings" in earnings.variables.split()


def test_what_a_source_is_declared_to_be_without_says_so_in_its_own_words(
    small: Callable[..., tuple[Decisions, set[str]]],
) -> None:
    decisions, _ = small(without={"unemployed": {"en": "nobody was asked about search"}})
    rate = decisions["MST_TUNE_SEX_AGE_CBR_RT"]
    assert (rate.code, rate.reason) == ("declared_without", "persons in unemployment: nobody was asked about search")


def test_rounded_numbers_are_protected_and_totals_stay_totals(tmp_path: Path) -> None:
    file = tmp_path / "availability.parquet"
    totals = Decision("B", "totals_only", "classification_not_asked", "birth_status", "not asked")
    write_decisions([totals, Decision("A")], file)
    say_protection(file, "suppression")
    assert by_indicator(file) == {"A": Decision("A"), "B": totals}
    say_protection(file, "rounding")
    assert (by_indicator(file)["A"].state, by_indicator(file)["A"].code) == ("protected", "numbers_perturbed")
    assert by_indicator(file)["B"] == totals


def test_a_reason_under_its_former_code_is_read_under_that_of_today(tmp_path: Path) -> None:
    file = tmp_path / "availability.parquet"
    former = "'MST' as indicator, 'totals_only' as state, 'classification_not_told' as code"
    former += ", '' as variables, '' as reason"
    duckdb.execute(f"copy (select {former}) to '{file}' (format parquet)")
    assert by_indicator(file)["MST"].code == "classification_country_not_given"


def test_a_reason_explains_only_its_own_state() -> None:
    with pytest.raises(ValueError, match="not a reason"):
        Decision("A", "published", "variable_not_asked")


def test_a_register_gives_the_reason_of_the_table_that_lacks_least() -> None:
    register = load_of_kind(REGISTER, "LKA.slbfe")
    decisions = {each.indicator: each for each in decide_flows(register, Partition(register.id, "2022"), {})}
    by_country, by_activity = decisions["MNA_OEMP_SEX_CDS_NB"], decisions["MNA_OEMP_SEX_ECO_NB"]
    assert by_country.code == "not_fed"
    assert "has the breakdowns" in by_country.reason
    assert (by_activity.code, by_activity.reason.count("not broken down")) == ("not_broken_down", 1)


def test_a_register_that_feeds_an_indicator_in_some_waves_only_says_in_which() -> None:
    register = load_of_kind(REGISTER, "SWE.work_permits")
    decisions = {each.indicator: each for each in decide_flows(register, Partition(register.id, "2016"), {})}
    extensions = decisions["REG_PERX_OCU_NB"]
    assert extensions.code == "not_fed"
    assert extensions.reason.endswith("allows it to feed the indicator in some waves only (from 2022)")


@pytest.fixture(scope="module")
def run(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    def once(key: str, indicators: Collection[str]) -> Path:
        partition, folder = Partition.parse(key), tmp_path_factory.mktemp("real")
        source = load_survey(partition.source).of_wave(partition.wave)
        _harmonise(source, partition, mirror, folder)
        estimate(
            source,
            partition,
            folder / "core.parquet",
            folder / "cells.parquet",
            vintage="0" * 12,
            availability=folder / "availability.parquet",
            detail=folder / "detail.parquet",
            indicators=indicators,
        )
        return folder

    return once


@pytest.fixture(scope="module")
def argentina(run: Callable[..., Path]) -> Path:
    return run("ARG.eph|2016-Q3", BY_BIRTH[:2])


@pytest.mark.mirror
def test_argentina_gives_birthplace_in_full_and_citizenship_in_totals(argentina: Path) -> None:
    decisions = by_indicator(argentina / "availability.parquet")
    assert {decisions[name].state for name in BY_BIRTH} == {"published"}
    assert [decisions[name].state for name in BY_CITIZENSHIP] == ["totals_only", "not_produced"]
    assert {decisions[name].variables for name in BY_CITIZENSHIP} == {"citizenship_status"}


@pytest.mark.mirror
def test_brazil_asks_no_birthplace_and_says_so_of_every_table_by_it(run: Callable[..., Path]) -> None:
    decisions = by_indicator(run("BRA.pnadc|2017-Q4", BY_BIRTH[:1]) / "availability.parquet")
    assert [decisions[name].state for name in BY_BIRTH] == ["totals_only", "not_produced", "totals_only"]
    assert {decisions[name].reason for name in BY_BIRTH} == {"Place of birth: the source does not ask it"}


@pytest.mark.mirror
def test_every_country_is_in_the_detail_flagged_by_its_cases_and_adds_up(argentina: Path) -> None:
    cells, detail = (duckdb.read_parquet(str(argentina / f"{name}.parquet")) for name in ("cells", "detail"))
    foreign_born = "indicator = 'MST_FORP_SEX_CBR_NB' and sex = 'SEX_T'"
    named = detail.filter(f"{foreign_born} and not contains('CBR_BRT_TOTAL CBR_BRT_X CBR_BRT_UNKNOWN', classif1)")
    largest = cells.filter(f"{foreign_born} and not contains('CBR_BRT_TOTAL CBR_BRT_X CBR_BRT_UNKNOWN', classif1)")
    assert largest.count("*").fetchall() == [(5,)]
    assert named.count("*").fetchall()[0][0] > 5
    assert largest.project("classif1, obs_value, n").except_(named.project("classif1, obs_value, n")).fetchall() == []
    assert named.filter("obs_status <> case when n < 5 then 'S' when n < 15 then 'U' else '' end").fetchall() == []
    parts, total = "classif1 <> 'CBR_BRT_TOTAL'", "classif1 = 'CBR_BRT_TOTAL'"
    one = "sum(n) as n, round(sum(obs_value), 6) as persons"
    whole = [detail.filter(f"{foreign_born} and {each}").aggregate(one).fetchall() for each in (parts, total)]
    assert whole[0] == whole[1]


@pytest.mark.mirror
def test_sri_lanka_counts_departures_for_work_and_nothing_else(mirror: Path, tmp_path: Path) -> None:
    partition = Partition("LKA.slbfe", "2021")
    register = load_of_kind(REGISTER, partition.source)
    declared = register.waves[partition.wave].files
    files = [RawInput(mirror / str(each.mirror).replace("{wave}", "2021"), each.role) for each in declared]
    harmonise_flows(register, partition, files, tmp_path / "core.parquet", workdir=tmp_path)
    core, cells, availability = (tmp_path / f"{name}.parquet" for name in ("core", "cells", "availability"))
    estimate_flows(register, partition, core, cells, vintage="test", availability=availability)
    decisions = by_indicator(availability)
    by_country, permits = decisions["MNA_OEMP_SEX_CDS_NB"], decisions["REG_PERI_CCT_NB"]
    assert (by_country.state, by_country.variables) == ("totals_only", "sex")
    assert (permits.state, permits.code) == ("not_produced", "other_fact")
    assert "employment_abroad" in permits.reason
    assert decisions["MNA_OEMP_SEX_ECO_NB"].code == "not_broken_down"


def _harmonise(source: Survey, partition: Partition, mirror: Path, folder: Path) -> None:
    files = [
        RawInput(path, file.role)
        for file in source.waves[partition.wave].files
        for path in sorted(mirror.glob(str(file.mirror)))
    ]
    columns = source.wave_columns(partition.wave)
    read_wave(source.read, files, columns, folder / "raw.parquet", where=partition.key, workdir=folder)
    harmonise(source, partition, folder / "raw.parquet", folder / "core.parquet")
