"""One total of an area, period and concept, where two tables of a register give it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from small_register import CODES, COLUMNS, PERMITS, SmallRegister

from expectations.gate import run_gate
from expectations.parameters import GateParameters
from schemas.partition import Partition
from schemas.register import Register

FACTS = {"concept": "employment_abroad", "direction": "out", "unit": "departures"}
REGISTERED = {"constant": "registered"}
COUNTRY = {
    **PERMITS,
    "title": "Departures by country",
    "variables": {"event": REGISTERED, "partner_country": PERMITS["variables"]["citizenship"]},
    "feeds": {"MNA_OEMP_SEX_CDS_NB": "every_wave"},
}
SEX = {
    "title": "Departures by sex",
    "file": "sex.csv",
    "read": {"format": "delimited"},
    "value": {"column": "permits"},
    "variables": {"event": REGISTERED, "sex": {"column": "sex", "map": "sex"}},
}
EDUCATION = {
    **SEX,
    "title": "Departures by education",
    "file": "education.csv",
    "variables": {"event": REGISTERED, "education": {"column": "level", "map": "level"}},
    "feeds": {"MNA_OEMP_SEX_EDU_NB": "every_wave"},
}
BOTH_COLUMNS = COLUMNS + "sex.sex,Sex\nsex.permits,Departures\n"
BOTH_CODES = CODES + "sex,Men,male,\nsex,Women,female,\nlevel,School,3,\nlevel,College,6,\n"
FILES = {
    "permits.csv": "Nationality,Permits\nKuwait,700\nQatar,309\n",
    "sex.csv": "Sex,Departures\nMen,600\nWomen,400\n",
}
REVISED: dict[str, object] = {
    "parts": "permits",
    "whole": "sex",
    "otherwise": "warn",
    "because": "the total was revised downwards",
}


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallRegister:
    return SmallRegister(tmp_path, monkeypatch)


def declared(small: SmallRegister, *agreements: dict[str, object], **changes: Any) -> Register:
    tables = {"permits": COUNTRY, "sex": SEX, **changes.pop("tables", {})}
    columns = BOTH_COLUMNS + changes.pop("columns", "")
    return small.declare(
        columns=columns, codes=BOTH_CODES, facts=FACTS, tables=tables, agreements=list(agreements), **changes
    )


def departures(small: SmallRegister) -> dict[str, float]:
    return small.numbers("MNA_OEMP_SEX_CDS_NB")


def test_the_total_is_that_of_the_whole_and_its_parts_say_that_they_do_not_add_up(small: SmallRegister) -> None:
    small.harmonise(declared(small, REVISED), FILES)
    assert departures(small) == {
        "SEX_T CDS_DES_TOTAL": 1.0,
        "SEX_M CDS_DES_TOTAL": 0.6,
        "SEX_F CDS_DES_TOTAL": 0.4,
        "SEX_T CDS_DES_KWT": 0.7,
        "SEX_T CDS_DES_QAT": 0.309,
    }
    ((note,),) = small.cells("distinct note_classif")
    assert "the parts do not add up to their total, 1,009 and 1,000: the total was revised downwards" in note
    assert "Sex: of the total only; the register's table is not broken down by it" in note


def test_the_gate_lets_parts_pass_that_say_so_and_no_others(small: SmallRegister) -> None:
    register, partition = declared(small, REVISED), Partition("ZZZ.permits", "2024")
    small.harmonise(register, FILES)
    output = small.folder / "quality.parquet"
    gate = GateParameters.of_register(register, partition)
    docs = small.folder / "docs"
    outcome = run_gate("flow_cells", small.folder / "cells.parquet", gate, output=output, data_docs=docs)
    outcome.require()
    assert outcome.warnings == ()


def test_where_the_tables_agree_the_whole_gives_what_only_it_breaks_down(small: SmallRegister) -> None:
    files = {**FILES, "permits.csv": "Nationality,Permits\nKuwait,700\nQatar,300\n"}
    small.harmonise(declared(small, {"parts": "permits", "whole": "sex"}), files)
    assert departures(small)["SEX_F CDS_DES_TOTAL"] == 0.4
    assert "do not add up" not in small.cells("distinct note_classif")[0][0]


def test_without_an_agreement_or_with_one_of_what_both_name_every_table_has_its_own_total(small: SmallRegister) -> None:
    small.harmonise(declared(small), FILES)
    assert departures(small)["SEX_T CDS_DES_TOTAL"] == 1.009
    small.harmonise(declared(small, {**REVISED, "shared": True}), FILES)
    assert departures(small)["SEX_T CDS_DES_TOTAL"] == 1.009


def test_a_whole_with_a_hidden_part_gives_no_total(small: SmallRegister) -> None:
    sex = {**SEX, "value": {"column": "permits", "suppressed": ["*"]}}
    register = declared(small, REVISED, tables={"sex": sex})
    small.harmonise(register, {**FILES, "sex.csv": "Sex,Departures\nMen,600\nWomen,*\n"})
    assert departures(small)["SEX_T CDS_DES_TOTAL"] == 1.009


def test_series_of_one_concept_with_different_totals_say_so(small: SmallRegister) -> None:
    columns = "education.level,Level\neducation.permits,Departures\n"
    register = declared(small, columns=columns, tables={"education": EDUCATION})
    small.harmonise(register, {**FILES, "education.csv": "Level,Departures\nSchool,900\nCollege,100\n"})
    said = "totals of series that count the same differ: 1,009 in MNA_OEMP_SEX_CDS_NB, 1,000 in MNA_OEMP_SEX_EDU_NB"
    assert all(said in note for (note,) in small.cells("note_classif"))
    small.harmonise(register, {**FILES, "education.csv": "Level,Departures\nSchool,909\nCollege,100\n"})
    assert not any("differ" in note for (note,) in small.cells("note_classif"))
