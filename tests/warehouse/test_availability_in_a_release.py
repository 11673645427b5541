"""The matrix of indicator, source and wave: every cell of it has a state, and a reason unless it is published."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from lxml import etree
from release_example import (
    candidate,
    cell,
    code_rows,
    example,
    indicator_row,
    inputs,
    source_row,
    uruguay,
    write_rows,
)

from schemas.errors import PublishError
from schemas.partition import Partition
from schemas.tables import OBSERVATION
from warehouse.layout import Layout
from warehouse.release.availability_matrix import Availability, read_availability
from warehouse.release.availability_page import availability_page
from warehouse.release.build import publish
from warehouse.release.database import open_release
from warehouse.release.inputs import ReleaseInputs
from warehouse.release.manifest import Counts

ECH = Partition("URY.ech", "2018")
EMPTY = dict.fromkeys(
    ("obs_value", "n", "distinct_persons", "se", "cv", "lower_bound", "upper_bound", "degrees_of_freedom")
)


def published(folder: Path, to_publish: ReleaseInputs) -> Path:
    return publish(Layout(folder / "home"), to_publish).folder


def ask(folder: Path, query: str) -> list[tuple[Any, ...]]:
    with open_release(folder) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("availability")
    return published(home, example(home / "inputs"))


def test_every_indicator_has_a_state_in_every_wave_of_every_source(folder: Path) -> None:
    assert ask(folder, "select count(*), count(distinct (source, wave)) from availability") == [(16, 4)]
    assert ask(folder, "select count(*) from availability where (reason_code = '') <> (state = 'published')") == [(0,)]
    brazil = ask(folder, "select indicator, state, reason_code, cells from availability where source = 'BRA.pnadc'")
    assert brazil == [
        ("MST_TEAP_SEX_AGE_CBR_RT", "published", "", 1),
        ("MST_TEAP_SEX_AGE_CCT_RT", "not_produced", "no_number", 0),
        ("MST_TEMP_SEX_AGE_CBR_NB", "published", "", 1),
        ("MST_TUNE_SEX_AGE_CBR_RT", "not_produced", "no_number", 0),
    ]


def test_an_indicator_of_a_failed_wave_carries_the_reason_of_the_wave(folder: Path) -> None:
    found = ask(
        folder, "select distinct outcome, reason_label, explanation from what_is_available where wave = '2016-Q3'"
    )
    assert found == [("not_produced", "The wave failed", "7 weights are not positive")]


def test_the_release_holds_the_matrix_as_parquet_and_as_text(folder: Path) -> None:
    rows = duckdb.execute(f"select indicator, source, wave, state from '{folder}/availability.parquet'").fetchall()
    assert rows == ask(folder, "select indicator, source, wave, state from availability")
    with (folder / "availability.csv").open(encoding="utf-8", newline="") as stream:
        text = list(csv.DictReader(stream))
    assert len(text) == len(rows)
    assert text[0]["indicator_title"] and text[0]["source_id"] == rows[0][1]


def test_the_page_shows_every_indicator_and_source_with_reasons_and_needs_no_other_file(folder: Path) -> None:
    page: Any = etree.HTML((folder / "availability.html").read_text(encoding="utf-8"))
    assert page.xpath("//thead//th/text()") == ["indicator", "ARG.eph", "BRA.pnadc", "URY.ech", "ZZZ.synthetic"]
    (row,) = page.xpath("//tr[starts-with(th/text(), 'MST_TEMP_SEX_AGE_CBR_NB')]")
    assert row.xpath("td//summary/text()") == ["x", "P", "P", "-"]
    assert row.xpath("td[1]//p/text()") == ["2016-Q3: not produced. 7 weights are not positive"]
    assert page.xpath("//script | //link | //img") == []


def test_what_a_declaration_says_cannot_break_the_page() -> None:
    wave = Availability(
        "MST_A", "<b>", "ZZZ.a", "2024", "not_produced", "declared_without", "", "a < b & <script>", 0, 0
    )
    page: Any = etree.HTML(availability_page([wave]))
    assert page.xpath("//td//p/text()") == ["2024: not produced. a < b & <script>"]
    assert page.xpath("//script | //tbody//b") == []


def test_readers_who_know_the_earlier_names_go_on_working(folder: Path) -> None:
    views = {
        "coverage": "availability",
        "coverage_reason": "availability_reason",
        "what_is_covered": "what_is_available",
        "coverage_of_indicators": "availability_of_indicators",
    }
    for earlier, name in views.items():
        rows = ask(folder, f"from {name} order by all")
        assert rows and ask(folder, f"from {earlier} order by all") == rows
    for suffix in ("html", "csv", "parquet"):
        assert (folder / f"coverage.{suffix}").read_bytes() == (folder / f"availability.{suffix}").read_bytes()


def test_a_release_that_has_only_the_earlier_names_is_still_read(folder: Path, tmp_path: Path) -> None:
    earlier = tmp_path / "earlier.duckdb"
    with duckdb.connect(earlier) as connection:
        connection.execute(f"attach '{folder}/warehouse.duckdb' as release (read_only)")
        connection.execute("create table what_is_covered as from release.what_is_available")
        connection.execute("detach release")
        found = read_availability(connection, source="BRA.pnadc")
    with open_release(folder) as connection:
        assert found == read_availability(connection, source="BRA.pnadc")
    assert len(found) == 4

    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    counts = manifest["counts"]
    counts["coverage"] = counts.pop("availability")
    assert Counts.model_validate(counts).availability == {"not_produced": 10, "published": 6}


def test_availability_of_indicators_counts_waves_by_outcome(folder: Path) -> None:
    query = """select published, protected, totals_only, not_produced, given_by from availability_of_indicators
        where indicator = 'MST_TEMP_SEX_AGE_CBR_NB'"""
    assert ask(folder, query) == [(2, 0, 0, 2, "BRA.pnadc, URY.ech")]


def test_withheld_numbers_make_an_indicator_protected_and_are_counted(tmp_path: Path) -> None:
    rows = uruguay()
    rows[2] |= EMPTY | {"obs_status": "C"}
    folder = published(tmp_path, inputs([candidate(tmp_path, rows)]))
    query = "select state, reason_code, reason, cells, withheld from availability where indicator like '%TEAP%CBR%'"
    assert ask(folder, query) == [("protected", "numbers_withheld", "1 of 3 numbers are withheld", 3, 1)]


def test_what_is_decided_to_be_in_totals_only_stays_so(tmp_path: Path) -> None:
    to_publish = inputs([candidate(tmp_path, uruguay())])
    said = {"state": "totals_only", "reason_code": "classification_not_asked", "variables": "birth_status"}
    rows = [{**row, **said} if "TUNE" in str(row["indicator"]) else row for row in to_publish.availability]
    folder = published(tmp_path, inputs([candidate(tmp_path, uruguay())], availability=rows))
    found = ask(folder, "select state, variables, cells from availability where indicator like '%TUNE%'")
    assert found == [("totals_only", "birth_status", 2)]


def test_a_number_that_was_decided_not_to_be_produced_stops_the_release(tmp_path: Path) -> None:
    to_publish = inputs([candidate(tmp_path, uruguay())])
    rows = [{**row, "state": "not_produced", "reason_code": "declared_without"} for row in to_publish.availability]
    with pytest.raises(PublishError, match="MST_TEAP_SEX_AGE_CBR_RT URY.ech 2018"):
        publish(Layout(tmp_path / "home"), inputs([candidate(tmp_path, uruguay())], availability=rows))


def test_every_country_of_a_survey_stands_in_the_detail(tmp_path: Path) -> None:
    countries = [("CBR_BRT_ARG", 3.0, 40), ("CBR_BRT_BRA", 1.0, 9), ("CBR_BRT_FRA", 0.1, 1)]
    rows = [cell(ECH, "MST_FORP_SEX_CBR_NB", "", value, n, classif1=code) for code, value, n in countries]
    detail = write_rows(tmp_path / "detail.parquet", OBSERVATION, rows)
    folder = published(tmp_path, inputs([candidate(tmp_path, uruguay(), detail=detail)]))
    assert ask(folder, "select classif1, n, obs_status from observation_detail") == [
        ("CBR_BRT_ARG", 40, ""),
        ("CBR_BRT_BRA", 9, "U"),
        ("CBR_BRT_FRA", 1, "S"),
    ]


@pytest.fixture(scope="module")
def departures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register of departures to six countries; of women those to one are withheld, of men those to four not given."""
    folder, permits = tmp_path_factory.mktemp("departures"), Partition("URY.permits", "2018")
    values = {"TOTAL": 29.5, "ARG": 7.0, "BOL": 6.0, "BRA": 5.0, "CHL": 4.0, "ESP": 3.0, "FRA": 2.5, "X": 2.0}

    def row(code: str, value: float, sex: str, **other: Any) -> dict[str, Any]:
        codes = {"classif1": f"CDS_DES_{code}", "sex": sex}
        return cell(permits, "MNA_OEMP_SEX_CDS_NB", "", value, round(1000 * value), **codes) | other

    rows = [row(code, value, "SEX_T") for code, value in values.items()]
    five = ("BOL", "BRA", "CHL", "ESP")
    rows += [row("TOTAL", 10.0, "SEX_F"), *(row(code, 1.0, "SEX_F") for code in five)]
    rows += [row("ARG", 0.0, "SEX_F", **EMPTY, obs_status="C"), row("TOTAL", 19.5, "SEX_M"), row("ARG", 7.0, "SEX_M")]
    measure = {"indicator": "MNA_OEMP_SEX_CDS_NB", "title_en": "Outflow", "measure": "count", "classif1": "CDS"}
    named = indicator_row("MST_TEMP_SEX_AGE_CBR_NB") | measure | {"classif2": None}
    label = {"codelist": "CL_CDS", "label_en": "a", "label_fr": "b", "label_es": "c", "is_total": False, "sort": 1}
    codes = [{**label, "code": "CDS_DES", "parent": None}]
    codes += [{**label, "code": f"CDS_DES_{code}", "parent": "CDS_DES"} for code in values]
    register = source_row("URY.permits") | {"kind": "register"}
    made = {"sources": [register], "indicators": [named], "codes": [*code_rows(), *codes], "availability": ()}
    return published(folder, inputs([candidate(folder, rows)], **made))


