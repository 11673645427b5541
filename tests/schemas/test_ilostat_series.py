"""The list of ILOSTAT's labour-migration series is the table of contents of October 2024, and ours agree with it."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from schemas.classifications import load_classifications
from schemas.declaration import Text
from schemas.errors import DeclarationError
from schemas.ilostat import load_ilostat_series, series_faults
from schemas.indicators import load_catalogue

REFERENCE = Path("reference") / "ilostat"


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.mirror
def test_every_series_of_the_table_of_contents_is_declared_with_its_title_and_unit(mirror: Path) -> None:
    listed = {row["indicator"]: row for row in rows(mirror / REFERENCE / "ilms_indicators.csv")}
    disseminated = {name: row for name, row in listed.items() if row["toc_2024_n_records"]}
    contents = {row["indicator"]: row for row in rows(mirror / REFERENCE / "table_of_contents_en_20241014.csv")}
    series = load_ilostat_series()
    assert series.keys() == disseminated.keys()
    assert len(series) == 84
    for name, row in disseminated.items():
        declared = series[name]
        assert declared.title_en == row["label_2024_en"] == contents[name]["indicator.label"]
        assert (declared.database, declared.toc_id) == (row["toc_2024_database"], contents[name]["id"])
        if row["unit"]:
            assert (declared.unit_measure, declared.unit_mult) == (row["unit"], int(row["unit_mult"]))
        if row["disseminated_classifications_2019"]:
            assert set(declared.versions) == set(row["disseminated_classifications_2019"].split())
            assert declared.classifications_basis == "listed"


@pytest.mark.mirror
def test_the_decimals_of_rates_are_those_that_ilostat_serves(mirror: Path) -> None:
    served = {row["DECIMALS"] for row in rows(mirror / REFERENCE / "sample_une_by_citizenship.csv")}
    assert served == {str(load_ilostat_series()["MST_TUNE_SEX_AGE_CCT_RT"].decimals)}


def test_units_are_what_titles_say() -> None:
    for series in load_ilostat_series().values():
        if "(thousands)" in series.title_en or series.indicator.startswith(("MFL", "MNA")):
            assert (series.unit_measure, series.unit_mult) == ("PS", 3), series.indicator
        if "(%)" in series.title_en:
            assert (series.unit_measure, series.unit_mult, series.decimals) == ("PT", 0, 1), series.indicator


def test_surveys_publish_no_version_that_ilostat_does_not_have() -> None:
    classifications = load_classifications()
    for name, indicator in load_catalogue().indicators.items():
        if series := load_ilostat_series().get(name):
            own = {version for each in indicator.dimensions for version in classifications[each].versions}
            assert own <= set(series.versions), name


def test_an_indicator_that_differs_from_the_series_of_its_id_says_how() -> None:
    same: dict[str, Any] = {"unit_measure": "PS", "unit_mult": 3, "decimals": 1, "types": {"SEX", "AGE", "CBR"}}
    title = "Employment by sex, age and place of birth (thousands)"
    name = "MST_TEMP_SEX_AGE_CBR_NB"
    assert list(series_faults(name, title=Text(en=title), **same)) == []
    wrong: dict[str, Any] = {"unit_measure": "PT", "unit_mult": 0, "decimals": 3, "types": {"SEX", "AGE"}}
    faults = list(series_faults(name, title=Text(en="Employment"), **wrong))
    assert [fault.split(": ")[1].split(" ")[:2] for fault in faults] == [
        ["its", "title"],
        ["its", "unit"],
        ["it", "has"],
        ["it", "is"],
    ]
    assert list(series_faults("REG_PERF_OCU_NB", title=Text(en="of registers"), **wrong)) == []


def test_a_series_that_occurs_twice_is_a_fault_with_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from schemas import ilostat

    lines = ilostat.ILOSTAT_SERIES_FILE.read_text(encoding="utf-8").splitlines()
    (tmp_path / "twice.csv").write_text("\n".join([*lines[:3], lines[2]]), encoding="utf-8")
    monkeypatch.setattr(ilostat, "ILOSTAT_SERIES_FILE", tmp_path / "twice.csv")
    with pytest.raises(DeclarationError, match="line 4"):
        load_ilostat_series.__wrapped__()
