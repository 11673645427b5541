"""What a file itself marks as missing (SPSS's user-missing values, Stata's .a to .z) is never read as a value.

The declaration states its kind of missing: `codes` of a number or an expression, the code's own row in the map of a
category. Where a record holds such a value and the declaration does not cover it, the partition stops.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from schemas.concepts import load_concepts
from schemas.errors import InputError, Part
from schemas.expressions import expression_columns, expression_literals
from schemas.numbers import as_range
from schemas.partition import Partition
from schemas.survey import Survey, Variable
from transforms.duck import quote_name, quote_text
from transforms.numbers import code_sql
from transforms.relation import Relation

CalledMissing = Mapping[str, Sequence[str]]
"""Our column name -> the codes and ranges that the file marks as missing, written like `codes` in source.yaml."""


def any_code_sql(column: str, codes: Iterable[str]) -> str:
    """The condition that a column of the raw records holds one of some codes."""
    text = f"raw.{quote_name(column)}"
    return " or ".join(code_sql(text, code) for code in codes) or "false"


def expression_missing_sql(variable: Variable, called: CalledMissing) -> str:
    """The kind of missing of an expression in a record: that of the first of `codes` found in a column whose file marks
    it so.

    Null where there is none.
    """
    columns = _columns_of(variable, called)
    cases = " ".join(
        f"when {any_code_sql(column, [code])} then {quote_text(kind)}"
        for code, kind in variable.codes.items()
        for column in columns
    )
    return f"case {cases} end" if cases else "cast(null as varchar)"


@dataclass(frozen=True)
class _Reading:
    """What reads a column, the condition that the declaration covers a value in it, and how to declare one that it does
    not. `part` is where it is declared."""

    by: str
    part: Part
    column: str
    spoken_of: str
    remedy: str


def refuse_unspoken(raw: Relation, source: Survey, partition: Partition, called: CalledMissing) -> None:
    """Stop where a value that the file marks as missing would become a number, a category or a weight.

    Raises InputError naming the codes, every such column, and what to declare.
    """
    faults: list[str] = []
    remedies: list[str] = []
    parts: list[Part] = []
    for reading in _readings(source, partition, called):
        codes = called[reading.column]
        condition = f"({any_code_sql(reading.column, codes)}) and not ({reading.spoken_of})"
        rows = raw.connection.execute(f"select count(*) from {raw} where {condition}").fetchall()[0][0]
        if rows:
            producers = source.wave_columns(partition.wave).get(reading.column, reading.column)
            faults.append(f"{', '.join(codes)} of {producers} ({reading.by}; {rows} record(s))")
            remedies.append(reading.remedy)
            parts.append(reading.part)
    if faults:
        fault = InputError(
            f"the file itself marks as missing what the declaration does not mention: {'; '.join(faults)}",
            where=partition.key,
            why="read as values, special codes would count in totals and means",
            remedy="; ".join(dict.fromkeys(remedies)),
        )
        fault.parts = tuple(dict.fromkeys(parts))
        raise fault


def _readings(source: Survey, partition: Partition, called: CalledMissing) -> Iterator[_Reading]:
    for name, variable in source.wave_variables(partition.wave).items():
        part: Part = ("variables", name)
        for column in _columns_of(variable, called):
            of_map = source.code_maps[variable.map] if variable.map else {}
            spoken = sorted({*expression_literals(str(variable.expression)), *of_map})
            literals = ", ".join(map(quote_text, spoken))
            listed = f"raw.{quote_name(column)} in ({literals})" if literals else "false"
            spoken_of = f"{any_code_sql(column, variable.codes)} or {listed}"
            yield _Reading(f"the expression of {name}", part, column, spoken_of, _advice(name, called[column]))
        if variable.column is not None and variable.column in called:
            yield from _reading_of_column(source, name, variable, variable.column, called)
    remedy = "ask the producer for the weight, stratum and sampling unit of these records"
    for design_column in set(source.design.columns) & called.keys():
        yield _Reading("design", ("columns", design_column), design_column, "false", remedy)


def _reading_of_column(
    source: Survey, name: str, variable: Variable, column: str, called: CalledMissing
) -> Iterator[_Reading]:
    concept, part = load_concepts()[name], ("variables", name)
    if concept.is_numeric:
        spoken_of = any_code_sql(column, variable.codes)
        yield _Reading(f"variable '{name}'", part, column, spoken_of, _advice(name, called[column]))
    elif concept.type != "identifier":
        rows = source.code_maps[variable.map] if variable.map else {}
        own = [code for code in rows if as_range(code) is None]
        named = f"map '{variable.map}'" if variable.map else f"a map, and name it as `map` of '{name}'"
        remedy = f"give each code its own row in code_maps.csv, in {named}, with its kind of missing"
        yield _Reading(f"variable '{name}'", part, column, any_code_sql(column, own), remedy)


def _advice(name: str, codes: Sequence[str]) -> str:
    listed = ", ".join(f'"{code}": unknown' for code in codes)
    return f"declare `codes: {{{listed}}}` under '{name}' in source.yaml, or refused, not_in_universe, as is meant"


def _columns_of(variable: Variable, called: CalledMissing) -> list[str]:
    """Columns of an expression that hold values marked as missing."""
    if variable.expression is None:
        return []
    named = expression_columns(variable.expression)
    return [column for column in called if f"raw.{column}" in named]
