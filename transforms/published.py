"""Figures that a producer has published, as numbers of a release: checked, with status and error, not computed anew.

long tables (transforms.benchmark)  ->  figures of one wave (columns of schemas.tables.FIGURE)  ->  observations
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from schemas.availability import Decision
from schemas.codelists import load_codelist
from schemas.errors import InputError
from schemas.nearest import nearest
from schemas.partition import Partition
from schemas.published import FIGURE_COLUMNS, PublishedFigures, published_indicators
from schemas.statuses import CONFIDENTIAL
from schemas.tables import FIGURE
from transforms.availability import write_decisions
from transforms.benchmark import read_benchmark
from transforms.duck import connect, parquet_rows, quote_name, quote_text
from transforms.notes import declared_notes, join_notes, note, source_note
from transforms.observations import SEX, create_observations, write_observations
from transforms.relation import Relation, create_empty, create_table, create_view
from transforms.sql import load_sql

NO_ERROR = note("Standard error", "not given: the producer publishes none")
SHOWN = 10


@dataclass(frozen=True)
class Figures:
    """How many figures a wave has, and what to say of rows that are left out."""

    count: int
    remarks: tuple[str, ...] = ()


def harmonise_published(
    source: PublishedFigures,
    partition: Partition,
    files: Mapping[str, Path],
    output: Path,
    *,
    workdir: Path,
    memory_limit: str = "2GB",
) -> Figures:
    """Write the figures of the wave's period (Parquet, columns of FIGURE).

    `files` are the received files by name. A row without a value is left out, and counted in the remarks, unless it is
    confidential. Raises InputError when a file is not as declared, a row has a code that its indicator does not, a
    figure occurs twice, or there is no figure of the period.
    """
    with connect(memory_limit=memory_limit, work=workdir) as connection:
        types = ((name, "varchar" if kind == "text" else "double") for name, kind in FIGURE_COLUMNS.items())
        row = create_empty(connection, "row", types)
        for name, table in source.of_wave(partition.wave).tables.items():
            # A part whose file the wave does not have is of other waves.
            held = table.model_copy(update={"parts": [part for part in table.parts if part.file in files]})
            if not held.parts:
                continue
            file = workdir / f"{name}.parquet"
            read_benchmark(held, files, file, where=partition.key, memory_limit=memory_limit)
            _add_rows(row, source, name, file, partition)
        _require_known(row, partition)
        _require_one_note(row, partition)
        query = load_sql(__file__, "published").substitute(
            row=row,
            confidential=quote_text(CONFIDENTIAL),
            margin=f"{source.standard_errors_in_margin:.9f}",
            is_95="true" if source.interval == 95 else "false",
        )
        columns = ", ".join(f"cast({column.name} as {column.type}) as {column.name}" for column in FIGURE)
        figure = create_table(connection, "figure", f"select {columns} from ({query})")
        _require_once(figure, partition)
        count = figure.count()
        if not count:
            raise InputError(
                f"the tables have no figure of {partition.time}",
                where=partition.key,
                why="the wave would appear to have no numbers",
                remedy="name the wave after a period of the tables, or look at how they write periods",
            )
        connection.execute(f"copy {figure} to {quote_text(str(output))} (format parquet, compression zstd)")
        empty = row.count() - count
    return Figures(count, (f"{empty:,} rows without a value left out",) if empty else ())


def estimate_published(
    source: PublishedFigures,
    partition: Partition,
    core: Path,
    output: Path,
    *,
    vintage: str,
    warnings: Iterable[str] = (),
    availability: Path | None = None,
    memory_limit: str = "2GB",
) -> int:
    """Write the figures as numbers (Parquet, columns of OBSERVATION); returns how many.

    Each says in its notes whose figure it is. Nothing is estimated: value, status, cases and error are the producer's.
    `availability` is the file for the decisions on the indicators.
    """
    with connect(memory_limit=memory_limit, work=output.parent) as connection:
        figure = create_view(connection, "figure", f"from {parquet_rows(core)}")
        cells = create_observations(connection)
        cells.insert(
            f"""
            select ref_area, ? as source, indicator, sex, classif1, classif2, time, value as obs_value,
                status as obs_status,
                concat_ws(' | ', nullif(?, ''), note, case when {_without_reason()} then ? end) as note_classif,
                concat_ws(' | ', nullif(?, ''), note_indicator) as note_indicator,
                concat_ws(' | ', ?, note_source) as note_source, n, se, 100.0 * se / nullif(abs(value), 0) as cv,
                lower_bound, upper_bound, ? as wave, ? as vintage
            from {figure}
            """,
            [
                f"{source.source_type}:{source.id}",
                _declared(source, partition, "classification"),
                NO_ERROR,
                _declared(source, partition, "indicator"),
                join_notes([_whose(source), source_note(source, partition, warnings)]),
                partition.wave,
                vintage,
            ],
        )
        write_observations(cells, output)
        given = {name for (name,) in connection.execute(f"select distinct indicator from {cells}").fetchall()}
        if availability is not None:
            write_decisions((_decision(name, name in given) for name in published_indicators()), availability)
        return cells.count()


def _decision(indicator: str, given: bool) -> Decision:
    return Decision(indicator) if given else Decision(indicator, "not_produced", "not_in_tables")


def _without_reason() -> str:
    """The condition that a figure has no error, and that no note of the producer says why."""
    told = "contains(concat_ws(' ', note, note_indicator), 'Standard error: not given')"
    return f"se is null and status <> {quote_text(CONFIDENTIAL)} and not {told}"


def _whose(source: PublishedFigures) -> str:
    return note("Published figure", f"estimated and published by {source.producer}; not made here from its records")


def _declared(source: PublishedFigures, partition: Partition, attach: str) -> str:
    notes = declared_notes(source, partition)
    return join_notes(note(each.type, each.text.en) for each in notes if each.attach == attach)


def _add_rows(row: Relation, source: PublishedFigures, name: str, file: Path, partition: Partition) -> None:
    """Add the rows of one table that are of the wave's period, in the unit of their indicator."""
    table, scale = source.tables[name], source.scale.get(name, 1.0)
    columns = {column: quote_name(column) for column in table.columns}
    columns["time"] = "replace(time, '-', '')"
    for column in {"value", "se", "lower", "upper", "margin"} & table.columns.keys():
        columns[column] = f"{scale!r} * {quote_name(column)}"
    for column, prefix in source.prefixes.items():
        if column in table.columns and table.columns[column].country is not None:
            columns[column] = f"case when length({column}) = 3 then {quote_text(prefix)} || {column} else {column} end"
    place = "' at ' || place" if "place" in table.columns else "''"
    columns["place"] = f"{quote_text(f'table {name}')} || {place}"
    chosen = ", ".join(f"{expression} as {quote_name(column)}" for column, expression in columns.items())
    row.insert(f"select * from (select {chosen} from {parquet_rows(file)}) where time = ?", [partition.time])


