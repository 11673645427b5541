"""Variables that a source declares by an expression: written for DuckDB, and checked against the values each may
have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas.canonical_values import allowed_values
from schemas.concepts import load_concepts
from schemas.countries import country_values, same_state
from schemas.errors import InputError
from schemas.expressions import Written, expression_columns, tried_texts
from schemas.partition import Partition
from schemas.survey import Survey, Variable
from transforms.called_missing import CalledMissing, expression_missing_sql
from transforms.duck import one_of, quote_text
from transforms.fault_list import FaultList
from transforms.number_variables import number_sql, refuse_beyond, refuse_negative
from transforms.relation import Relation, create_view
from transforms.territories import territory_warning
from transforms.translated import MAXIMUM_NAMED, STATUS

MARKED = "[-+]?[0-9][0-9.,' \u00a0\u202f]*"
"""A text of digits and separators used in some country."""


def create_declared(mapped: Relation, source: Survey, called: CalledMissing) -> Relation:
    """View `declared`: the records with their codes translated, and the declared expressions added."""
    concepts = load_concepts()
    chosen = []
    for name, variable in source.variables.items():
        if variable.computed is None:
            continue
        checked, missing = source.expression_sql(name), expression_missing_sql(variable, called)
        if concepts[name].is_numeric:
            number = number_sql(f"as_number({checked})", concepts[name], variable.multiply)
            blank = quote_text(variable.blank) if variable.blank else "'unknown'"
            chosen.append(f"case when ({missing}) is null then {number} end as {name}")
            chosen.append(f"coalesce({missing}, case when {number} is null then {blank} end) as {name}_missing")
        else:
            value = _at_home(source, name, checked)
            chosen.append(f"coalesce({missing}, cast(({value}) as varchar)) as {name}")
    extra = f", {', '.join(chosen)}" if chosen else ""
    return create_view(mapped.connection, "declared", f"select mapped.*{extra} from {mapped} as mapped")


def _at_home(source: Survey, name: str, expression: str) -> str:
    """An expression for a country, with territories of the reporting country counted as part of it where that is
    declared."""
    related = ", ".join(map(quote_text, sorted(same_state(source.ref_area))))
    if source.variables[name].territories != "home" or not related:
        return expression
    return f"case when ({expression}) in ({related}) then {quote_text(source.ref_area)} else ({expression}) end"


def territories_of_expressions(declared: Relation, source: Survey, partition: Partition) -> Iterator[str]:
    """Warnings where expressions give territories of the reporting country and nothing is declared about them."""
    related = ", ".join(map(quote_text, sorted(same_state(partition.ref_area))))
    for name, variable in source.variables.items():
        concept = load_concepts()[name]
        if variable.computed is None or concept.type != "country" or STATUS.get(name) in source.variables:
            continue
        if related and variable.territories is None:
            query = f"select distinct {name} from {declared} where {name} in ({related})"
            found = declared.connection.execute(query).fetchall()
            if found:
                yield territory_warning(concept.label.en, [str(code) for (code,) in found], partition.ref_area)


def expressions(source: Survey, *, of_codes: bool = False) -> dict[str, Written]:
    """The expressions that give variables or their codes, under the names used for them in errors."""
    return {
        f"expression of {name}": Written(variable.expression, source.expression_sql(name), ("variables", name))
        for name, variable in source.variables.items()
        if variable.expression is not None and variable.is_translated == of_codes
    }


def check_values(declared: Relation, source: Survey, partition: Partition, called: CalledMissing) -> None:
    """Declared expressions must give a canonical value for every record, or a number where no `blank` is declared.

    Raises InputError for the faults of all of them at once.
    """
    faults = FaultList(partition.key)
    for name, variable in source.variables.items():
        if variable.computed is not None:
            with faults.collecting("variables", name):
                _check_value(declared, name, variable, called, f"{partition.key}, variable '{name}'")
    faults.require_none()


def _check_value(declared: Relation, name: str, variable: Variable, called: CalledMissing, where: str) -> None:
    concept = load_concepts()[name]
    if concept.is_numeric and variable.blank is None:
        _refuse_no_number(declared, name, f"({expression_missing_sql(variable, called)}) is null", where)
    if concept.is_numeric:
        refuse_beyond(declared, concept, name, "true", name, where)
    if concept.type == "integer":
        refuse_negative(declared, name, f"{name} < 0", where)
    allowed = allowed_values(concept)
    if allowed is not None:
        countries = country_values(concept.codelist) if concept.type == "country" else ()
        _refuse_others(declared, name, allowed, where, countries=sorted(countries))


def refuse_other_marks(raw: Relation, source: Survey, partition: Partition) -> None:
    """Stop where `try_cast` would lose a raw number because it is written with other marks than declared.

    Raises InputError naming the expression, its columns and the number of records.
    """
    tried = [
        (name, text)
        for name, variable in source.variables.items()
        if variable.expression is not None
        for text in dict.fromkeys(tried_texts(variable.expression))
    ]
    lost = [
        f"as_number({text}) is null and regexp_full_match(cast({text} as varchar), {quote_text(MARKED)})"
        for _, text in tried
    ]
    counts = ", ".join(f"count(*) filter ({each}), min(raw._row) filter ({each})" for each in lost)
    found = raw.connection.execute(f"select {counts} from {raw}").fetchall()[0] if lost else ()
    faults = FaultList(partition.key)
    for (name, text), rows, first in zip(tried, found[::2], found[1::2], strict=True):
        if rows:
            columns = ", ".join(sorted(expression_columns(text)))
            with faults.collecting("variables", name):
                raise InputError(
                    f"the expression of {name} reads {columns} as numbers, and {rows} record(s) hold a number with "
                    f"marks other than those declared; the first is record {first} of its file",
                    where=f"{partition.key}, source.yaml",
                    why="`try_cast` would give no value, as for 1.500 with a decimal comma or 1,500 with a decimal "
                    "point",
                    remedy="declare the separator of thousands as `thousands` under `read`, correct `decimal`, or "
                    "correct the file",
                )
    faults.require_none()


def _refuse_no_number(declared: Relation, name: str, unspoken: str, where: str) -> None:
    rows, first = declared.connection.execute(
        f"select count(*), min(raw._row) from {declared} where {name} is null and {unspoken}"
    ).fetchall()[0]
    if rows:
        fault = InputError(
            f"the expression of {name} gives no number for {rows} record(s); the first is record {first} of a file",
            where=where,
            why="these records would silently drop out of every estimate",
            remedy="correct the expression or the file, or declare what it means when there is no number (`blank`)",
        )
        fault.parts = (("blank",),)
        raise fault


def _refuse_others(
    declared: Relation, name: str, allowed: tuple[str, ...], where: str, *, countries: Sequence[str]
) -> None:
    bad = declared.connection.execute(
        f"select coalesce({name}, 'nothing'), count(*) from {declared}"
        f" where {name} is null or not ({one_of(name, [*allowed, *countries])}) group by 1 order by 2 desc, 1"
    ).fetchall()
    if bad:
        given = ", ".join(f"{value[:20]} ({rows} record(s))" for value, rows in bad[:MAXIMUM_NAMED])
        fault = InputError(
            f"the expression of {name} gives {given}",
            where=where,
            why="every record needs a canonical value or a kind of missing",
            remedy=f"make the expression give one of: {', '.join(allowed)}",
        )
        fault.parts = (("otherwise",),)
        raise fault
