"""Who belongs to which population, decided once for each value rather than for every person.

Most terms of a population's condition concern one category, so they are evaluated for its few values, and persons only
look up the result for theirs. Terms on numbers or on several variables are evaluated for every person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import duckdb
import sqlglot
from sqlglot import exp

from transforms.duck import quote_name, quote_text
from transforms.estimate.coding import Bits


@dataclass
class Exclusions:
    """The bits of the populations to which a person does not belong, in one column.

    by_value  for each variable and value, by the terms on that variable alone
    by_term   for each other term, as SQL over core records, where it does not hold
    """

    by_value: dict[str, dict[str | None, int]] = field(default_factory=dict)
    by_term: dict[str, int] = field(default_factory=dict)


def exclusions(
    connection: duckdb.DuckDBPyConnection,
    conditions: Mapping[str, str],
    bits: Mapping[str, Bits],
    values: Mapping[str, Iterable[str | None]],
) -> dict[str, Exclusions]:
    """The exclusions of every column of bits.

    `conditions` are SQL of who has a bit, by name; `values` all values of the variables that can be evaluated by value.
    """
    terms: dict[str, dict[str, list[str]]] = {}
    result: dict[str, Exclusions] = {each.column: Exclusions() for each in bits.values()}
    for name, condition in conditions.items():
        for text, variables in terms_of(condition):
            alone = next(iter(variables)) if len(variables) == 1 else None
            if alone is not None and alone in values:
                terms.setdefault(alone, {}).setdefault(text, []).append(name)
                continue
            by_term = result[bits[name].column].by_term
            by_term[text] = by_term.get(text, 0) | bits[name].mask
    for variable, asked in terms.items():
        for value, names in _left_out(connection, variable, asked, list(values[variable])).items():
            for name in names:
                by_value = result[bits[name].column].by_value.setdefault(variable, dict.fromkeys(values[variable], 0))
                by_value[value] |= bits[name].mask
    return result


def terms_of(condition: str) -> list[tuple[str, set[str]]]:
    """The terms that a condition joins by `and`, each as SQL with its columns."""
    terms = _joined(sqlglot.parse_one(condition, dialect="duckdb"))
    return [(each.sql(dialect="duckdb"), {column.name for column in each.find_all(exp.Column)}) for each in terms]


def _joined(tree: exp.Expr) -> list[exp.Expr]:
    """The terms joined by `and`, inside any brackets."""
    inner = tree.unnest()
    return [*_joined(inner.this), *_joined(inner.expression)] if isinstance(inner, exp.And) else [inner]


def _left_out(
    connection: duckdb.DuckDBPyConnection,
    variable: str,
    asked: Mapping[str, list[str]],
    values: list[str | None],
) -> dict[str | None, list[str]]:
    """For each value, the names whose terms do not hold."""
    holds = ", ".join(f"({term}) is true" for term in asked)
    listed = ", ".join(f"({'null' if value is None else quote_text(value)})" for value in values)
    if not listed:
        return {}
    rows = connection.execute(f"select {holds} from (values {listed}) as listed({quote_name(variable)})").fetchall()
    return {
        value: [name for held, names in zip(row, asked.values(), strict=True) if not held for name in names]
        for value, row in zip(values, rows, strict=True)
    }
