"""Sums among the rows and columns of a register's table: used as checks, never counted."""

from __future__ import annotations

from schemas.errors import about
from schemas.table_rows import TotalRows
from transforms.duck import quote_name
from transforms.flows.counts import ROW, TOTAL, Counts
from transforms.flows.file_end import check_end, last_row
from transforms.flows.remarks import NOTHING, Remarks
from transforms.flows.table_in_wave import TableInWave, number_sql, single
from transforms.relation import Relation


def check_totals(counts: Counts, table: TableInWave) -> Remarks:
    """Check that every declared sum is present and is the sum of its parts.

    Raises InputError when one is not, unless the declaration says that this is only to be reported.
    """
    remarks = _check_row_totals(counts, table)
    for position, total in enumerate(table.declared.totals):
        with about("totals", position):
            remarks += _check_presence(counts, table, total, position)
            remarks += _check_sums(counts, table, total, position)
    return remarks + check_end(counts, table)


def _check_row_totals(counts: Counts, table: TableInWave) -> Remarks:
    """Check that the classes of every row add up to their total, where a column with that total is declared."""
    melt = table.declared.melt
    if melt is None or melt.total is None:
        return NOTHING
    faulty = single(
        counts.rows.connection,
        f"""
        with summed as (
            select {ROW}, sum(number) as number from {counts.numbers} group by {ROW} having not bool_or(suppressed)
        )
        select count(*)
        from summed
        inner join {counts.rows} using ({ROW})
        where number is distinct from {number_sql(table, TOTAL)}
        """,
    )
    if faulty:
        return table.disagree("fail", f"in {faulty} row(s) '{melt.total}' is not the sum of the classes")
    return NOTHING


def _check_presence(counts: Counts, table: TableInWave, total: TotalRows, position: int) -> Remarks:
    """Check that totals are present in every wave that should have them, and with `by`, in every group of rows."""
    connection, rows = counts.rows.connection, counts.rows
    there = single(connection, f"select count(*) from {rows} where total_of = {position}")
    declared = table.partition.wave not in total.not_in
    if declared and not there:
        raise table.fault(
            f"no row is a total by `{total.when}`; the last row is {last_row(rows, table, total)}",
            why="the file may be truncated; or its totals are not recognised and are counted as parts, which doubles "
            "every number",
            remedy="compare the last row with the producer's file; correct `when` where totals have another name. List "
            "a wave in `not_in`, with its published sum under `figures`, only where the producer gives no totals",
        )
    if there and not declared:
        raise table.fault(
            f"{there} row(s) are totals by `{total.when}`",
            why="the wave is declared to have none",
            remedy="look at the file, and take the wave out of `not_in` or correct `when`",
        )
    remarks = _check_below(rows, table, total, position) if declared and total.above else NOTHING
    if not (declared and total.by):
        return remarks
    by = ", ".join(quote_name(column) for column in total.by)
    lacking = connection.execute(
        f"""
        select concat_ws(', ', {by}) as alike
        from {rows}
        where total_of is null or total_of = {position}
        group by {by}
        having count(*) filter (total_of = {position}) = 0
        order by alike
        """
    ).fetchall()
    if lacking:
        remarks += table.disagree(
            total.otherwise,
            f"{len(lacking)} group(s) of rows have no total by `{total.when}`, such as '{lacking[0][0]}'",
        )
    return remarks


def _check_below(rows: Relation, table: TableInWave, total: TotalRows, position: int) -> Remarks:
    """Check that no row follows the last of the totals that are sums of the rows above them: it would be in none."""
    wave = table.partition.wave
    if any(not (other.above or other.by) and wave not in other.not_in for other in table.declared.totals):
        return NOTHING
    below = single(
        rows.connection,
        f"select count(*) from {rows} where total_of is null and {ROW} >"
        f" (select max({ROW}) from {rows} where total_of = {position})",
    )
    if below:
        return table.disagree(
            total.otherwise,
            f"{below} row(s) follow the last total by `{total.when}` and are in no total; the last row is "
            f"{last_row(rows, table, total)}, and the file may be truncated",
        )
    return NOTHING


def _check_sums(counts: Counts, table: TableInWave, total: TotalRows, position: int) -> Remarks:
    """Check that every total row equals the sum of its parts, header by header; sums with suppressed parts cannot be
    checked."""
    by = [f"other.{quote_name(column)} is not distinct from sum_.{quote_name(column)}" for column in total.by]
    if total.above:
        by = [f"other.{ROW} < sum_.{ROW}", f"other.{ROW} > coalesce(sum_.previous, 0)"]
    faulty = counts.rows.connection.execute(
        f"""
        with sum_ as (
            select *, lag({ROW}) over (order by {ROW}) as previous from {counts.rows} where total_of = {position}
        ),
        compared as (
            select sum_.{ROW}, whole.header, any_value(whole.number) as whole, coalesce(sum(part.number), 0) as parts
            from sum_
            inner join {counts.numbers} as whole on whole.{ROW} = sum_.{ROW}
            left join {counts.detail} as other on {" and ".join(by) or "true"}
            left join {counts.numbers} as part on part.{ROW} = other.{ROW} and part.header = whole.header
            where not whole.suppressed
            group by sum_.{ROW}, whole.header
            having not coalesce(bool_or(part.suppressed), false)
        )
        select count(*), any_value(whole), any_value(parts) from compared where abs(whole - parts) > {total.tolerance}
        """
    ).fetchall()[0]
    if faulty[0]:
        files = counts.received.files
        whole_table = files > 1 and not total.above and not total.by
        return table.disagree(
            total.otherwise,
            f"{faulty[0]} total(s) are not the sum of their parts, such as {faulty[1]:,.0f} and {faulty[2]:,.0f}",
            f"each of the {files} files may have its own total, of the rows above it: `above: true`; or "
            if whole_table
            else "",
        )
    return NOTHING
