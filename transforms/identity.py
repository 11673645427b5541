"""Whether files belong to their wave: the number of records, the wave named in them, and shares of unknown answers."""

from __future__ import annotations

from pathlib import Path

from schemas.concepts import core_columns, load_concepts
from schemas.errors import InputError, NotInFile, about
from schemas.expressions import check_expression, expression_columns
from schemas.guards import WavePart
from schemas.partition import Partition
from schemas.periods import MONTHS_OF, months
from schemas.survey import Survey
from transforms.duck import connect, parquet_rows
from transforms.read.assemble import copy_to
from transforms.relation import Relation, create_view

SHOWN = 8
ENOUGH = 30


def check_records(source: Survey, partition: Partition, records: int) -> None:
    """Raise InputError unless the data files of the wave hold as many records as it declares, where it does."""
    declared = source.waves[partition.wave].records
    if declared is not None and records != declared:
        with about("waves", partition.wave, "records"):
            raise InputError(
                f"the files hold {records:,} records, and {declared:,} are declared",
                where=partition.key,
                why="records were lost or occur twice, or the files belong to another wave",
                remedy="fetch them again and compare with the producer's description; if the producer has changed "
                "them, correct `records` of the wave in source.yaml",
            )


def own_records(
    source: Survey, partition: Partition, raw: Path, records: int, *, memory_limit: str = "2GB"
) -> tuple[Path, int]:
    """The raw table with the wave's own records, and their number; the table unchanged where the file holds one wave.

    Raises InputError when a record gives no wave, or another wave (`wave_in_file`) although the file is not declared to
    hold several. A part of the wave's name whose column is absent is not checked.
    """
    parts = _parts_in_file(source, partition)
    if not parts:
        return raw, records
    with connect(memory_limit=memory_limit, work=raw.parent) as connection:
        received = create_view(connection, "raw", f"from {parquet_rows(raw)}")
        if source.wave_in_file is None or not source.wave_in_file.select:
            with about("wave_in_file"):
                for part, (expression, allowed) in parts.items():
                    _check_part(received, partition, part, expression, allowed)
            return raw, records
        with about("wave_in_file"):
            for part, (expression, _) in parts.items():
                _require_part(received, partition, part, expression)
        is_own = " and ".join(_is_one_of(expression, allowed) for expression, allowed in parts.values())
        own = raw.with_name("own.parquet")
        kept = copy_to(connection, f"from {received} where {is_own}", own)
    if not kept:
        raise NotInFile(
            f"none of the {records:,} records in the file is of wave {partition.wave}",
            where=partition.key,
            why="the wave would be empty",
            remedy="check `wave_in_file`, or supply the file that holds the wave",
        )
    return own, kept


def _parts_in_file(source: Survey, partition: Partition) -> dict[WavePart, tuple[str, set[int]]]:
    """The expressions that give parts of the wave's name, each with its valid numbers."""
    present = {f"raw.{column}" for column in source.wave_columns(partition.wave)}
    known = {f"raw.{column}" for column in source.columns}
    expected, also = _parts_of(partition.wave), source.waves[partition.wave].also_in_file
    parts: dict[WavePart, tuple[str, set[int]]] = {}
    for part, expression in (source.wave_in_file.expressions if source.wave_in_file else {}).items():
        written = check_expression(expression, columns=known, where=f"{source.id}, wave_in_file, {part}")
        if expression_columns(written) <= present:
            parts[part] = written, {*expected[part], *also.get(part, [])}
    return parts


def _is_one_of(expression: str, allowed: set[int]) -> str:
    return f"coalesce(try_cast(({expression}) as double) in ({', '.join(map(str, sorted(allowed)))}), false)"


def _require_part(raw: Relation, partition: Partition, part: str, expression: str) -> None:
    without = f"select count(*) from {raw} where try_cast(({expression}) as double) is null"
    rows = raw.connection.execute(without).fetchall()[0][0]
    if rows:
        raise InputError(
            f"{rows:,} record(s) give no {part}, so it is not known which wave they belong to",
            where=f"{partition.key}, wave_in_file",
            why="records left out here would be in no wave at all",
            remedy="correct the expression, or the file",
        )


def _parts_of(wave: str) -> dict[WavePart, set[int]]:
    """The years, quarters and months that a wave covers."""
    years, of_year = (
        {month // MONTHS_OF["A"] for month in months(wave)},
        {month % MONTHS_OF["A"] for month in months(wave)},
    )
    return {
        "year": years,
        "quarter": {month // MONTHS_OF["Q"] + 1 for month in of_year},
        "month": {month + 1 for month in of_year},
    }


def _check_part(raw: Relation, partition: Partition, part: str, expression: str, allowed: set[int]) -> None:
    listed = ", ".join(map(str, sorted(allowed)))
    others = raw.connection.execute(
        f"select cast(({expression}) as varchar) as word, count(*) from {raw}"
        f" where not {_is_one_of(expression, allowed)}"
        " group by 1 order by 2 desc, 1"
    ).fetchall()
    if others:
        shown = ", ".join(f"{_word(word)} ({rows:,} record(s))" for word, rows in others[:SHOWN])
        more = f" and {len(others) - SHOWN} more" if len(others) > SHOWN else ""
        raise InputError(
            f"the file is of another wave: {part} {shown}{more}, where {partition.wave} has {listed}",
            where=partition.key,
            why="numbers of one period would be published under the name of another",
            remedy="supply the wave's own file; if the file holds several waves, write `select: true` under"
            " `wave_in_file`; if the wave itself holds such records, list them in its `also_in_file`",
        )


def _word(word: str | None) -> str:
    return "none" if word is None else f"'{word[:20]}'"


def unknown_shares(source: Survey, core: Path, *, memory_limit: str = "2GB") -> dict[str, float]:
    """The share of unknown answers, by variable, among those asked in a core table.

    Only variables taken from the source's files and asked of enough records for a share to be meaningful.
    """
    concepts = load_concepts()
    asked = [name for name in source.answered if name in core_columns() and concepts[name].type != "identifier"]
    kinds = {name: f"{name}_missing" if concepts[name].is_numeric else name for name in asked}
    counts = ", ".join(
        f"count(*) filter (where {kind} = 'unknown'),"
        f" count(*) filter (where coalesce({kind}, '') not in ('not_asked', 'not_available', 'not_in_universe'))"
        for kind in kinds.values()
    )
    if not kinds:
        return {}
    with connect(memory_limit=memory_limit, work=core.parent) as connection:
        row = connection.execute(f"select {counts} from {parquet_rows(core)}").fetchall()[0]
    pairs = zip(kinds, row[::2], row[1::2], strict=True)
    return {name: round(unknown / among, 6) for name, unknown, among in pairs if among >= ENOUGH}
