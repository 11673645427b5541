"""From a register's file to the rows of one table: rows that are not counts are left out, sums are used as checks.

received   every row of the files, with the declared columns under our names and the counts as a list
kept       rows of the wave with counts, each case once
marked     the same, with the rule that makes a row a sum of others
detail     rows that are not sums of others
number     every count, of rows and of sums
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatch
from pathlib import Path

import duckdb
import pyarrow as pa

from schemas.errors import InputError, NotInFile, about
from schemas.read import TableRead
from schemas.yaml_scalars import LARGEST
from transforms.duck import quote_name
from transforms.failures import explained
from transforms.flows.answers import check_dimensions, check_observations
from transforms.flows.cases import case_column, count_once, texts_of
from transforms.flows.counts import CASE, COUNTS, NUMBER, PERIOD, ROW, TOTAL, Counts, Received
from transforms.flows.periods import check_periods, period_column
from transforms.flows.remarks import Remarks
from transforms.flows.table_in_wave import SHOWN, TableInWave, number_sql, single, texts
from transforms.flows.totals import check_totals
from transforms.flows.unused import report_unused_years
from transforms.numbers import teach_numbers
from transforms.read import RawInput
from transforms.read.files import listed
from transforms.read.grid import Grid, read_grid
from transforms.read.header import REPEATED, find_columns, tidy
from transforms.relation import Relation, create_table, load_table

NO_HEADER = ""
KEPT = 1_000
"""How many texts that are no counts an error keeps, so that the others can be looked at without them."""


def read_table(
    connection: duckdb.DuckDBPyConnection, table: TableInWave, files: Sequence[RawInput], workdir: Path
) -> tuple[Counts, Remarks]:
    """The counts of one table of a register in one wave, and what is to be said of them.

    Raises InputError when files are missing or not as declared, a count is not a number, or a total is not the sum of
    its parts.
    """
    grids = _grids(table, files, workdir)
    teach_numbers(connection, table.declared.decimal, table.declared.value.thousands)
    received = _load(connection, table, grids)
    with explained(connection, f"{received.rows} as raw", table.expressions(), table.where):
        _correct(received.rows, table)
        remarks = report_unused_years(received, table)
        kept, of_cases = count_once(_keep(received.rows, table), table)
        rows = _mark_totals(kept, table)
    detail = create_table(connection, "detail", f"select * exclude (total_of) from {rows} where total_of is null")
    if received.is_answer:
        check_observations(detail, table)
    counts = Counts(received, rows, detail, _read_numbers(rows, received.headers, table))
    remarks += of_cases + check_totals(counts, table)
    with about("period"):
        remarks += check_periods(counts, table)
    return counts, remarks


def _grids(table: TableInWave, files: Sequence[RawInput], workdir: Path) -> list[Grid]:
    data = sorted((each.path for each in files if each.role == "data"), key=lambda path: path.name)
    chosen = [path for path in data if fnmatch(path.name, table.in_wave(table.declared.file))]
    if not chosen:
        names = ", ".join(path.name for path in data) or "none"
        raise table.fault(
            f"no file of the wave is called '{table.declared.file}'; its files are {names}",
            why="the table cannot be read",
            remedy="correct `file` of the table, or the wave's files",
        )
    folders = (workdir / f"{table.name}-{number}" for number in range(len(chosen)))
    return [
        read_grid(path, _read_of(path, table), where=table.where, workdir=folder)
        for path, folder in zip(chosen, folders, strict=True)
    ]


def _read_of(path: Path, table: TableInWave) -> TableRead:
    """The layout of one file of the table."""
    own = (each for each in table.declared.read_of_files if fnmatch(path.name, table.in_wave(each.files)))
    return next(own, table.declared.read)


def _load(connection: duckdb.DuckDBPyConnection, table: TableInWave, grids: Sequence[Grid]) -> Received:
    """The rows of all files, one after the other."""
    columns: dict[str, list[str | None]] = {column: [] for column in table.columns}
    counts: list[list[str | None]] = []
    totals: list[str | None] = []
    periods: list[str | None] = []
    cases: list[str | None] = []
    period_length = 1
    placed = [find_columns(grid.names, table.columns, grid.file, at="its header") for grid in grids]
    for grid, positions in zip(grids, placed, strict=True):
        check_dimensions(table, grid, [grid.names[position] for position in positions.values()])
    counted = [_count_columns(table, grid, positions) for grid, positions in zip(grids, placed, strict=True)]
    headers = _headers(counted, table)
    for grid, positions, found in zip(grids, placed, counted, strict=True):
        totals += texts_of(grid, _total_column(table, grid))
        period = period_column(table, grid, positions)
        period_length = period.length if period is not None else period_length
        given = texts_of(grid, period.position if period is not None else None)
        periods += [grid.file.name] * len(grid.rows) if _is_given_by_names(table) else given
        cases += texts_of(grid, case_column(grid))
        for column, position in positions.items():
            columns[column] += [row[position] for row in grid.rows]
        places = [found.get(header) for header in headers]
        counts += [[row[place] if place is not None else None for place in places] for row in grid.rows]
    arrays: dict[str, pa.Array] = {column: pa.array(values, pa.string()) for column, values in columns.items()}
    arrays[ROW] = pa.array(range(1, len(counts) + 1), pa.int64())
    arrays[COUNTS] = pa.array(counts, pa.list_(pa.string()))
    arrays |= {TOTAL: pa.array(totals, pa.string()), PERIOD: pa.array(periods, pa.string())}
    arrays[CASE] = pa.array(cases, pa.string())
    rows = load_table(connection, "received", pa.table(arrays))
    is_answer = any(grid.components is not None for grid in grids)
    return Received(rows, tuple(headers), len(grids), period_length, is_answer)


def _headers(counted: Sequence[Mapping[str, int | None]], table: TableInWave) -> list[str]:
    """The headers of the counts in all files: the same in each, unless files with another layout are declared."""
    if not table.declared.read_of_files and any(list(each) != list(counted[0]) for each in counted):
        raise table.fault(
            "the files of the table have different columns",
            why="they cannot be combined",
            remedy="declare under `read_of_files` the layout of the files that differ, or declare one table for each "
            "layout",
        )
    return list(dict.fromkeys(header for each in counted for header in each))


def _is_given_by_names(table: TableInWave) -> bool:
    """Whether the names of the files give the months that they count."""
    return table.declared.period is not None and table.declared.period.file_name


def _count_columns(table: TableInWave, grid: Grid, positions: Mapping[str, int]) -> dict[str, int | None]:
    """Header of each count -> its position in the file; the one count of a plain table has no header."""
    value, melt = table.declared.value, table.declared.melt
    if melt is None:
        return {NO_HEADER: positions[value.column] if value.column else None}
    ignored = {tidy(name) for name in melt.ignore}
    absent = sorted(ignored & {tidy(melt.total or "")})
    if absent:
        raise table.fault(f"'{absent[0]}' is both ignored and a total", why="it is one", remedy="remove it from one")
    special = ignored | ({tidy(melt.total)} if melt.total else set())
    found: dict[str, int | None] = {
        tidy(name): position
        for position, name in enumerate(grid.names)
        if name and position not in positions.values() and tidy(name) not in special
    }
    _refuse_nameless(table, grid, positions)
    _refuse_repeated(table, found)
    return found


def _refuse_nameless(table: TableInWave, grid: Grid, positions: Mapping[str, int]) -> None:
    """Stop at counts in a column without a name, which would be lost."""
    nameless = [place for place, name in enumerate(grid.names) if not name and place not in positions.values()]
    ignored = table.declared.melt.ignore if table.declared.melt else []
    filled = [f"#{place + 1}" for place in nameless if any(row[place] for row in grid.rows)]
    filled = [place for place in filled if place not in ignored]
    if filled:
        raise table.fault(
            f"column(s) {', '.join(filled)} hold values and have no name",
            why="their counts would be lost",
            remedy=f"name them by their position in columns.csv, such as '{filled[0]}', or leave them out under "
            "`melt.ignore`; where their names are elsewhere, declare `read.header_rows` or `read.header_shift`",
        )


def _refuse_repeated(table: TableInWave, headers: Iterable[str]) -> None:
    """Stop at classes whose header occurs several times, unless a map gives each a meaning (`Total#2`)."""
    maps = [each.map for each in table.declared.variables.values() if each.header and each.map]
    known = {tidy(code) for name in maps for code in table.register.code_maps[name]}
    repeated = [name for name in headers if REPEATED.search(name) and name not in known]
    if repeated:
        raise table.fault(
            f"the column names {listed(repeated)} come from one name that occurs several times",
            why="it is not known which of the columns is meant",
            remedy=f"give each a row in the map of its variable, such as '{repeated[0]}'; or leave them out under"
            " `melt.ignore`; check `read.header_row` and `read.header_rows` in source.yaml",
        )


def _total_column(table: TableInWave, grid: Grid) -> int | None:
    total = table.declared.melt.total if table.declared.melt else None
    if total is None:
        return None
    names = [tidy(name) for name in grid.names]
    if tidy(total) not in names:
        close = get_close_matches(tidy(total), names, n=1)
        raise table.fault(
            f"there is no column '{total}'" + (f"; the nearest is '{close[0]}'" if close else ""),
            why="the classes of a row could not be compared with their sum",
            remedy="correct `melt.total`",
        )
    return names.index(tidy(total))


def _correct(received: Relation, table: TableInWave) -> None:
    """Apply the declared corrections of the wave, each only if it touches as many rows as declared."""
    connection = received.connection
    for index, correction in enumerate(table.declared.corrections):
        if correction.wave != table.partition.wave:
            continue
        condition = table.expression(correction.where)
        rows = single(connection, f"select count(*) from {received} as raw where {condition}")
        if rows != correction.rows:
            with about("corrections", index):
                raise table.fault(
                    f"a declared correction should touch {correction.rows} row(s) and touches {rows}:"
                    f" {correction.because}",
                    why="the producer may have corrected the file; applying it again would damage good data",
                    remedy="look at the new file, then remove the correction or change its `rows`",
                )
        for column, value in correction.set.items():
            assignment = f"written({table.scalar(value)})"
            counts = ""
            if table.declared.value.column == column:
                counts = f", _counts = case when {condition} then [{assignment}] else _counts end"
            name = quote_name(column)
            connection.execute(
                f"update {received} as raw set {name} = case when {condition} then {assignment} else {name} end{counts}"
            )


def _keep(received: Relation, table: TableInWave) -> Relation:
    """Table `kept`, columns as received: values filled down, without rows that are not counts or belong to other
    waves."""
    declared = table.declared
    filled = [
        f"last_value({quote_name(column)} ignore nulls) over (order by _row) as {quote_name(column)}"
        for column in declared.fill_down
    ]
    replaced = f"* replace ({', '.join(filled)})" if filled else "*"
    dropped = " or ".join(table.expression(drop.when) for drop in declared.drop) or "false"
    where = table.expression(declared.where) if declared.where else "true"
    kept = create_table(
        received.connection,
        "kept",
        f"""
        with filled as (select {replaced} from {received}),
        counted as (select raw.* from filled as raw where not ({dropped}))
        select raw.* from counted as raw where {where}
        """,
        columns=received.columns,
    )
    if not kept.count():
        raise table.fault(
            "no row of the file is of this wave, or all rows are dropped",
            why="a wave without rows would be published as a country without migration",
            remedy="check `where` and `drop` of the table",
            kind=NotInFile if declared.where and table.in_wave(declared.where) != declared.where else InputError,
        )
    return kept


def _mark_totals(kept: Relation, table: TableInWave) -> Relation:
    """Table `marked`: the rows with `total_of`, the position of the rule that makes a row a total."""
    rules = " ".join(
        f"when {table.expression(total.when)} then {position}" for position, total in enumerate(table.declared.totals)
    )
    of = f"case {rules} end" if rules else "null"
    query = f"select raw.*, cast({of} as integer) as total_of from {kept} as raw"
    return create_table(kept.connection, "marked", query, columns=(*kept.columns, "total_of"))


def _read_numbers(rows: Relation, headers: Sequence[str], table: TableInWave) -> Relation:
    """Table `number`: every count (columns of NUMBER)."""
    connection = rows.connection
    value = table.declared.value
    suppressed = f"text in ({texts(value.suppressed)})" if value.suppressed else "false"
    text = "'1'" if value.each_record else f"{COUNTS}[position]"
    if value.status is not None:
        text = f"coalesce({text}, {quote_name(value.status)})"
    absent = f"text in ({texts(value.absent)})" if value.absent else "false"
    positions = pa.table(
        {"position": pa.array(range(1, len(headers) + 1), pa.int32()), "header": pa.array(headers, pa.string())}
    )
    header = load_table(connection, "header", positions)
    numbers = create_table(
        connection,
        "number",
        f"""
        with counted as (
            select {ROW}, total_of, header, position, {text} as text from {rows} cross join {header}
        )
        select {ROW}, total_of, header, position, text, {suppressed} as suppressed,
            case when not ({suppressed}) then {number_sql(table, "text")} end as number
        from counted
        where text is not null and not {absent}
        """,
        columns=NUMBER,
    )
    wrong = f"number is null or abs(number) > {LARGEST!r}" + ("" if value.negative else " or number < 0")
    faulty = connection.execute(
        f"select distinct text from {numbers} where not suppressed and ({wrong}) order by text limit {KEPT}"
    ).fetchall()
    if faulty:
        shown = ", ".join(f"'{text[:20]}'" for (text,) in faulty[:SHOWN])
        fault = table.fault(
            f"a count is not a number, is negative, or is too large: {shown}",
            why="it would be lost or misread",
            remedy="declare the signs of suppressed numbers in `value.suppressed`, of zero in `value.zero`, of none"
            " in `value.absent`; drop rows of text",
        )
        fault.parts = tuple(("value", text) for (text,) in faulty)
        raise fault
    return numbers
