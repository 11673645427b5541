"""Declared expressions: parsed by sqlglot, checked against an allow-list, written out again. Never run as they come.

A cast to a number reads a text by the marks that the declaration names (the functions of `transforms.numbers`), and one
to whole numbers leaves the fraction out: '14.9' as integer is 14.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache

import sqlglot
from sqlglot import exp

from schemas.errors import DeclarationError, Part
from schemas.expression_limits import MAXIMUM_LENGTH, limits_passed
from schemas.nearest import nearest

ALLOWED_NODES: tuple[type[exp.Expr], ...] = (
    exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Tuple,
    exp.Case, exp.If, exp.Coalesce, exp.Nullif, exp.Cast, exp.TryCast, exp.DataType, exp.DataTypeParam,
    exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In, exp.Is,
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Neg, exp.Abs, exp.Floor, exp.Ceil, exp.Round,
    exp.Greatest, exp.Least, exp.Upper, exp.Lower, exp.Trim, exp.Substring, exp.Left, exp.Right, exp.Length,
    exp.Concat, exp.DPipe, exp.StartsWith, exp.Like, exp.Pad,
)  # fmt: skip

RAW = "raw."


@dataclass(frozen=True)
class Written:
    """An expression as it is declared, and as it was checked and written out for DuckDB; `part` is where it stands."""

    declared: str
    sql: str
    part: Part = ()


def check_expression(sql: str, *, columns: Collection[str], where: str) -> str:
    """The expression written out again for DuckDB, if it is one scalar expression of allowed parts over `columns`.

    `columns` are the names that may be used, as `name` or `table.name`.
    Raises DeclarationError naming the part that is not allowed.
    """
    try:
        parsed = _parsed(sql)
    except sqlglot.errors.SqlglotError as error:
        raise DeclarationError(
            f"the expression cannot be parsed: {_where_it_breaks(error)}",
            where=where,
            remedy="write one SQL expression, such as `case when raw.status in ('1', '2') then 'employed' end`",
        ) from error
    if len(parsed) != 1 or parsed[0] is None:
        raise DeclarationError("a declaration holds exactly one expression", where=where, remedy="remove the rest")
    tree = parsed[0]
    for node in tree.walk():
        _check_node(node, columns, where)
    for passed in limits_passed(tree):
        raise DeclarationError(
            f"the expression exceeds what is computed for a record: {passed}",
            where=where,
            remedy="keep within that limit",
        )
    return _with_declared_numbers(tree).sql(dialect="duckdb", comments=False)


def is_condition(sql: str) -> bool:
    """Whether an expression gives yes or no, judged by its outermost part."""
    tree = _parsed(sql)[0]
    gives = (exp.Predicate, exp.Connector, exp.Not, exp.Boolean, exp.Case, exp.If, exp.Coalesce, exp.StartsWith)
    return tree is not None and isinstance(tree.unnest(), gives)


def expression_literals(sql: str) -> set[str]:
    """The texts and numbers written in an expression."""
    return {str(literal.this) for tree in _parsed(sql) if tree for literal in tree.find_all(exp.Literal)}


def expression_casts(sql: str) -> list[str]:
    """The casts of an expression that must succeed, as DuckDB runs them: `cast`, and not `try_cast`."""
    return [
        cast.sql(dialect="duckdb", comments=False)
        for tree in _parsed(sql)
        if tree
        for cast in _with_declared_numbers(tree).find_all(exp.Cast)
        if not isinstance(cast, exp.TryCast)
    ]


def tried_texts(sql: str) -> list[str]:
    """What an expression tries to read as a number (`try_cast`) from columns of the file alone, as DuckDB runs it."""
    return [
        _with_declared_numbers(tried.this).sql(dialect="duckdb", comments=False)
        for tree in _parsed(sql)
        if tree
        for tried in tree.find_all(exp.TryCast)
        if tried.to.this in exp.DataType.NUMERIC_TYPES
        and all(column.table == RAW.removesuffix(".") for column in tried.find_all(exp.Column))
    ]


def _where_it_breaks(error: sqlglot.errors.SqlglotError) -> str:
    """The place where an expression cannot be parsed any further, without the parser's internal terms."""
    found = getattr(error, "errors", None)
    if not found or not found[0].get("highlight"):
        return str(error).splitlines()[0]
    said = "something is missing" if "<class" in found[0]["description"] else found[0]["description"]
    return f"{said} at '{found[0]['start_context']}{found[0]['highlight']}'"


