"""SDMX-CSV, SDMX-ML and JSON-stat: every observation of a service's answer once, none lost."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
import sdmx
from read_waves import Refused, Wave
from sdmx.message import DataMessage
from service_messages import FLAT, GENERIC, NO_RESULTS, PERMITS, SDMX_CSV, SDMX_CSV_2, STRUCTURE_SPECIFIC, dumped

from schemas.statuses import status_in_ilo

KEY = ["REF_AREA", "TIME_PERIOD", "OBS_VALUE", "OBS_STATUS", "SOURCE"]
CELLS = ["Medborgarskap", "Kon", "Tid", "value", "status"]


def rows(wave: Wave, content: str | bytes, names: list[str], format: str) -> list[tuple[Any, ...]]:
    given = content.encode() if isinstance(content, str) else content
    return [record[:-2] for record in wave({"answer": given}, names, format=format)]


def test_sdmx_csv_gives_its_columns_as_they_are(wave: Wave) -> None:
    assert rows(wave, SDMX_CSV, KEY, "sdmx_csv") == [
        ("AUT", "2022", "9.1", None, 'LFS "EU" - Enquête sur l\'emploi'),
        ("AUT", "2023", "10.25", "B", "LFS"),
        ("ALB", "2023", None, "U", "LFS"),
    ]


def test_sdmx_csv_2_and_eurostats_small_letters_are_read_too(wave: Wave) -> None:
    assert rows(wave, SDMX_CSV_2, ["geo", "OBS_VALUE", "OBS_FLAG"], "sdmx_csv") == [
        ("AT", "12.5", "bu"),
        ("BE", "7", None),
    ]


def test_structure_specific_and_generic_messages_say_the_same(wave: Wave) -> None:
    observations = [("AUT", "2022", "9.1", None, "LFS"), ("AUT", "2023", "10.25", "B", "LFS")]
    assert rows(wave, GENERIC, KEY, "sdmx_ml") == observations
    # What is said of a group of series is said of each; NaN is no value.
    assert rows(wave, STRUCTURE_SPECIFIC, KEY, "sdmx_ml") == [*observations, ("ALB", "2023", None, "U", None)]


def test_observations_that_stand_alone_are_read_by_their_own_key(wave: Wave) -> None:
    assert rows(wave, FLAT, ["TIME_PERIOD", "REF_AREA", "OBS_VALUE"], "sdmx_ml") == [("2022", "AUT", "9.1")]


@pytest.mark.parametrize("message", [GENERIC, FLAT, re.sub("<Group[^>]*>", "", STRUCTURE_SPECIFIC)])
def test_another_reader_of_sdmx_finds_the_same_observations(wave: Wave, message: str) -> None:
    """The package sdmx1, which takes groups only with their data structure, and NaN as a text."""
    read = sdmx.read_sdmx(io.BytesIO(message.encode()))
    assert isinstance(read, DataMessage)
    (data,) = read.data
    theirs = [(each.key["REF_AREA"].value, each.key["TIME_PERIOD"].value, each.value) for each in data.obs]
    ours = rows(wave, message, KEY[:3], "sdmx_ml")
    assert [(*key, value or "NaN") for *key, value in ours] == theirs


def test_remarks_within_a_message_are_no_observations(wave: Wave) -> None:
    remark = "<!-- revised -->"
    for name, message in (("Series", GENERIC), ("Series", STRUCTURE_SPECIFIC), ("Attributes", GENERIC)):
        with_remarks = re.sub(f"(<(gen:)?{name}[^>K]*>)", rf"\1{remark}", message)
        assert remark in with_remarks
        assert rows(wave, with_remarks, KEY, "sdmx_ml") == rows(wave, message, KEY, "sdmx_ml")


@pytest.mark.parametrize(
    "format, twice, key",
    [
        ("sdmx_csv", SDMX_CSV + SDMX_CSV.splitlines()[2].replace("10.25", "11") + "\n", "AUT.A.UNE_RT.SEX_T"),
        ("sdmx_ml", GENERIC.replace('value="2023"', 'value="2022"'), "AUT.SEX_T.2022"),
        ("sdmx_ml", STRUCTURE_SPECIFIC.replace('"2022" OBS_VALUE="9.1"', '"2023" OBS_VALUE="9" OBS_STATUS="B"'), "AUT"),
    ],
)
def test_a_key_that_comes_twice_is_named_and_neither_value_is_taken(
    refused: Refused, format: str, twice: str, key: str
) -> None:
    error = refused({"answer": twice.encode()}, ["REF_AREA"], format=format)
    assert "1 key with more than one observation" in error.what and key in error.what


def test_rows_that_delete_observations_are_not_read_as_observations(refused: Refused) -> None:
    error = refused({"a.csv": SDMX_CSV_2.replace(",I,A,T,BE", ",D,A,T,BE").encode()}, ["geo"], format="sdmx_csv")
    assert "1 row with action D" in error.what


def test_plain_text_is_not_taken_for_sdmx_csv(refused: Refused) -> None:
    assert "OBS_VALUE" in refused({"a.csv": b"geo,value\nAT,1\n"}, ["geo"], format="sdmx_csv").what


def test_an_error_message_is_quoted_and_a_message_cut_off_is_refused(refused: Refused) -> None:
    said = refused({"answer": NO_RESULTS.encode()}, ["REF_AREA"], format="sdmx_ml")
    assert "'Error'" in said.what and "No data is found" in said.what
    cut = refused({"answer": GENERIC[:-60].encode()}, ["REF_AREA"], format="sdmx_ml")
    assert "incomplete" in cut.what


def test_a_component_that_no_observation_has_is_named(refused: Refused) -> None:
    assert "'AGE'" in refused({"answer": GENERIC.encode()}, ["AGE"], format="sdmx_ml").what


@pytest.mark.mirror
@pytest.mark.parametrize(
    "name, records",
    [
        ("employment_by_citizenship", 2_841),
        ("population_by_sex_age_labour_status_foreigners", 3_258),
        ("unemployment_by_citizenship", 5_719),
        ("unemployment_by_citizenship_quarter_data", 9_328),
    ],
)
def test_eurostats_own_files_are_read_whole(wave: Wave, mirror: Path, name: str, records: int) -> None:
    content = (mirror / f"benchmarks/eurostat/{name}.csv").read_bytes()
    found = rows(wave, content, ["geo", "TIME_PERIOD", "OBS_VALUE", "OBS_FLAG"], "sdmx_csv")
    assert len(found) == records
    assert {status_in_ilo(flags or "", "eurostat") for *_, flags in found} <= {"", "B", "U", "C", "E", "P", "X"}


# JSON-stat


PERMITS_AS_ROWS = [("IND", "1", "2025", "120", None), ("IND", "2", "2025", "80.5", None)]


def test_a_dense_cube_becomes_a_row_for_each_cell_that_says_something(wave: Wave) -> None:
    assert rows(wave, dumped(PERMITS), CELLS, "json_stat") == [
        *PERMITS_AS_ROWS,
        ("SYR", "1", "2025", None, ".."),
        ("SYR", "2", "2025", "3", "p"),
    ]
    without = {name: each for name, each in PERMITS.items() if name != "status"}
    assert len(rows(wave, dumped(without), CELLS, "json_stat")) == 3


def test_a_sparse_cube_is_the_same_table(wave: Wave) -> None:
    sparse = PERMITS | {"value": {"0": 120, "1": 80.5, "3": 3}, "status": [None, None, "..", "p"]}
    assert rows(wave, dumped(sparse), CELLS, "json_stat") == rows(wave, dumped(PERMITS), CELLS, "json_stat")


def test_one_status_is_that_of_every_value(wave: Wave) -> None:
    provisional = PERMITS | {"status": "p"}
    assert [row[-1] for row in rows(wave, dumped(provisional), CELLS, "json_stat")] == ["p", "p", "p"]


def test_the_bundle_of_json_stat_1_is_read_too(wave: Wave) -> None:
    dimensions = {**PERMITS["dimension"], "id": PERMITS["id"], "size": PERMITS["size"]}
    bundle = {"dataset": {"dimension": dimensions, "value": PERMITS["value"], "status": PERMITS["status"]}}
    assert rows(wave, dumped(bundle), CELLS, "json_stat") == rows(wave, dumped(PERMITS), CELLS, "json_stat")


@pytest.mark.parametrize(
    "change, what",
    [
        ({"value": [120, 80.5, 3]}, "`value` has 3 entries"),
        ({"value": {"4": 1}}, "names position 4"),
        ({"size": [2, 3, 1]}, "another number of categories"),
        ({"id": ["Medborgarskap", "Alder", "Tid"]}, "do not name the same dimensions"),
        ({"dimension": PERMITS["dimension"] | {"Kon": {"category": {"index": {"1": 0, "2": 2}}}}}, "not numbered"),
    ],
)
def test_values_never_move_to_another_place_of_the_cube(refused: Refused, change: dict[str, Any], what: str) -> None:
    assert what in refused({"a.json": dumped(PERMITS | change)}, ["value"], format="json_stat").what


def test_series_that_share_a_key_in_sdmx_json_stop_instead_of_getting_lost(refused: Refused) -> None:
    series = b'{"dataSets": [{"series": {"0:0": {"observations": {}}, "0:0": {"observations": {}}}}]}'
    assert "occurs twice" in refused({"a.json": series}, ["value"], format="json_stat").what
