"""The answers of statistical services as tables of a register: what must not be added up in a cube of observations.

An answer may hold totals beside their parts, several years, several units. So each dimension is read by the table or
has one value alone, and of the observations that are counted no two have the same values of every variable that the
table distinguishes.
"""

from __future__ import annotations

from collections.abc import Sequence

from transforms.duck import quote_name
from transforms.flows.counts import COUNTS
from transforms.flows.table_in_wave import SHOWN, TableInWave, single
from transforms.read.files import listed, plural
from transforms.read.grid import Grid
from transforms.relation import Relation

UNIT_MULTIPLIER = "UNIT_MULT"
"""The attribute of SDMX that gives the power of ten by which values are to be multiplied."""


def check_dimensions(table: TableInWave, grid: Grid, read: Sequence[str]) -> None:
    """Raise InputError for a dimension of several values that the table does not `read`, and for values not in ones.

    `read` are the columns that columns.csv names, as the answer calls them.
    """
    if grid.components is None:
        return
    for place, name in enumerate(grid.names):
        values = sorted({row[place] or "" for row in grid.rows})
        if name in grid.components.dimensions and name not in read and len(values) > 1:
            raise table.fault(
                f"dimension '{name}' of the answer has {len(values):,} values ({listed(values, SHOWN)}), and"
                " columns.csv does not name it",
                why="totals would be added to their parts, or one period or unit to another",
                remedy=f"name it in columns.csv (`{table.name}.<our name>,{name}`), and say under `where`, `totals` or"
                " `variables` what its values are; or ask the service for one of them",
            )
        if name.upper() == UNIT_MULTIPLIER and (powers := sorted({row[place] or "" for row in grid.rows} - {"0", ""})):
            raise table.fault(
                f"the values of the answer are in other units than ones: {name} is {listed(powers, SHOWN)}",
                why="thousands would be published as ones",
                remedy="ask the service for values in ones",
            )


def check_observations(detail: Relation, table: TableInWave) -> None:
    """Raise InputError for observations without a value, unless a status says why, and for those that are alike.

    `detail` are the rows that are counted, none of them a total. Two are alike where all variables have the same.
    """
    connection, declared = detail.connection, table.declared
    if declared.value.status is None:
        empty = single(connection, f"select count(*) from {detail} where {COUNTS}[1] is null")
        if empty:
            raise table.fault(
                f"{plural(empty, 'observation')} without a value",
                why="whether there is none, or it is hidden, is said by their status",
                remedy="name the column of the status in `value.status`, and what its words mean in `value.suppressed`,"
                " `value.zero` or `value.absent`",
            )
    told = [origin.column for origin in declared.variables.values() if origin.column]
    told += [declared.period.column] if declared.period and declared.period.column else []
    by = f"group by {', '.join(map(quote_name, dict.fromkeys(told)))}" if told else ""
    twice = single(connection, f"select count(*) from (select 1 from {detail} {by} having count(*) > 1)")
    if twice:
        others = [name for name in table.columns if name not in (*told, declared.value.column, declared.value.status)]
        raise table.fault(
            f"{plural(twice, 'combination')} of {listed(told) or 'no variable'} with more than one observation",
            why="they differ in a dimension that no variable distinguishes: totals may be added to their parts, one "
            "year to another",
            remedy="keep one value of the other dimensions under `where`"
            + (f" ({listed(others)})" if others else ", once they are named in columns.csv")
            + ", name sums under `totals`, or give the dimension to a variable (`producer_class` keeps any)",
        )