def test_a_registers_numbers_name_every_country_and_are_detail_too(departures: Path) -> None:
    every = ask(departures, "select classif1, sex, obs_value from observation order by all")
    assert len(every) == 16
    assert ask(departures, "select classif1, sex, obs_value from observation_detail order by all") == every


def test_ilostats_form_of_a_register_is_the_total_the_five_largest_and_all_others(departures: Path) -> None:
    query = "select classif1, obs_value from five_largest_countries where sex_code = 'SEX_T'"
    assert ask(departures, query) == [
        ("CDS_DES_TOTAL", 29.5),
        ("CDS_DES_ARG", 7.0),
        ("CDS_DES_BOL", 6.0),
        ("CDS_DES_BRA", 5.0),
        ("CDS_DES_CHL", 4.0),
        ("CDS_DES_ESP", 3.0),
        ("CDS_DES_X", 4.5),
    ]


def test_every_number_of_ilostats_form_says_what_it_rests_on(departures: Path) -> None:
    query = """
        select classif1_label, n, se, status, unit, synthetic, note_indicator
        from five_largest_countries where sex_code = 'SEX_T' and classif1 in ('CDS_DES_TOTAL', 'CDS_DES_X')
    """
    rest = ("Normal value", "thousands", False, "Labour force concept: 19th ICLS")
    assert ask(departures, query) == [("a: a", 29_500, 2.95, *rest), ("a: a", 4_500, None, *rest)]


