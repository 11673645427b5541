"""The stratum and the primary sampling unit of each record: nobody is without them where the variance needs them."""

from __future__ import annotations

from schemas.errors import InputError
from schemas.partition import Partition
from schemas.survey import Survey
from transforms.duck import quote_name, quote_text
from transforms.relation import Relation

MISSING_TEXTS = ("", ".", "na", "n/a", "#n/a", "nan", "null", "none", "<na>")  # as programs write what is missing
WORDS = {"stratum": "stratum", "psu": "primary sampling unit"}


def design_columns(raw: Relation, source: Survey, partition: Partition) -> list[str]:
    """SQL of columns `stratum` and `psu` over the raw records; null where none is declared.

    Raises InputError where the design is clustered and a record is without one of them, as svydesign of R's package
    survey does: taken together, such records would be a stratum or a unit that nobody drew.
    """
    chosen = []
    for name, column in (("stratum", source.design.stratum), ("psu", source.design.psu)):
        if column is None:
            chosen.append(f"cast(null as varchar) as {name}")
            continue
        if source.design.psus_are_units:
            _check(raw, source, partition, name, column)
        chosen.append(f"raw.{quote_name(column)} as {name}")
    return chosen


def _check(raw: Relation, source: Survey, partition: Partition, name: str, column: str) -> None:
    producers = source.wave_columns(partition.wave).get(column)
    if producers is None:
        raise InputError(
            f"this wave has no column of the {WORDS[name]}",
            where=f"{partition.key}, columns.csv, '{column}'",
            why="standard errors follow the strata and sampling units that the design declares",
            remedy="name the producer's column for this wave, or declare the wave as a source with a design of its own",
        )
    text = f"lower(trim(coalesce(raw.{quote_name(column)}, '')))"
    missing = f"{text} in ({', '.join(map(quote_text, MISSING_TEXTS))})"
    count, first = raw.connection.execute(
        f"select count(*), min_by(raw._row, (raw._file, raw._row)) from {raw} where {missing}"
    ).fetchall()[0]
    if count:
        raise InputError(
            f"{count} record(s) have no {WORDS[name]}; the first is record {first} of its file",
            where=f"{partition.key}, column '{producers}'",
            why="together they would form a sample that nobody drew, and the standard errors would be wrong",
            remedy=(
                f"ask the producer, check that the right column is declared as `{name}`, or declare under `corrections`"
                f" which one they belong to (set: {{{column}: ...}})"
            ),
        )
