"""The gate on registers: sound flow records and numbers pass; each fault below stops the partition by its name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
from small_register import CODES, PERMITS, SmallRegister

from expectations.gate import GateParameters, run_gate
from expectations.suites import SuiteName
from schemas.partition import Partition

PARTITION = Partition("ZZZ.permits", "2024")
CONTENT = "Nationality,Permits\nIndia,10\nBrazil,5\nElsewhere,2\n"


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallRegister:
    return SmallRegister(tmp_path, monkeypatch)


def failures(
    small: SmallRegister, suite: SuiteName, file: str, change: str = "*", *, content: str = CONTENT, **declared: Any
) -> set[str]:
    """The critical expectations that a table does not meet once its columns are changed."""
    register = small.declare(**declared)
    small.harmonise(register, {"permits.csv": content})
    table = small.folder / "changed.parquet"
    duckdb.sql(f"copy (select {change} from read_parquet('{small.folder / file}')) to '{table}' (format parquet)")
    parameters = GateParameters.of_register(register, PARTITION)
    outcome = run_gate(suite, table, parameters, output=small.folder / "quality.parquet", data_docs=None)
    return {failure[1 : failure.index("] Expected")] for failure in outcome.critical_failures}


def test_sound_records_and_numbers_pass(small: SmallRegister) -> None:
    assert failures(small, "flows", "core.parquet") == set()
    assert failures(small, "flow_cells", "cells.parquet") == set()


def test_numbers_that_the_producer_hides_or_that_are_confidential_pass(small: SmallRegister) -> None:
    hiding = {**PERMITS, "value": {"column": "permits", "suppressed": ["*"]}}
    content = CONTENT.replace("Brazil,5", "Brazil,*")
    assert failures(small, "flow_cells", "cells.parquet", content=content, tables={"permits": hiding}) == set()
    assert small.numbers("REG_PERI_CCT_NB") == {"CCT_CTZ_IND": 10, "CCT_CTZ_X": 2}

    hidden = "classif1 = 'CCT_CTZ_TOTAL' or classif1 = 'CCT_CTZ_BRA'"
    withheld = f"if({hidden}, 'C', obs_status) as obs_status, if({hidden}, null, n) as n"
    without_value = f"* replace ({withheld}, if({hidden}, null, obs_value) as obs_value)"
    assert failures(small, "flow_cells", "cells.parquet", without_value) == set()
    assert failures(small, "flow_cells", "cells.parquet", f"* replace ({withheld})") == {"confidential_empty"}


def test_activities_outside_agriculture_stand_beside_industry_and_services(small: SmallRegister) -> None:
    by_sector = {
        **PERMITS,
        "variables": {"event": {"constant": "issued"}, "activity_isic4": {"column": "nationality", "map": "section"}},
        "feeds": {"REG_PERI_ECO_NB": "every_wave"},
    }
    declared: dict[str, Any] = {
        "content": "Nationality,Permits\nFarms,10\nBuilding,5\nHospitals,2\n",
        "codes": CODES + "section,Farms,A,\nsection,Building,F,\nsection,Hospitals,Q,\n",
        "tables": {"permits": by_sector},
    }
    assert failures(small, "flow_cells", "cells.parquet", **declared) == set()
    numbers = small.numbers("REG_PERI_ECO_NB")
    assert numbers["ECO_SECTOR_NAG"] == numbers["ECO_SECTOR_IND"] + numbers["ECO_SECTOR_SER"] == 7
    wrong = "* replace (if(classif1 = 'ECO_SECTOR_SER', 9, n) as n)"
    assert "first_classification_adds_up" in failures(small, "flow_cells", "cells.parquet", wrong, **declared)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("* replace ('persons' as unit)", "permits_are_not_persons"),
        ("* replace ('permanent_emigration' as concept)", "settlers_are_not_deployed"),
        ("* replace (null::double as value)", "value_usable"),
        ("* replace ('2023' as period)", "own_partition"),
        ("* replace (if(citizenship = 'IND', 'all', citizenship) as citizenship)", "broken_down_or_not[citizenship]"),
        ("* replace ('Nowhere' as citizenship)", "country_allowed[citizenship]"),
        ("* replace (if(citizenship = 'IND', 'visas', unit) as unit)", "one_fact_a_table"),
        ("*, 'Acme Ltd' as employer", "columns_present"),
    ],
)
def test_a_fault_in_the_records_is_found(small: SmallRegister, change: str, fault: str) -> None:
    assert fault in failures(small, "flows", "core.parquet", change)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("* replace (0.1::double as se)", "no_standard_error"),
        ("* replace ('' as note_indicator)", "unit_said"),
        ("* replace ('B' as obs_status)", "status_explained"),
        ("* replace (-obs_value as obs_value)", "value_usable"),
        ("* replace (if(classif1 = 'CCT_CTZ_TOTAL', 9, n) as n)", "first_classification_adds_up"),
        ("* replace ('REG_PERI_ECO_NB' as indicator)", "codes_belong_to_indicator"),
    ],
)
def test_a_fault_in_the_numbers_is_found(small: SmallRegister, change: str, fault: str) -> None:
    assert fault in failures(small, "flow_cells", "cells.parquet", change)
