"""A new source starts from a template that already passes its own check."""

from __future__ import annotations

from pathlib import Path

import pytest

from ilms.authoring.check import check_source
from ilms.authoring.new_source import new_source
from schemas import loader
from schemas.errors import DeclarationError


def test_the_template_is_a_sound_source_with_a_golden_wave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new_source("NRU.lfs", "2024-Q1", tmp_path)
    monkeypatch.setenv("ILMS_SOURCES", str(tmp_path))
    reported = list(check_source("NRU.lfs"))
    assert reported[-1] == "golden wave 2024-Q1: every expected cell is met"


def test_the_template_of_a_register_is_sound_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new_source("NRU.permits", "2024", tmp_path, kind="register")
    monkeypatch.setenv("ILMS_SOURCES", str(tmp_path))
    reported = list(check_source("NRU.permits"))
    assert "1 table(s), which feed REG_PERI_CCT_NB" in reported[1]
    assert reported[-1] == "golden wave 2024: every expected cell is met"


def test_facts_that_the_template_leaves_open_are_reported_by_their_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_source("NRU.permits", "2024", tmp_path, kind="register")
    monkeypatch.setenv("ILMS_SOURCES", str(tmp_path))
    file = tmp_path / "NRU" / "permits" / "source.yaml"
    assert "still to be filled in, marked (!): lines 6, 9 to 12 of source.yaml" in check_source("NRU.permits")
    file.write_text(file.read_text().replace("(!)", ""))
    _forget_sources()
    assert not [line for line in check_source("NRU.permits") if "(!)" in line]


def test_new_sources_are_laid_out_where_sources_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ILMS_SOURCES", str(tmp_path / "kept"))
    (first, *_) = new_source("NRU.permits", "2024", kind="register")
    assert first.is_relative_to(tmp_path / "kept" / "NRU" / "permits")


BY_SEX = """kind: register
title: {en: Workers who left for employment abroad}
producer: Nobody
citation: made up
licence: CC0
landing_page: https://example.org
source_type: FA
cadence: annual
schedule: "0 6 1 * *"
coverage: {complete: true}
facts: {concept: employment_abroad, direction: out, unit: persons}
calendar: {name: {en: year of the Buddhist Era}, ahead: 543}
waves: {"2024": {files: [{name: workers.csv, mirror: workers.csv}]}}
tables:
  workers:
    title: Workers by country and sex
    file: workers.csv
    read: {format: delimited, header_row: 2}
    where: raw.year = '{their_year}'
    totals: [{when: raw.country = 'All countries'}]
    melt: {total: Total}
    value: {melted: true, zero: ["-"], thousands: ","}
    variables:
      event: {constant: registered}
      sex: {header: true, map: sex}
      partner_country: {column: country, country: name}
    feeds: {MNA_OEMP_SEX_CDS_NB: every_wave}
"""
WORKERS = """Workers who left,,,,
Year,Country,Men,Women,Total
2566,Israel,9,1,10
2567,Israel,"1,200",-,"1,200"
2567,South Korea,5,10,15
2567,All countries,"1,205",10,"1,215"
"""


def test_a_stranger_is_led_from_the_template_to_a_register_of_another_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step of somebody who follows README, and what the check says until all is right."""
    monkeypatch.setenv("ILMS_SOURCES", str(tmp_path))
    new_source("NRU.workers", "2024", kind="register")
    folder = tmp_path / "NRU" / "workers"
    golden = folder / "golden" / "2024"

    def write(name: str, text: str, says: str = "") -> None:
        (folder / name).write_text(text, encoding="utf-8")
        if says:
            _forget_sources()
            with pytest.raises(DeclarationError, match=says):
                list(check_source("NRU.workers"))

    write("code_maps.csv", "map,code,value,label\nsex,Men,male,\n")
    write("source.yaml", BY_SEX)
    write(
        "columns.csv", "column,every_wave\nworkers.country,Country\n", says="line 15.*the expression names 'raw.year'"
    )
    columns = "column,every_wave\nworkers.country,Country\nworkers.year,"
    write(
        "columns.csv", columns + "Jahr\n", says="golden wave 2024: no file .*'workers.csv'; its files are permits.csv"
    )
    (golden / "permits.csv").unlink()
    write("golden/2024/workers.csv", WORKERS, says="golden wave 2024: 1 declared column not in the file: 'Jahr'")
    write("columns.csv", columns + "Year\n", says="'Women' .nearest: Men.")
    write(
        "code_maps.csv",
        "map,code,value,label\nsex,Men,male,\nsex,Women,female,\n",
        says="REG_PERI_CCT_NB .* is not given",
    )
    cells = "indicator,sex,classif1,classif2,obs_value,n\nMNA_OEMP_SEX_CDS_NB,SEX_F,CDS_DES_KOR,,0.01,10\n"
    write("golden/2024/cells.csv", cells)
    _forget_sources()
    assert list(check_source("NRU.workers"))[-1] == "golden wave 2024: every expected cell is met"


def _forget_sources() -> None:
    loader._load.cache_clear()


def test_a_kind_without_a_template_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="no template for a 'census'"):
        new_source("NRU.lfs", "2024", tmp_path, kind="census")


def test_nothing_is_ever_overwritten(tmp_path: Path) -> None:
    new_source("NRU.lfs", "2024", tmp_path)
    with pytest.raises(DeclarationError, match="exists already"):
        new_source("NRU.lfs", "2024", tmp_path)


@pytest.mark.parametrize(
    ("source", "wave"), [("../x", "2024"), ("NRU.lfs", "24"), ("xln.lfs", "2024"), ("ABC.lfs", "2024")]
)
def test_a_bad_name_is_refused_before_anything_is_written(tmp_path: Path, source: str, wave: str) -> None:
    with pytest.raises(DeclarationError):
        new_source(source, wave, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_golden_cell_that_is_not_met_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new_source("NRU.bad", "2024", tmp_path)
    cells = tmp_path / "NRU" / "bad" / "golden" / "2024" / "cells.csv"
    cells.write_text(cells.read_text().replace("0.25,2", "0.26,2"))
    monkeypatch.setenv("ILMS_SOURCES", str(tmp_path))
    with pytest.raises(DeclarationError, match="is 0.25 from 2 case"):
        list(check_source("NRU.bad"))


def test_a_golden_cell_without_a_value_says_that_the_number_must_not_exist(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_source("NRU.none", "2024", tmp_path)
    cells = tmp_path / "NRU" / "none" / "golden" / "2024" / "cells.csv"
    monkeypatch.setenv("ILMS_SOURCES", str(tmp_path))
    first = cells.read_text()
    cells.write_text(first + "MST_TEMP_SEX_AGE_CCT_NB,SEX_T,AGE_YTHADULT_YGE15,CCT_CIT_NONCIT,,\n")
    assert list(check_source("NRU.none"))[-1] == "golden wave 2024: every expected cell is met"
    cells.write_text(first.replace("0.25,2", ","))
    with pytest.raises(DeclarationError, match="and must not exist"):
        list(check_source("NRU.none"))