def _require_known(row: Relation, partition: Partition) -> None:
    """Raise InputError for indicators, areas and codes that no list has, each with where it stands."""
    faults: list[str] = []
    _find_unknown(faults, row, "ref_area", set(load_codelist("CL_AREA").by_code), "true")
    _find_unknown(faults, row, "indicator", published_indicators().keys(), "true")
    held = [str(name) for (name,) in row.connection.execute(f"select distinct indicator from {row}").fetchall()]
    for indicator in sorted(set(held) & published_indicators().keys()):
        published = published_indicators()[indicator]
        sexes = set(load_codelist("CL_SEX").by_code) if SEX in published.declared.dimensions else {""}
        of_indicator = f"indicator = {quote_text(indicator)}"
        _find_unknown(faults, row, "sex", sexes, of_indicator)
        for position, column in enumerate(("classif1", "classif2")):
            lists = published.classifications[position : position + 1]
            codes = {code for name in lists for code in load_codelist(f"CL_{name}").by_code} or {""}
            _find_unknown(faults, row, column, codes, of_indicator)
    if faults:
        raise InputError(
            f"{len(faults)} code(s) are not those of their indicator: {'; '.join(faults[:SHOWN])}",
            where=partition.key,
            why="the figures would be found by nobody, or taken for others",
            remedy="state under `codes` of the table's column what the producer's word means, or correct the file",
        )


def _require_one_note(row: Relation, partition: Partition) -> None:
    """Raise InputError where the figures of an indicator and area have several notes on their source or indicator."""
    for column in ("note_source", "note_indicator"):
        several = row.connection.execute(
            f"select concat_ws(' ', indicator, ref_area), min(place) from {row} group by 1"
            f" having count(distinct coalesce({column}, '')) > 1 order by 1 limit {SHOWN}"
        ).fetchall()
        if several:
            raise InputError(
                f"several texts in {column} of {'; '.join(f'{name} ({place})' for name, place in several)}",
                where=partition.key,
                why="in SDMX a note on the source or the indicator belongs to all figures of an area and period",
                remedy="give notes that concern single figures as `note`",
            )


def _find_unknown(faults: list[str], row: Relation, column: str, known: Iterable[str], condition: str) -> None:
    """Add what a column holds that is not known, with the first place where it stands."""
    listed = set(known)
    found = row.connection.execute(
        f"select coalesce({column}, ''), min(place) from {row} where {condition} group by 1 order by 1"
    ).fetchall()
    for word, place in found:
        if word not in listed:
            faults.append(f"{column} '{str(word)[:60]}' ({place}){nearest(str(word), listed)}")


def _require_once(figure: Relation, partition: Partition) -> None:
    key = "indicator, ref_area, sex, classif1, classif2, time"
    twice = figure.connection.execute(
        f"select concat_ws(' ', {key}), string_agg(place, ', ' order by place) from {figure} group by {key}"
        f" having count(*) > 1 order by 1 limit {SHOWN}"
    ).fetchall()
    if twice:
        raise InputError(
            f"figures occur twice: {'; '.join(f'{name} ({places})' for name, places in twice)}",
            where=partition.key,
            why="it is not known which of them is right",
            remedy="leave one of them out in the declaration, with the reason",
        )
