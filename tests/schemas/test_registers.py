"""Declarations of registers: what may feed which indicator, and every fault with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_register import CODES, COLUMNS, PERMITS, SmallRegister, table

from ilms.authoring.golden import GoldenWave, golden_faults, golden_waves
from schemas.errors import DeclarationError
from schemas.flows import breakdowns, load_flow_variables
from schemas.loader import list_of_kind, list_runnable, list_surveys, load_of_kind, load_survey
from schemas.register_faults import REGISTER
from schemas.register_indicators import load_register_catalogue


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallRegister:
    return SmallRegister(tmp_path, monkeypatch)


@pytest.mark.parametrize("register", list_of_kind(REGISTER))
def test_declared_registers_load(register: str) -> None:
    loaded = load_of_kind(REGISTER, register)
    assert loaded.kind == "register"
    fed = {
        indicator
        for wave in loaded.waves
        for each in loaded.wave_tables(wave).values()
        for indicator in each.feeds_in(wave)
    }
    assert fed, "a register that feeds no indicator publishes nothing"


def test_surveys_and_registers_run_and_are_distinguished() -> None:
    assert "LKA.slbfe" in list_of_kind(REGISTER)
    assert "LKA.slbfe" not in list_surveys()
    assert {"LKA.slbfe", "ZZZ.synthetic"} <= set(list_runnable())
    with pytest.raises(DeclarationError, match="LKA.slbfe is not a survey"):
        load_survey("LKA.slbfe")


def test_a_register_stands_in_the_folder_of_an_area_that_exists(small: SmallRegister) -> None:
    small.declare()
    (small.folder / "sources" / "ZZZ").rename(small.folder / "sources" / "ABC")
    with pytest.raises(DeclarationError, match="the folder's 'ABC' is not an area of CL_AREA"):
        load_of_kind(REGISTER, "ABC.permits")


def test_settlers_never_feed_the_outflow_for_employment(small: SmallRegister) -> None:
    variables = {"event": {"constant": "registered"}, "partner_country": PERMITS["variables"]["citizenship"]}
    facts = {"concept": "permanent_emigration", "direction": "out", "unit": "persons"}
    small.declare(facts=facts, tables=table(variables=variables, feeds={"MNA_OPOP_SEX_CDS_NB": "every_wave"}))
    with pytest.raises(DeclarationError) as refused:
        small.declare(facts=facts, tables=table(variables=variables, feeds={"MNA_OEMP_SEX_CDS_NB": "every_wave"}))
    assert "counts only concept employment_abroad, and this table's concept is 'permanent_emigration'" in str(
        refused.value
    )
    assert "line 23: table 'permits': feeds MNA_OEMP_SEX_CDS_NB" in str(refused.value)


@pytest.mark.parametrize("unit", ["permits", "visas", "positions", "applications"])
def test_permits_are_never_called_persons(small: SmallRegister, unit: str) -> None:
    facts = {"concept": "immigration", "direction": "in", "unit": unit}
    variables = {**PERMITS["variables"], "event": {"constant": "registered"}}
    with pytest.raises(DeclarationError, match=f"counts only unit persons, and this table's unit is '{unit}'"):
        small.declare(facts=facts, tables=table(variables=variables, feeds={"MFL_NCIT_SEX_CCT_NB": "every_wave"}))


def test_an_indicator_by_a_breakdown_that_the_table_lacks_is_refused(small: SmallRegister) -> None:
    with pytest.raises(DeclarationError, match="it is by activity_isic4, and this table is not broken down by it"):
        small.declare(tables=table(feeds={"REG_PERI_ECO_NB": "every_wave"}))


def test_two_tables_never_feed_one_indicator(small: SmallRegister) -> None:
    columns = COLUMNS + "again.nationality,Nationality\nagain.permits,Permits\n"
    with pytest.raises(DeclarationError, match="REG_PERI_CCT_NB is fed by several tables in wave 2024: permits, again"):
        small.declare(columns=columns, tables={"permits": PERMITS, "again": PERMITS})


SEX_AS_IT_STANDS = {**PERMITS["variables"], "sex": {"column": "nationality"}}
SEX_IN_OTHER_WORDS = {**PERMITS["variables"], "sex": {"constant": "men"}}
NO_BREAKDOWN = {**PERMITS["variables"], "profession": {"column": "nationality"}}


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        (
            {"facts": {"concept": "permanent_emigrations"}},
            r"concept is 'permanent_emigrations', which is not one of .* \(nearest: permanent_emigration,",
        ),
        ({"value": {"column": "granted"}}, r"column 'permits.granted' is not in columns.csv"),
        ({"variables": NO_BREAKDOWN}, "'profession': it is not a breakdown"),
        ({"variables": SEX_AS_IT_STANDS}, "a category taken from a column or a header needs a `map`"),
        ({"variables": SEX_IN_OTHER_WORDS}, "it can be 'men', which is not one of male, female"),
        ({"totals": [{"when": "raw.kind = 'Total'"}]}, "names 'raw.kind'"),
        ({"feeds": {"REG_PERI_CCT_NB": ["2023"]}}, "in wave '2023', which the table does not cover"),
        ({"feeds": {"REG_NOPE_NB": "every_wave"}}, "there is no such indicator"),
        ({"once": {"by": ["nationality"], "because": "twice"}}, "say which row is the primary one"),
        ({"melt": {}}, "has `value: {melted: true}`"),
    ],
)  # fmt: skip
def test_faults_are_named(small: SmallRegister, changes: dict[str, object], fault: str) -> None:
    with pytest.raises(DeclarationError, match=fault):
        small.declare(tables=table(**changes))


def test_an_agreement_that_only_warns_says_why(small: SmallRegister) -> None:
    agreement = {"parts": "permits", "whole": "permits", "otherwise": "warn"}
    with pytest.raises(DeclarationError, match="says in `because` why it cannot hold"):
        small.declare(agreements=[agreement])


def test_a_map_gives_only_canonical_values(small: SmallRegister) -> None:
    with pytest.raises(DeclarationError, match="'Elsewhere' means 'somewhere'"):
        small.declare(codes=CODES.replace("other", "somewhere"))


def test_every_value_of_a_flow_variable_has_a_code_in_its_classification() -> None:
    catalogue = load_register_catalogue()
    for name, classification in catalogue.classifications.items():
        variable = load_flow_variables()[classification.variable]
        for value in variable.values:
            assert classification.code(value), f"{name}: {value}"


def test_indicators_of_registers_name_their_unit() -> None:
    catalogue = load_register_catalogue()
    for name, indicator in catalogue.indicators.items():
        counts_people = set(indicator.units) <= {"persons", "departures"}
        assert (indicator.unit_measure == "PS") == counts_people, name
        assert (name.split("_")[0] in ("MNA", "MFL")) <= counts_people, f"{name} is ILOSTAT's and counts people"
        assert all((indicator.title.en, indicator.title.fr, indicator.title.es)), name


def test_breakdowns_say_when_they_are_not_made() -> None:
    for name in breakdowns():
        allowed = load_flow_variables()[name].allowed
        assert allowed is None or "all" in allowed, name


@pytest.mark.parametrize("wave", [wave for source in list_of_kind(REGISTER) for wave in golden_waves(source)], ids=str)
def test_golden_waves_of_registers_are_met(wave: GoldenWave) -> None:
    assert golden_faults(load_of_kind(REGISTER, wave.partition.source), wave) == []


@pytest.mark.parametrize("register", list_of_kind(REGISTER))
def test_every_register_has_a_golden_wave_of_made_up_tables(register: str) -> None:
    """Among them are workbooks, whose golden tables are written as text."""
    assert golden_waves(register), f"add schemas/sources/{register.replace('.', '/')}/golden/<wave>/"
