"""Registers that cannot be so are stopped: more than live in a country, all unknown; all of one sex is a warning."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from small_register import CODES, COLUMNS, PERMITS, SmallRegister

from expectations.checks import CheckResult, list_checks
from expectations.parameters import GateParameters, inhabitants_sql
from expectations.run import run_checks
from expectations.suites import load_suite
from schemas.errors import DeclarationError
from schemas.flows import flow_columns
from schemas.partition import Partition
from schemas.world_population import population_near

BY_SEX: dict[str, Any] = {
    **PERMITS,
    "variables": {**PERMITS["variables"], "sex": {"column": "sex", "map": "sex"}},
}
SEXES = CODES + "sex,M,male,\nsex,F,female,\nsex,?,unknown,\n"
PLAUSIBLE = ("breakdown_mostly_known[sex]", "values_known[sex]", "both_sexes", "not_more_than_inhabitants")
IRELAND = 4_000_000
"""Fewer than the persons of 15 years and over who live there in 2024; of Malta there are about half a million."""


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallRegister:
    return SmallRegister(tmp_path, monkeypatch)


def results(small: SmallRegister, *rows: str, area: str = "IRL", **declared: Any) -> list[CheckResult]:
    """The checks of what is plausible on the records of a register of an area; rows are nationality, sex, permits."""
    columns = COLUMNS + "permits.sex,Sex\n"
    register = small.declare(columns=columns, codes=SEXES, tables={"permits": BY_SEX}, **declared)
    small.harmonise(register, {"permits.csv": "\n".join(["Nationality,Sex,Permits", *rows, ""])})
    of_area = register.model_copy(update={"id": f"{area}.permits"})
    parameters = GateParameters.of_register(of_area, Partition(of_area.id, "2024"))
    checks = [each for each in list_checks(load_suite("flows"), parameters) if each.id.startswith(PLAUSIBLE)]
    return run_checks(checks, small.folder / "core.parquet", flow_columns())


def faults(found: list[CheckResult]) -> set[str]:
    """The checks not met, critical ones and warnings."""
    return {each.check.id for each in found if not each.success}


def test_more_permits_than_inhabitants_stop(small: SmallRegister) -> None:
    assert faults(results(small, f"India,M,{IRELAND}", "Brazil,F,500000")) == set()
    assert faults(results(small, f"India,M,{2 * IRELAND}", "Brazil,F,500000")) == {"not_more_than_inhabitants"}


def test_more_citizens_of_a_country_than_live_there_stop(small: SmallRegister) -> None:
    assert faults(results(small, "India,M,500000", "Malta,F,400000")) == set()
    assert faults(results(small, "India,M,500000", "Malta,F,900000")) == {"not_more_than_inhabitants_of_partner"}


def test_of_a_small_island_more_may_live_abroad_than_at_home(small: SmallRegister) -> None:
    home = population_near("NIU", 2024)
    assert home is not None and home.persons < 15_000
    assert faults(results(small, "Niue,M,8000", "Niue,F,7000")) == set()


def test_an_area_without_a_population_at_hand_is_not_compared(small: SmallRegister) -> None:
    found = results(small, "India,M,900000", "Brazil,F,500000", area="ZZZ")
    (check,) = [each.check for each in found if each.check.id == "not_more_than_inhabitants"]
    assert check.not_run == "no population of ZZZ from the United Nations is available"


def test_a_breakdown_that_is_unknown_for_nearly_all_stops_and_for_many_is_a_warning(small: SmallRegister) -> None:
    mostly = results(small, "India,?,9500", "Brazil,F,300", "Brazil,M,200")
    assert faults(mostly) == {"breakdown_mostly_known[sex]", "values_known[sex]"}
    assert faults(results(small, "India,?,5000", "Brazil,F,3000", "Brazil,M,2000")) == {"values_known[sex]"}


def test_a_breakdown_that_is_declared_to_be_unknown_is_no_fault_of_a_column(small: SmallRegister) -> None:
    unknown = {**BY_SEX, "variables": {**BY_SEX["variables"], "sex": {"constant": "unknown"}}}
    register = small.declare(tables={"permits": unknown})
    parameters = GateParameters.of_register(register, Partition("ZZZ.permits", "2024"))
    assert "sex" not in parameters.told
    assert "citizenship" in parameters.told


def test_all_of_one_sex_is_a_warning_where_many_are_counted(small: SmallRegister) -> None:
    assert faults(results(small, "India,M,1500", "Brazil,M,20", "Brazil,F,0")) == {"both_sexes"}
    assert faults(results(small, "India,M,1500", "Brazil,F,20")) == set()
    assert faults(results(small, "India,M,150")) == set()


def test_a_register_widens_a_limit_in_the_waves_where_it_has_a_reason(small: SmallRegister) -> None:
    own = {"inhabitants_of_partner": {"maximum": 3, "waves": ["2024"], "because": "two passports"}}
    rows = ("India,M,500000", "Malta,F,900000")
    assert faults(results(small, *rows, guards={"plausible": own})) == set()
    own["inhabitants_of_partner"]["waves"] = ["2023"]
    with pytest.raises(DeclarationError, match="guards: plausible, inhabitants_of_partner names wave '2023'"):
        results(small, *rows, guards={"plausible": own})


def test_a_limit_of_a_figure_that_does_not_exist_is_refused(small: SmallRegister) -> None:
    with pytest.raises(DeclarationError, match="'inhabitant', which is none of change.*inhabitants"):
        results(small, guards={"plausible": {"inhabitant": {"maximum": 3, "because": "so"}}})


def test_no_population_is_compared_that_is_too_old() -> None:
    assert "|MLT:" in inhabitants_sql(2024)
    assert inhabitants_sql(1950) == "null"
