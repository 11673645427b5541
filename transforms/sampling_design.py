"""The stratum and the primary sampling unit of each record: required of every record where the variance uses them."""

from __future__ import annotations

from schemas.errors import InputError, about
from schemas.partition import Partition
from schemas.survey import Survey
from transforms.duck import quote_name, quote_text
from transforms.relation import Relation

MISSING_TEXTS = ("", ".", "na", "n/a", "#n/a", "nan", "null", "none", "<na>")  # as programs write what is missing
WORDS = {"stratum": "stratum", "psu": "primary sampling unit"}


def design_columns(raw: Relation, source: Survey, partition: Partition) -> list[str]:
    """SQL of columns `stratum` and `psu` over the raw records; null where none is declared.

    Raises InputError where the design is clustered and a record lacks one of them, as svydesign of R's package survey
    does: together, such records would form a stratum or a unit that was never drawn.
    """
    chosen = []
    for name, column in (("stratum", source.design.stratum), ("psu", source.design.psu)):
        if column is None:
            chosen.append(f"cast(null as varchar) as {name}")
            continue
        digits = source.design.psu_digits if name == "psu" else None
        with about(name):
            if source.design.psus_are_units:
                _check(raw, source, partition, name, column)
            if digits is not None:
                _check_lengths(raw, partition, column, digits)
        text = f"raw.{quote_name(column)}"
        chosen.append(f"{text if digits is None else f'left({text}, {digits})'} as {name}")
    return chosen


def _check_lengths(raw: Relation, partition: Partition, column: str, digits: int) -> None:
    """Check that numbers beginning with that of the PSU have one length: a number that lost a zero would begin with
    another PSU's."""
    found = raw.connection.execute(f"select distinct len(raw.{quote_name(column)}) from {raw} order by 1").fetchall()
    lengths = [length for (length,) in found]
    if len(lengths) > 1 or lengths[0] <= digits:
        raise InputError(
            f"the numbers have {', '.join(map(str, lengths))} characters, and the first {digits} are declared as the "
            "primary sampling unit",
            where=f"{partition.key}, column '{column}'",
            why="where leading zeros are lost, households of different units would be taken for those of one",
            remedy="look at the file; correct `psu_digits`, or name a column that holds the unit itself",
        )


def _check(raw: Relation, source: Survey, partition: Partition, name: str, column: str) -> None:
    producers = source.wave_columns(partition.wave).get(column)
    if producers is None:
        raise InputError(
            f"this wave has no column for the {WORDS[name]}",
            where=f"{partition.key}, columns.csv, '{column}'",
            why="standard errors follow the strata and sampling units that the design declares",
            remedy="name its column, or declare another design for the wave under `design_in_waves`",
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
            why="together they would form a stratum or unit that was never drawn, and the standard errors would be "
            "wrong",
            remedy=(
                f"ask the producer, check that the right column is declared as `{name}`, or declare under `corrections`"
                f" which one they belong to (set: {{{column}: ...}})"
            ),
        )
