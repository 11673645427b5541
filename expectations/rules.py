"""Rules of the suites: SQL conditions over the columns of one table, parsed, allow-listed and written out again.

A rule may name columns, {references} to declared parameters, and a closed list of operators and functions. It cannot
reach another table, a file or a setting, so a statistician can add one without review by a programmer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import sqlglot
from sqlglot import exp

from schemas.expressions import ALLOWED_NODES, expression_columns

DIALECT = "duckdb"
REFERENCE = re.compile(r"\{([a-z_]+)\}")
ROW_NODES = (
    *ALLOWED_NODES, exp.Placeholder, exp.NullSafeEQ, exp.NullSafeNEQ, exp.IsNan, exp.IsInf, exp.Typeof, exp.SplitPart,
    exp.EndsWith, exp.Contains, exp.RegexpFullMatch,
)  # fmt: skip
AGGREGATE_NODES = (
    *ROW_NODES, exp.Count, exp.Sum, exp.Min, exp.Max, exp.Avg, exp.Median, exp.Distinct, exp.Filter, exp.Where,
    exp.Star,
)  # fmt: skip
PLAIN_FUNCTIONS = frozenset({"isfinite"})

Value = str | int | float | bool | tuple[str, ...] | None


class ColumnName(str):
    """A reference to a column, not to a text."""

    __slots__ = ()


class Sql(str):
    """A reference to a part of a rule, itself a rule: a condition or an aggregate."""

    __slots__ = ()


@dataclass(frozen=True)
class WrittenRule:
    """A rule as DuckDB SQL, the columns that it needs, and those among them whose type matters: not for `typeof`."""

    sql: str
    columns: frozenset[str]
    typed: frozenset[str]


def references(text: str) -> set[str]:
    """The names in {braces}."""
    return set(REFERENCE.findall(text))


def check_rule(sql: str, *, aggregate: bool = False) -> None:
    """Raise ValueError, saying what to write instead, unless `sql` is one condition of allowed parts."""
    _parse(sql, aggregate=aggregate)


def rule_columns(sql: str) -> set[str]:
    """The columns a rule names, {references} left out."""
    return expression_columns(_with_placeholders(sql))


def write_rule(sql: str, values: Mapping[str, Value], shared: Mapping[str, str] | None = None) -> WrittenRule:
    """The rule as DuckDB SQL: references become literals or columns, and `shared` names the expressions they stand for.

    Raises KeyError for a reference without a value.
    """
    expressions = tuple((shared or {}).items())
    named = sorted(references(" ".join([sql, *(expression for _, expression in expressions)])))
    # Values that are equal may be of several types, and are then written in several ways.
    given = tuple((name, type(values[name]), values[name]) for name in named if name in values)
    return _write(sql, given, expressions)


@lru_cache(maxsize=2048)
def _write(
    sql: str, given: tuple[tuple[str, type, Value], ...], expressions: tuple[tuple[str, str], ...]
) -> WrittenRule:
    values, shared = {name: value for name, _, value in given}, dict(expressions)
    tree = _parse(sql, aggregate=True).copy()
    for column in list(tree.find_all(exp.Column)):
        if column.name in shared:
            replacement = exp.paren(_parse(shared[column.name], aggregate=False).copy())
            tree = replacement if column is tree else tree
            column.replace(replacement)
    for placeholder in list(tree.find_all(exp.Placeholder)):
        value = values[str(placeholder.this)]
        if isinstance(value, tuple) and isinstance(placeholder.parent, exp.In):
            literals = [exp.Literal.string(item) for item in value]
            placeholder.parent.set("expressions", literals)
        else:
            written = _literal(value)
            tree = written if placeholder is tree else tree
            placeholder.replace(written)
    columns = list(tree.find_all(exp.Column))
    return WrittenRule(
        tree.sql(dialect=DIALECT, comments=False),
        frozenset(column.name for column in columns),
        frozenset(column.name for column in columns if not isinstance(column.parent, exp.Typeof)),
    )


def write_text(text: str, values: Mapping[str, Value]) -> str:
    """A description with its references replaced by readable values."""
    return REFERENCE.sub(lambda found: _readable(values[found[1]]), text)


@lru_cache(maxsize=2048)
def _parse(sql: str, *, aggregate: bool) -> exp.Expr:
    """The tree of a rule, not to be changed: it is kept."""
    try:
        parsed = sqlglot.parse(_with_placeholders(sql), dialect=DIALECT)
    except sqlglot.errors.SqlglotError as error:
        raise ValueError(f"the rule cannot be parsed: {str(error).splitlines()[0]}") from error
    if len(parsed) != 1 or parsed[0] is None:
        raise ValueError("a rule is exactly one SQL condition, such as: age < 15 and labour_force_status = 'employed'")
    allowed = AGGREGATE_NODES if aggregate else ROW_NODES
    for node in parsed[0].walk():
        plain = isinstance(node, exp.Anonymous) and node.name.lower() in PLAIN_FUNCTIONS
        qualified = isinstance(node, exp.Column) and node.table
        if not (plain or isinstance(node, allowed)) or qualified:
            shown = node.sql(dialect=DIALECT)[:60]
            raise ValueError(
                f"'{shown}' is not allowed in a rule; compare and calculate on the table's own columns"
                + ("" if aggregate else "; sums and counts belong in unexpected_groups or unexpected_table")
            )
    return parsed[0]


def _with_placeholders(sql: str) -> str:
    return REFERENCE.sub(r"$\1", sql)


def _literal(value: Value) -> exp.Expr:
    if isinstance(value, ColumnName):
        return exp.column(str(value), quoted=True)
    if isinstance(value, Sql):
        return exp.paren(_parse(value, aggregate=True).copy())
    if isinstance(value, str):
        return exp.Literal.string(value)
    if value is None or isinstance(value, bool | int | float):
        return exp.convert(value)
    raise ValueError("a list of values comes after `in`, in brackets: x in ({allowed_values})")


def _readable(value: Value) -> str:
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, float):
        return f"{value:,.0f}" if value.is_integer() else f"{value:g}"
    return str(value)
