"""The person records as estimates read them: with values that the partition itself gives, such as two thirds of the
median earnings, for populations to refer to."""

from __future__ import annotations

from pathlib import Path

import duckdb

from schemas.concepts import banded
from schemas.indicators import THRESHOLD, Catalogue, Threshold
from transforms.duck import parquet_rows
from transforms.estimate.quantile import ROUNDING
from transforms.relation import Relation, create_view


def read_core(connection: duckdb.DuckDBPyConnection, catalogue: Catalogue, file: Path) -> Relation:
    """View `core`: the person records of a file, with each threshold of the catalogue beside them.

    A number known in a band is set to the band's lower end, for conditions that are the same over the whole band.
    A threshold is null where nobody has a value, and populations that refer to it are then empty.
    """
    lower_ends = ", ".join(f"coalesce({name}, {name}_from) as {name}" for name in banded())
    records = create_view(connection, "records", f"select * replace ({lower_ends}) from {parquet_rows(file)}")
    values = {name: read_threshold(records, catalogue, each) for name, each in catalogue.thresholds.items()}
    written = {name: "null" if value is None else repr(value) for name, value in values.items()}
    columns = "".join(f", cast({value} as double) as {THRESHOLD}{name}" for name, value in written.items())
    return create_view(connection, "core", f"select *{columns} from {records}")


def read_threshold(records: Relation, catalogue: Catalogue, threshold: Threshold) -> float | None:
    """The weighted quantile times the factor, in the variable's unit; None where nobody of its population has one."""
    row = records.connection.execute(
        f"""
        with by_value as (
            select {threshold.variable} as value, sum(cast(weight as decimal(38, 8))) as weight
            from {records}
            where weight > 0 and ({catalogue.condition(threshold.population)}) and {threshold.variable} is not null
            group by 1
        ),

        distribution as (
            select value,
                cast(sum(weight) over (order by value rows unbounded preceding) as double)
                    / cast(sum(weight) over () as double) as share
            from by_value
        )

        select min(value) from distribution where share >= {threshold.quantile - ROUNDING}
        """
    ).fetchall()[0]
    return None if row[0] is None else float(row[0]) * threshold.multiplier
