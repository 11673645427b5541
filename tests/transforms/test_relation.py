"""What a step passes on to the next: a table with its name and columns, which is what it is declared to be."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pytest

from schemas.errors import IlmsError
from transforms.relation import Relation, create_empty, create_table, create_view, load_table


@pytest.fixture
def migrants() -> Iterator[Relation]:
    with duckdb.connect() as connection:
        rows = pa.table({"country of birth": ["FJI", "TON"], "persons": [3, 5]})
        yield load_table(connection, "migrants", rows)


def test_a_query_reads_a_table_by_the_object_it_was_given(migrants: Relation) -> None:
    both = create_view(migrants.connection, "both sexes", f"select sum(persons) as persons from {migrants}")
    assert migrants.connection.execute(f"from {both}").fetchall() == [(8,)]
    assert (migrants.columns, migrants.count()) == (("country of birth", "persons"), 2)


def test_a_table_with_other_columns_than_declared_goes_no_further(migrants: Relation) -> None:
    with pytest.raises(IlmsError, match="'few' has columns persons, and should have cases"):
        create_table(migrants.connection, "few", f"select persons from {migrants}", columns=("cases",))


def test_a_step_that_needs_a_column_that_a_table_lacks_says_which(migrants: Relation) -> None:
    migrants.require("persons")
    with pytest.raises(IlmsError, match="'migrants' lacks weight, psu"):
        migrants.require("persons", "weight", "psu")


def test_a_step_may_replace_a_table_by_one_made_from_it(migrants: Relation) -> None:
    large = create_table(migrants.connection, migrants.name, f"from {migrants} where persons > 4")
    assert large.count() == 1


def test_rows_are_added_by_the_names_of_their_columns(migrants: Relation) -> None:
    numbers = create_empty(migrants.connection, "numbers", [("area", "varchar"), ("n", "bigint"), ("note", "varchar")])
    numbers.insert(f'select persons as n, "country of birth" as area from {migrants} where persons = ?', [5])
    assert numbers.connection.execute(f"from {numbers}").fetchall() == [("TON", 5, None)]
