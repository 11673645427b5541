"""The part of a dataflow that a query asks for: what it compares is never part of the SQL; periods by whole months."""

from __future__ import annotations

import duckdb
import pytest
from sdmx_tables import EMPLOYMENT, observation, warehouse_of

from warehouse.sdmx.flows import Flow, read_flows
from warehouse.sdmx.periods import Span, first_period, last_period, span_of
from warehouse.sdmx.query import OPERATORS, Comparison, Condition, Slice, select_rows

HOSTILE = "x') or 1=1; drop table observation; --"


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    return warehouse_of([observation(), observation(sex="SEX_F", source=f"BA:{HOSTILE}", time="2016Q4")])


@pytest.fixture(scope="module")
def flow(connection: duckdb.DuckDBPyConnection) -> Flow:
    return next(each for each in read_flows(connection) if each.indicator == EMPLOYMENT)


def hostile_conditions() -> list[Condition]:
    texts = [Condition("SOURCE", ((Comparison(operator, HOSTILE),),)) for operator in OPERATORS]
    return [*texts, Condition("REF_AREA", ((Comparison("eq", HOSTILE), Comparison("ne", HOSTILE)),))]


@pytest.mark.parametrize(
    "wanted",
    [
        Slice(keys=({"REF_AREA": frozenset({HOSTILE})},)),
        Slice(keys=({"FREQ": frozenset({HOSTILE}), "MEASURE": frozenset({HOSTILE})},)),
        Slice(keys=({"SEX": frozenset({f"{HOSTILE}{n}" for n in range(500)})},)),
        *(Slice(conditions=(each,)) for each in hostile_conditions()),
    ],
)
def test_no_value_of_a_query_becomes_part_of_the_sql(
    connection: duckdb.DuckDBPyConnection, flow: Flow, wanted: Slice
) -> None:
    rows = select_rows(connection, flow, wanted).rows
    assert "drop table" not in rows.sql_query()
    rows.fetchall()
    assert connection.execute("select count(*) from observation").fetchall() == [(2,)]


def test_a_value_is_compared_as_it_is(connection: duckdb.DuckDBPyConnection, flow: Flow) -> None:
    condition = Condition("SOURCE", ((Comparison("ew", HOSTILE),),))
    ((period,),) = select_rows(connection, flow, Slice(conditions=(condition,))).rows.project("TIME_PERIOD").fetchall()
    assert period == "2016-Q4"


@pytest.mark.parametrize(
    ("period", "first", "end"),
    [
        ("2024", (2024, 1), (2025, 1)),
        ("2024-A1", (2024, 1), (2025, 1)),
        ("2024-S2", (2024, 7), (2025, 1)),
        ("2024-T3", (2024, 9), (2025, 1)),
        ("2024-Q4", (2024, 10), (2025, 1)),
        ("2024-M02", (2024, 2), (2024, 3)),
        ("2024-02", (2024, 2), (2024, 3)),
        ("2024-02-01", (2024, 2), (2024, 2)),
        ("2024-02-29", (2024, 3), (2024, 3)),
        ("2024-02-28T23:59:59+01:00", (2024, 3), (2024, 2)),
        ("2024-W05", (2024, 2), (2024, 2)),
    ],
)
def test_the_whole_months_of_a_period(period: str, first: tuple[int, int], end: tuple[int, int]) -> None:
    """2024-W05 goes from 29 January to 4 February: the months that begin from it on are those from February."""
    months = [year * 12 + month - 1 for year, month in (first, end)]
    assert span_of(period) == Span(*months)


@pytest.mark.parametrize(
    "text", ["", "24", "2024-13", "2024-Q0", "2024-Q5", "2024-W54", "2024-02-30", "2024Q1", "0000-W01"]
)
def test_what_is_no_period(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        span_of(text)


def test_the_nearest_periods_of_each_frequency() -> None:
    july = 2024 * 12 + 6
    assert [first_period(each, july) for each in "ASQM"] == ["2025", "2024S2", "2024Q3", "2024M07"]
    assert [last_period(each, july) for each in "ASQM"] == ["2023", "2024S1", "2024Q2", "2024M06"]
    assert first_period("A", 9999 * 12 + 1) is None and last_period("Q", 2) is None
