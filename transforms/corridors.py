"""Which migrants moved between two countries that have signed a labour agreement.

long tables (transforms.benchmark)  ->  corridors of one year (columns of schemas.tables.CORRIDOR)  ->  shares, as cells
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from schemas.availability import Decision
from schemas.corridors import PROVISIONS, RECENT_YEARS, TABLES, UNNAMED, Corridors, load_corridor_indicators
from schemas.errors import InputError
from schemas.partition import Partition
from schemas.tables import CORRIDOR
from transforms.availability import write_decisions
from transforms.benchmark import read_benchmark
from transforms.duck import connect, parquet_rows, quote_text
from transforms.notes import declared_notes, join_notes, note, source_note
from transforms.observations import create_observations, write_observations
from transforms.relation import Relation, create_table, create_view
from transforms.sql import load_sql

WORLD = "X01"
ESTIMATE = "E"
NO_ERROR = "not given: the stock is published without sampling errors"
NOT_SAMPLED = "not given: agreements are counted, none is sampled"


def harmonise_corridors(
    corridors: Corridors,
    partition: Partition,
    files: Mapping[str, Path],
    output: Path,
    *,
    workdir: Path,
    memory_limit: str = "2GB",
) -> int:
    """Write the corridors of the wave's year (Parquet, columns of CORRIDOR); returns their number.

    `files` are the received files by name. Raises InputError when a file is not as declared, a word names no country,
    or the stock has no data for the year.
    """
    tables = {name: workdir / f"{name}.parquet" for name in TABLES}
    for name, file in tables.items():
        read_benchmark(corridors.tables[name], files, file, where=partition.key, memory_limit=memory_limit)
    year = int(partition.wave)
    with connect(memory_limit=memory_limit, work=workdir) as connection:
        views = {name: create_view(connection, name, f"from {parquet_rows(file)}") for name, file in tables.items()}
        registry = corridors.registry
        query = load_sql(__file__, "corridors").substitute(
            **views,
            year=year,
            ends=registry.ends,
            undated="null" if registry.undated is None else registry.undated,
            names=", ".join(PROVISIONS),
        )
        columns = ", ".join(f"cast({column.name} as {column.type}) as {column.name}" for column in CORRIDOR)
        corridor = create_table(connection, "corridor", f"select {columns} from ({query})")
        count = create_view(connection, "in_stock", f"from {corridor} where foreign_born is not null").count()
        if not count:
            raise InputError(
                f"the stock has no migrants of {year}",
                where=partition.key,
                why="every country would appear to have no migrants",
                remedy="name the wave after a year of the stock",
            )
        connection.execute(f"copy {corridor} to {quote_text(str(output))} (format parquet, compression zstd)")
    return count


def estimate_corridors(
    corridors: Corridors,
    partition: Partition,
    core: Path,
    output: Path,
    *,
    vintage: str,
    warnings: Iterable[str] = (),
    availability: Path | None = None,
    memory_limit: str = "2GB",
) -> int:
    """Write the shares of every area by sex, and its agreements, by type and provision (Parquet, columns of
    OBSERVATION); returns how many numbers.

    Areas are countries of destination and of origin, and the world as a destination. A share of zero is a genuine
    value: the registry holds no agreement for any corridor of the area. Status E: the stock is estimated.
    `availability` is the file for the decisions on the indicators.
    """
    with connect(memory_limit=memory_limit, work=output.parent) as connection:
        corridor = create_view(connection, "corridor", f"from {parquet_rows(core)}")
        codes = ", ".join(f"({quote_text(name)}, {quote_text(code)})" for name, code in PROVISIONS.items())
        code = create_table(connection, "code", f"from (values {codes}) as code(name, code)")
        share = _create_share(corridor, code, int(partition.wave))
        of_remarks = load_sql(__file__, "corridor_notes")
        remark = create_table(
            connection,
            "remark",
            of_remarks.substitute(corridor=corridor, share=share, world=quote_text(WORLD)),
            columns=("side", "ref_area", "basis", "named"),
        )
        cells = create_observations(connection)
        source = source_note(corridors, partition, warnings)
        for name, indicator in load_corridor_indicators().items():
            if indicator.side == "signatory":
                _add_counts(cells, corridor, code, corridors, partition, name, source, vintage)
            else:
                _add_shares(cells, share, remark, corridors, partition, name, source, vintage)
        write_observations(cells, output)
        if availability is not None:
            write_decisions(map(Decision, load_corridor_indicators()), availability)
        return cells.count()


def _create_share(corridor: Relation, code: Relation, year: int) -> Relation:
    """Table share(side, ref_area, sex, type, share, unnamed_share): per cent of the migrants of an area and sex."""
    query = load_sql(__file__, "corridor_shares").substitute(
        corridor=corridor,
        code=code,
        year=year,
        recent=RECENT_YEARS,
        unnamed=quote_text(UNNAMED),
        world=quote_text(WORLD),
    )
    columns = ("side", "ref_area", "sex", "type", "share", "unnamed_share")
    return create_table(corridor.connection, "share", query, columns=columns)


def _add_shares(
    cells: Relation,
    share: Relation,
    remark: Relation,
    corridors: Corridors,
    partition: Partition,
    name: str,
    source: str,
    vintage: str,
) -> None:
    """Add the shares of one indicator, that is, of one side; `source` holds the notes on the source."""
    of_indicator = [_declared(corridors, partition, "indicator"), note("Standard error", NO_ERROR)]
    cells.insert(
        f"""
        select ref_area, ? as source, ? as indicator, sex, type as classif1, '' as classif2, ? as time,
            share as obs_value, ? as obs_status, ? as note_classif,
            concat_ws(' | ', basis, named, ?) as note_indicator, ? as note_source, ? as wave, ? as vintage
        from {share}
        inner join {remark} using (side, ref_area)
        where side = ?
        """,
        [
            f"{corridors.source_type}:{corridors.id}",
            name,
            partition.time,
            ESTIMATE,
            _declared(corridors, partition, "classification"),
            join_notes(of_indicator),
            source,
            partition.wave,
            vintage,
            load_corridor_indicators()[name].side,
        ],
    )


def _add_counts(
    cells: Relation,
    corridor: Relation,
    code: Relation,
    corridors: Corridors,
    partition: Partition,
    name: str,
    source: str,
    vintage: str,
) -> None:
    """Add the numbers of agreements of every country and of the world; `source` holds the notes on the source."""
    query = load_sql(__file__, "agreement_counts").substitute(corridor=corridor, code=code, world=quote_text(WORLD))
    of_indicator = [_declared(corridors, partition, "indicator"), note("Standard error", NOT_SAMPLED)]
    cells.insert(
        f"""
        select ref_area, ? as source, ? as indicator, '' as sex, type as classif1, '' as classif2, ? as time,
            agreements as obs_value, '' as obs_status, ? as note_classif, ? as note_indicator, ? as note_source,
            ? as wave, ? as vintage
        from ({query})
        """,
        [
            f"{corridors.source_type}:{corridors.id}",
            name,
            partition.time,
            _declared(corridors, partition, "classification"),
            join_notes(of_indicator),
            source,
            partition.wave,
            vintage,
        ],
    )


def _declared(corridors: Corridors, partition: Partition, attach: str) -> str:
    notes = declared_notes(corridors, partition)
    return join_notes(note(each.type, each.text.en) for each in notes if each.attach == attach)