def expression_columns(sql: str) -> set[str]:
    """The columns that an expression names, as `name` or `table.name`."""
    return {_name(column) for tree in _parsed(sql) if tree for column in tree.find_all(exp.Column)}


def raw_columns(sql: str) -> set[str]:
    """Our columns that an expression reads as raw.<column>; none where it cannot be parsed, which its check reports."""
    try:
        return {name.removeprefix(RAW) for name in expression_columns(sql) if name.startswith(RAW)}
    except sqlglot.errors.SqlglotError:
        return set()


def _with_declared_numbers(tree: exp.Expr) -> exp.Expr:
    """The tree with every cast to a number taking a number read by the declared decimal and thousands marks."""
    written = tree.copy()
    for cast in list(written.find_all(exp.Cast)):
        if cast.to.this not in exp.DataType.NUMERIC_TYPES:
            continue
        reader = "as_number" if isinstance(cast, exp.TryCast) else "sure_number"
        number: exp.Expr = exp.Anonymous(this=reader, expressions=[cast.this])
        if cast.to.this in exp.DataType.INTEGER_TYPES:
            number = exp.Anonymous(this="whole_number", expressions=[number])
        cast.set("this", number)
    return written


def result_literals(sql: str) -> set[str]:
    """The texts and numbers that an expression can give as written in it, such as those after `then` and `else`."""
    return {literal for tree in _parsed(sql) if tree for literal in _results(tree)}


def _results(node: exp.Expr) -> Iterator[str]:
    if isinstance(node, exp.Literal):
        yield node.name
    elif isinstance(node, exp.Case):
        branches = [each.args["true"] for each in node.args["ifs"]]
        for branch in [*branches, node.args.get("default")]:
            yield from _results(branch) if branch is not None else ()
    elif isinstance(node, exp.If):
        for branch in (node.args["true"], node.args.get("false")):
            yield from _results(branch) if branch is not None else ()
    elif isinstance(node, exp.Coalesce):
        for branch in (node.this, *node.expressions):
            yield from _results(branch)
    elif isinstance(node, exp.Paren | exp.Nullif):
        yield from _results(node.this)


@cache
def _parsed(sql: str) -> list[exp.Expr | None]:
    """The trees of a text, kept since the same expression is looked at many times; callers never change them.

    Raises SqlglotError for whatever cannot be parsed.
    """
    if len(sql) > MAXIMUM_LENGTH:
        raise sqlglot.errors.ParseError(f"it has more than {MAXIMUM_LENGTH:,} characters")
    try:
        return sqlglot.parse(sql, dialect="duckdb")
    except sqlglot.errors.SqlglotError:
        raise
    except RecursionError:
        raise sqlglot.errors.ParseError("it nests too deep") from None
    except Exception as error:
        raise sqlglot.errors.ParseError(f"it is not SQL ({type(error).__name__})") from error


def _name(column: exp.Column) -> str:
    return f"{column.table}.{column.name}" if column.table else column.name


def _check_node(node: exp.Expr, columns: Collection[str], where: str) -> None:
    if not isinstance(node, ALLOWED_NODES):
        raise DeclarationError(
            f"'{node.sql(dialect='duckdb')[:60]}' is not allowed in a declared expression",
            where=where,
            why="declared expressions may only compare, choose and calculate on the columns of one record",
            remedy="use comparisons, case, in, between, coalesce, arithmetic and simple text functions",
        )
    if isinstance(node, exp.Column) and _name(node) not in columns:
        raise DeclarationError(
            f"the expression names '{_name(node)}', which is neither a declared column nor a mapped variable"
            f"{nearest(_name(node), columns)}",
            where=where,
            remedy=f"use one of: {', '.join(sorted(columns))}",
        )
    if isinstance(node, exp.In) and isinstance(node.this, exp.Column) and node.this.table == "raw":
        _refuse_numbers(node, where)


def _refuse_numbers(choice: exp.In, where: str) -> None:
    """Texts compared with numbers in a list would be rounded to whole numbers first; elsewhere DuckDB refuses it."""
    if any(literal.is_number for literal in choice.expressions):
        raise DeclarationError(
            f"'{choice.sql(dialect='duckdb')[:60]}' looks for numbers in a column of texts",
            where=where,
            why="39.9 would be found among 38, 39 and 40",
            remedy="write codes as texts, such as in ('1', '2'), or cast the column to a number",
        )