@pytest.mark.parametrize("sex", ["SEX_F", "SEX_M"])
def test_others_are_not_given_where_one_of_the_five_is_withheld(departures: Path, sex: str) -> None:
    query = f"select obs_value from five_largest_countries where sex_code = '{sex}' and classif1 = 'CDS_DES_X'"
    assert ask(departures, query) == [(None,)]


def test_older_and_newer_ids_lead_to_each_other(folder: Path) -> None:
    newer = ask(folder, "select indicator, relations from other_names where series = 'MST_TEMP_SEX_CBR_ECO_DT'")
    assert newer == [
        ("MST_TEMP_SEX_ECO_CBR_NB", ["computed_from"]),
        ("EMP_TEMP_SEX_ECO_CBR_NB", ["computed_from", "exact"]),
    ]
    older = ask(folder, "select indicator, direction from other_names where series = 'UNE_DEAP_SEX_EDU_CBR_RT'")
    assert older == [("MST_TUNE_SEX_EDU_CBR_RT", "older")]


def test_statuses_are_mapped_both_ways_by_a_table(folder: Path) -> None:
    query = "select sdmx from obs_status_map where to_sdmx and ilo = 'S'"
    assert ask(folder, query) == [("N",)]
    assert ask(folder, "select ilo from obs_status_map where to_ilo and sdmx = 'S'") == [("",)]


def test_ilostats_whole_list_is_in_the_release(folder: Path) -> None:
    assert ask(folder, "select count(*) from ilostat_series") == [(84,)]
