"""The columns of the tables by which numbers of a release are compared: name, DuckDB type, meaning."""

from __future__ import annotations

from schemas.tables import Column

COMPARED_PERIOD = (
    Column("source", "VARCHAR", "Source as written in observation"),
    Column("time", "VARCHAR", "Period as written in observation"),
    Column("other_time", "VARCHAR", "Earlier period of the same length that its numbers are compared with"),
    Column("which", "VARCHAR", "previous: the last before it that has numbers; year_before: that of the year before"),
    Column("since_break", "BOOLEAN", "Whether a break in series is declared in between, or the coverage differs"),
)

COVARIANCE = (
    Column("source", "VARCHAR", "Source as written in observation"),
    Column("indicator", "VARCHAR", "Indicator id"),
    Column("sex", "VARCHAR", "Sex; code list CL_SEX"),
    Column("classif1", "VARCHAR", "First classification"),
    Column("classif2", "VARCHAR", "Second classification of one number"),
    Column("time", "VARCHAR", "Period of that number"),
    Column("other_classif2", "VARCHAR", "Second classification of the other number"),
    Column("other_time", "VARCHAR", "Period of the other number: the same, or an earlier one"),
    Column("covariance", "DOUBLE", "Covariance of both, from the sampling units that they share; their unit squared"),
    Column("shared_units", "BIGINT", "Sampling units, or replicate weights, that both samples have in common"),
)
