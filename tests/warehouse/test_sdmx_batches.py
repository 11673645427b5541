"""Observations are written the same, whether DuckDB gives them or memory, and however they are cut into batches."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pyarrow as pa
import pytest
from sdmx_tables import EMPLOYMENT, observation, one_of_each_indicator, warehouse_of

from warehouse.sdmx import batches
from warehouse.sdmx.agency import Agency
from warehouse.sdmx.batches import distinct, values_of
from warehouse.sdmx.columns import each_once
from warehouse.sdmx.data import flow_rows
from warehouse.sdmx.flows import read_flows
from warehouse.sdmx.formats import DATA_FORMATS
from warehouse.sdmx.formats.base import ALL_DIMENSIONS, DataFormat, DataMessage
from warehouse.sdmx.formats.lines import around, content, joined
from warehouse.sdmx.rows import FlowRows

PREPARED = datetime(2026, 1, 1, tzinfo=UTC)
LAYOUTS: list[dict[str, Any]] = [
    {},
    {"at_observation": ALL_DIMENSIONS},
    {"at_observation": "SEX"},
    {"with_observations": False},
    {"labels": "both", "language": "fr"},
]


@cache
def employment() -> FlowRows:
    """Numbers of twelve quarters by sex and place of birth, in no order, some without a note, an error or a status."""
    keys = itertools.product(["ARG", "BRA"], ["SEX_F", "SEX_M"], ["CBR_BIR_FOREIGN", "CBR_BIR_NATIVE"], range(12))
    rows = [
        observation(
            ref_area=area,
            sex=sex,
            classif2=birth,
            time=f"{2000 + place // 4}Q{place % 4 + 1}",
            note_classif=f'Cases: {place}, "few" & <less>' if place % 3 else None,
            note_source="" if area == "BRA" else 'In "towns",\nalone',
            obs_status="U" if place % 2 else "",
            se=None if place % 4 else 1.5,
        )
        for area, sex, birth, place in keys
    ]
    connection = warehouse_of(rows[::-1])
    (flow,) = (each for each in read_flows(connection) if each.indicator == EMPLOYMENT)
    return flow_rows(connection, flow, agency=Agency())


def in_memory(data: FlowRows) -> FlowRows:
    """The same data, read already."""
    return replace(data, rows=data.rows.to_arrow_table())


def written(form: DataFormat, data: FlowRows, **asked: Any) -> bytes:
    """A message of those data, asked for as a service does."""
    return b"".join(form.chunks(DataMessage("M", PREPARED, Agency(), (data,), **asked)))


@pytest.mark.parametrize("asked", LAYOUTS, ids=str)
@pytest.mark.parametrize("form", DATA_FORMATS, ids=lambda each: each.id)
def test_from_duckdb_and_from_memory_the_same_bytes_in_batches_of_any_size(
    form: DataFormat, asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = employment()
    expected = written(form, stored, **asked)
    read = in_memory(stored)
    assert written(form, read, **asked) == expected
    monkeypatch.setattr(batches, "ROWS_AT_ONCE", 5)
    assert written(form, read, **asked) == expected


def test_texts_that_are_many_are_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list would take memory: each then stands in its observation."""
    stored = employment()
    notes = [each for each in stored.attributes if each.id == "NOTE_CLASSIF"]
    for data in (stored, in_memory(stored)):
        assert len(values_of(data, stored.dimensions, notes)["NOTE_CLASSIF"]) == 8
    monkeypatch.setattr(batches, "MANY", 7)
    for data in (stored, in_memory(stored)):
        assert "NOTE_CLASSIF" not in values_of(data, stored.dimensions, notes)


def test_many_texts_stand_in_their_observations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MANY", 3)
    (form,) = (each for each in DATA_FORMATS if each.id == "json-2.0")
    stored = employment()
    text = written(form, stored).decode()
    assert text == written(form, in_memory(stored)).decode()
    assert text.count(r'"Cases: 1, \"few\" & <less>"') == 8


@pytest.mark.parametrize("most", [2**62, 3])
def test_rows_that_differ_each_once_however_many_combinations_there_are(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "MOST_CODES", most)
    columns = ["REF_AREA", "NOTE_CLASSIF", "OBS_STATUS", "SEX", "STANDARD_ERROR"]
    given = [batch for data in (employment(), in_memory(employment())) for batch in distinct(data, columns, columns)]
    stored, read = (sorted(map(str, batch.to_pylist())) for batch in given)
    assert stored == read and len(stored) == 44


def test_a_value_that_is_missing_takes_what_stands_around_it_along() -> None:
    some, none = pa.array(["a", None]), pa.array([None, None], pa.string())
    pieces = ["<", *around(" x=", some, "."), *around(" y=", none, "."), ">"]
    assert joined(pieces).to_pylist() == ["< x=a.>", "<>"]


def test_a_text_is_rewritten_once_however_often_it_stands_there() -> None:
    seen = []

    def shouted(text: str) -> str:
        seen.append(text)
        return text.upper()

    assert each_once(pa.array(["a", "b", None, "a"]), shouted).to_pylist() == ["A", "B", None, "A"]
    assert seen == ["a", "b"]


def test_the_bytes_of_a_part_of_a_column() -> None:
    assert content(pa.array(["one", "zwei", None, "trois"])[1:]) == b"zweitrois"
    assert content(pa.array([], pa.string())) == b""


def test_read_into_memory_every_component_has_the_values_that_queries_give_it() -> None:
    """Components are worked out by DuckDB for queries, and from the columns as stored for the rows of an answer."""
    rows = [*one_of_each_indicator(), *(observation(time=time) for time in ("2024", "2017S1", "2024M01", "2020M11"))]
    rows += [observation(time="2019", note_source="", obs_status=None, wave="")]
    connection = warehouse_of(rows)
    for flow in read_flows(connection):
        stored = flow_rows(connection, flow, agency=Agency())
        read = flow_rows(connection, flow, agency=Agency(), most=10)
        assert isinstance(read.rows, pa.Table)
        assert read.rows.to_pylist() == stored.rows.to_arrow_table().to_pylist(), flow.id
        assert read.rows.schema == stored.rows.to_arrow_table().schema, flow.id
    none = flow_rows(connection, flow, agency=Agency(), where="false", most=10).rows
    assert isinstance(none, pa.Table) and not len(none)
