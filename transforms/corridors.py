"""How many migrants moved between two countries, and which of them between two that have signed a labour agreement.

long tables (transforms.benchmark)  ->  corridors of one year (columns of schemas.tables.CORRIDOR)  ->  shares and
stocks, as cells
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from schemas.availability import Decision
from schemas.classifications import load_classifications
from schemas.corridors import PROVISIONS, RECENT_YEARS, TABLES, UNNAMED, Corridors, Side, load_corridor_indicators
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
RESIDENCE = "CRS_RES"


@dataclass(frozen=True)
class _Made:
    """The tables that numbers of one wave are made of, and the declaration."""

    corridor: Relation
    code: Relation
    share: Relation
    remark: Relation
    corridors: Corridors
    partition: Partition

    def declared(self, attach: str) -> str:
        """The declared notes on the indicator or on the classification."""
        notes = declared_notes(self.corridors, self.partition)
        return join_notes(note(each.type, each.text.en) for each in notes if each.attach == attach)


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
    """Write the shares of every area by sex, its agreements by type and provision, and the migrants from it by sex and
    country of residence (Parquet, columns of OBSERVATION); returns how many numbers.

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
        made = _Made(corridor, code, share, remark, corridors, partition)
        cells = create_observations(connection)
        for name, indicator in load_corridor_indicators().items():
            numbers = _NUMBERS[indicator.side](made, indicator.side)
            cells.insert(
                f"""
                select ref_area, ? as source, ? as indicator, sex, classif1, '' as classif2, ? as time, obs_value,
                    obs_status, note_classif, note_indicator, ? as note_source, ? as wave, ? as vintage
                from {numbers}
                """,
                [
                    f"{corridors.source_type}:{corridors.id}",
                    name,
                    partition.time,
                    source_note(corridors, partition, warnings),
                    partition.wave,
                    vintage,
                ],
            )
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


def _shares(made: _Made, side: Side) -> Relation:
    """Shares of the migrants of one side by type of agreement."""
    of_indicator = join_notes([made.declared("indicator"), note("Standard error", NO_ERROR)])
    query = f"""
        select ref_area, sex, type as classif1, share as obs_value, {quote_text(ESTIMATE)} as obs_status,
            {quote_text(made.declared("classification"))} as note_classif,
            concat_ws(' | ', basis, named, {quote_text(of_indicator)}) as note_indicator
        from {made.share}
        inner join {made.remark} using (side, ref_area)
        where side = {quote_text(side)}
        """
    return create_view(made.share.connection, f"numbers_{side}", query)


def _agreements(made: _Made, side: Side) -> Relation:
    """The numbers of agreements of every country and of the world."""
    of_indicator = join_notes([made.declared("indicator"), note("Standard error", NOT_SAMPLED)])
    counts = load_sql(__file__, "agreement_counts").substitute(
        corridor=made.corridor, code=made.code, world=quote_text(WORLD)
    )
    query = f"""
        select ref_area, '' as sex, type as classif1, agreements as obs_value, '' as obs_status,
            {quote_text(made.declared("classification"))} as note_classif,
            {quote_text(of_indicator)} as note_indicator
        from ({counts})
        """
    return create_view(made.corridor.connection, f"numbers_{side}", query)


def _abroad(made: _Made, side: Side) -> Relation:
    """Migrants from every country by the country where they live, and in all countries together.

    Each number says whom the country where they live counts. The declared notes on indicators and classifications are
    about agreements, and do not stand here.
    """
    countries = load_classifications()[RESIDENCE].countries
    assert countries is not None, f"{RESIDENCE} is declared by country"
    query = load_sql(__file__, "corridor_stocks").substitute(
        corridor=made.corridor,
        remark=made.remark,
        unnamed=quote_text(UNNAMED),
        prefix=quote_text(countries.prefix),
        estimate=quote_text(ESTIMATE),
        no_error=quote_text(note("Standard error", NO_ERROR)),
    )
    return create_view(made.corridor.connection, f"numbers_{side}", query)


_NUMBERS: Mapping[Side, Callable[[_Made, Side], Relation]] = {
    "destination": _shares,
    "origin": _shares,
    "signatory": _agreements,
    "abroad": _abroad,
}
"""Whose numbers an indicator has -> what makes them: ref_area, sex, classif1, obs_value, obs_status, note_classif,
note_indicator."""
