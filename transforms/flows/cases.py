"""Several rows of one case: each case is counted once, with a warning where that is in doubt."""

from __future__ import annotations

import re
from collections.abc import Sequence

from transforms.duck import quote_name
from transforms.flows.counts import CASE, COUNTS, ROW
from transforms.flows.remarks import NOTHING, Remarks, warning
from transforms.flows.table_in_wave import TableInWave, number_sql, single
from transforms.read.grid import Grid
from transforms.read.header import tidy
from transforms.relation import Relation, create_table

MOSTLY = 0.8
"""Share of cases with the largest row first above which the other cases are reported."""
_CASE_HEADER = re.compile(
    r"(case|application|petition|permit|licence|file|dossier|docket|registration|reference|expediente)"
    r"[ _.-]*(no|nr|num|number|id|identifier|code|#)\b\.?",
    re.IGNORECASE,
)


def case_column(grid: Grid) -> int | None:
    """Position of the column with case numbers, recognised by its header; None without one."""
    found = (position for position, name in enumerate(grid.names) if name and _CASE_HEADER.fullmatch(tidy(name)))
    return next(found, None)


def count_once(kept: Relation, table: TableInWave) -> tuple[Relation, Remarks]:
    """Only the primary row of each case, where cases are declared; otherwise the rows as they are.

    Raises InputError for rows without a case and for cases without one primary row. Adds a warning where the largest
    row of a case is less than its other rows together, and where cases repeat and nothing is declared.
    """
    connection, once = kept.connection, table.declared.once
    if once is None:
        return kept, _warn_of_repeated(kept, table)
    case = ", ".join(quote_name(column) for column in once.by)
    nameless = " or ".join(f"nullif(trim({quote_name(column)}), '') is null" for column in once.by)
    unknown = single(connection, f"select count(*) from {kept} where {nameless}")
    if unknown:
        raise table.fault(
            f"{unknown} row(s) have no case number in {', '.join(once.by)}",
            why="all of them would be taken for one case, and only one would be counted",
            remedy="name columns in `once.by` that every row has, or drop the rows under `drop`",
        )
    if once.primary is not None:
        return _keep_primary(kept, table, case, table.expression(once.primary)), NOTHING
    number = number_sql(table, f"{COUNTS}[1]")
    remarks = _warn_of_small(kept, table, case, number)
    of_case = f"row_number() over (partition by {case} order by {number} desc nulls last, {ROW})"
    return create_table(connection, "once", f"from {kept} qualify {of_case} = 1", columns=kept.columns), remarks


def _keep_primary(kept: Relation, table: TableInWave, case: str, primary: str) -> Relation:
    faulty = single(
        kept.connection,
        f"select count(*) from (select {case} from {kept} as raw group by all having count_if({primary}) <> 1)",
    )
    if faulty:
        raise table.fault(
            f"{faulty} case(s) have no primary row, or several",
            why="they would not be counted, or counted twice",
            remedy="correct `once.primary`",
        )
    query = f"select raw.* from {kept} as raw where {primary}"
    return create_table(kept.connection, "once", query, columns=kept.columns)


def _warn_of_small(kept: Relation, table: TableInWave, case: str, number: str) -> Remarks:
    """Warn of cases whose largest row may be a part: it is less than the others together, or not the first as in most
    cases."""
    cases, small, short, later = kept.connection.execute(
        f"""
        with counted as (select {case}, {ROW}, {number} as number from {kept}),
        summed as (
            select max(number) as largest, sum(number) - max(number) as others, arg_min(number, {ROW}) as first
            from counted group by {case} having count(*) > 1
        )
        select count(*), count(*) filter (others > largest), sum(others - largest) filter (others > largest),
            count(*) filter (first is distinct from largest)
        from summed
        """
    ).fetchall()[0]
    remarks = NOTHING
    if small:
        remarks += warning(
            f"table '{table.name}': in {small:,} of {cases:,} cases with several rows the largest is less than"
            f" the others together ({short:,.0f} in all), so it may be a part and not the whole"
        )
    if 0 < later <= (1 - MOSTLY) * cases:
        remarks += warning(
            f"table '{table.name}': in {later:,} of {cases:,} cases with several rows the largest is not the first, as "
            "it is in the others, so it may be a part and not the whole"
        )
    return remarks


def _warn_of_repeated(kept: Relation, table: TableInWave) -> Remarks:
    """Warn where a case number occurs in several rows."""
    cases, rows = kept.connection.execute(
        f"select count(distinct {CASE}), count(*) from {kept} where nullif(trim({CASE}), '') is not null"
    ).fetchall()[0]
    if cases and cases < rows <= 2 * cases:
        return warning(
            f"table '{table.name}': {rows - cases:,} of {rows:,} rows repeat the number of a case, and `once` does not "
            "declare which row of a case counts"
        )
    return NOTHING


def texts_of(grid: Grid, position: int | None) -> Sequence[str | None]:
    """The fields of one column of a grid; empty where there is none."""
    return [row[position] if position is not None else None for row in grid.rows]
