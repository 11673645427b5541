"""Persons who occur more than once: whether the file holds several periods, and which of its columns gives the
period."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from schemas.errors import InputError
from schemas.partition import Partition
from schemas.survey import Survey
from transforms.duck import connect, parquet_rows, quote_name

PERIOD = re.compile(
    r"(^|[^a-z])(an(i?o|nee|no)|yea?r|jahr|qua?r?te?r|trim[a-z]*|mon(th|at)|mes|mois|period[a-z]*|wave|round|vague|ola|"
    r"date|fecha|visit[a-z]*|survey_?(year|month|date))([^a-z]|$)"
)
"""Names of columns that may give a period, in some languages of producers."""
MOST = 12

ReadColumns = Callable[[Mapping[str, str]], Path]
"""Reads the wave again, with these columns (our name -> the producer's)."""


def check_persons_once(
    source: Survey, partition: Partition, core: Path, names: Sequence[str], read_columns: ReadColumns
) -> None:
    """Raise InputError when persons occur once in each of several periods of the file.

    `names` are those of all columns of the file, declared or not. The file is read again only where persons are
    repeated. Persons repeated for another reason are left to the gate.
    """
    with connect(work=core.parent) as connection:
        repeated = connection.execute(
            f"select count(*) from (select 1 from {parquet_rows(core)} where person_id is not null"
            " group by person_id having count(*) > 1)"
        ).fetchall()[0][0]
    telling = [name for name in names if PERIOD.search(_folded(name))][:MOST]
    person = source.variables.get("person_id")
    own = [column for column in (*(person.columns or ()), person.column) if column] if person else []
    in_wave = source.record_columns(partition.wave)
    if not repeated or not telling or not own or not in_wave.keys() >= set(own):
        return
    identifying = {column: in_wave[column] for column in own}
    candidates = {f"period_{number}": name for number, name in enumerate(telling) if name not in identifying.values()}
    raw = read_columns({**identifying, **candidates}) if candidates else None
    differing = [candidates[name] for name in _differing(raw, list(identifying), list(candidates))] if raw else []
    if differing:
        raise InputError(
            f"{repeated:,} persons occur more than once, and their records differ in"
            f" {', '.join(repr(name) for name in differing)}: the file seems to hold several periods",
            where=partition.key,
            why="every person would count once for each period; with the period in the identifier all of them would be"
            " added up",
            remedy="select the wave's own records: name the column in columns.csv, and write it under `wave_in_file`"
            " with `select: true`",
        )


def _differing(raw: Path, identifying: Sequence[str], columns: Sequence[str]) -> list[str]:
    """The columns in which most of the persons who occur more than once differ from record to record."""
    person = ", ".join(map(quote_name, identifying))
    differs = ", ".join(f"count(distinct {quote_name(column)}) > 1 as {quote_name(column)}" for column in columns)
    share = ", ".join(f"avg(cast({quote_name(column)} as integer))" for column in columns)
    with connect(work=raw.parent) as connection:
        row = connection.execute(
            f"select {share} from (select {differs} from {parquet_rows(raw)} group by {person} having count(*) > 1)"
        ).fetchall()[0]
    return [column for column, part in zip(columns, row, strict=True) if part is not None and part > 0.5]


def _folded(name: str) -> str:
    """A name in lower case, without accents and without a number at its end."""
    plain = "".join(each for each in unicodedata.normalize("NFKD", name.lower()) if not unicodedata.combining(each))
    return plain.rstrip("0123456789")
