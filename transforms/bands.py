"""Ages and years that a source gives in bands: from the codes of a column to the ends of each band."""

from __future__ import annotations

from collections.abc import Mapping

from schemas.concepts import Concept
from schemas.errors import InputError
from schemas.partition import Partition
from schemas.survey import Survey, Variable
from transforms.duck import quote_name, quote_text
from transforms.numbers import code_sql
from transforms.relation import Relation

EMPTY = "empty"
NO_BAND = "no band"
NAMED = 8


def banded_columns(
    raw: Relation,
    source: Survey,
    partition: Partition,
    name: str,
    variable: Variable,
    concept: Concept,
) -> list[str]:
    """SQL of a variable known in bands (`<name>_from`, `<name>_to`), and of its kind of missing.

    The number itself is given only where a band holds a single one. A band that is open below begins at the variable's
    minimum. Raises InputError for codes without a declared band: no code is read as a number.
    """
    text = f"raw.{quote_name(str(variable.column))}"
    meaning: dict[str, str] = {code_sql(text, code): kind for code, kind in variable.codes.items()}
    meaning |= {f"{text} is null": variable.blank} if variable.blank else {}
    meaning |= {code_sql(text, code): code for code in variable.bands}
    steps = " ".join(f"when {condition} then {quote_text(each)}" for condition, each in meaning.items())
    known = f"case {steps} else '{NO_BAND}' end"
    _refuse(raw, source, partition, name, variable, known)
    starts = {
        code: int(concept.minimum or 0) if band.start is None else band.start for code, band in variable.bands.items()
    }
    ends = {code: band.end for code, band in variable.bands.items() if band.end is not None}
    exact = {code: start for code, start in starts.items() if ends.get(code) == start}
    kinds: dict[str, str] = {
        kind: quote_text(kind) for kind in (*variable.codes.values(), variable.blank) if kind is not None
    }
    several = [code for code in variable.bands if code not in exact]
    return [
        f"cast({_chosen(known, exact)} as double) as {name}",
        f"cast({_chosen(known, {code: starts[code] for code in several})} as integer) as {name}_from",
        f"cast({_chosen(known, {code: ends[code] for code in several if code in ends})} as integer) as {name}_to",
        f"cast({_chosen(known, kinds)} as varchar) as {name}_missing",
    ]


def _chosen(known: str, values: Mapping[str, int | str]) -> str:
    steps = " ".join(f"when {quote_text(code)} then {value}" for code, value in values.items())
    return f"case {known} {steps} end" if values else "null"


def _refuse(
    raw: Relation,
    source: Survey,
    partition: Partition,
    name: str,
    variable: Variable,
    known: str,
) -> None:
    column = str(variable.column)
    code = f"coalesce(raw.{quote_name(column)}, '{EMPTY}')"
    rows = raw.connection.execute(
        f"select {code}, count(*) from {raw} where {known} = '{NO_BAND}' group by 1 order by 2 desc, 1"
    ).fetchall()
    if rows:
        named = ", ".join(f"'{each[:20]}' ({count} record(s))" for each, count in rows[:NAMED])
        more = f" and {len(rows) - NAMED} more" if len(rows) > NAMED else ""
        fault = InputError(
            f"{len(rows)} code(s) of {name} without a declared band: {named}{more}",
            where=f"{partition.key}, column '{source.wave_columns(partition.wave).get(column, column)}'",
            why="where codes stand for bands of years, none is read as a number of years",
            remedy=f"add them to `bands` of {name}, or to `codes` or `blank` where they mean missing",
        )
        fault.parts = tuple(("blank",) if each == EMPTY else ("codes", each) for each, _ in rows)
        raise fault
