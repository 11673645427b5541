"""What the expectations of a suite have to know of a table, asked of DuckDB together and not one by one.

Great Expectations judges a check by metrics, such as the number of rows that are unexpected. Its own engine finds them
with a query or more for each check; here all that are aggregates of the same rows come from one query.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from expectations.checks import UNEXPECTED_ROWS, Check
from transforms.duck import one_of, quote_name, quote_text

TABLE = "checked_table"
ROW_COUNT = "expect_table_row_count_to_be_between"
SHAPE = "expect_table_columns_to_match_set"
ROWS = "table.row_count"
COLUMNS = "table.columns"
NULLS = "column_values.nonnull.unexpected_count"
UNIQUE = "column_values.unique.unexpected_count"
TOGETHER = "compound_columns.unique.unexpected_count"
TOGETHER_ROWS = "compound_columns.unique.filtered_row_count"
LACKING = "column.distinct_values.missing_from_column.count"
RULE = "unexpected_rows_query.row_count"
"""Metrics as Great Expectations calls them."""
OBSERVED = "observed"
COUNT = "count(*)"

Metrics = dict[str, Any]
"""Metrics by their name in Great Expectations, and the aggregate shown beside a result as OBSERVED."""


@dataclass(frozen=True)
class Question:
    """An SQL aggregate of the rows of `source` that meet the condition `among`; of all of them when it is empty.

    With `by` it is of the rows of each group instead, a condition on the group, and the answer the number of groups
    that meet it.
    """

    aggregate: str
    among: str = ""
    source: str = TABLE
    by: tuple[str, ...] = ()

    def bundle(self) -> tuple[str, str, tuple[str, ...]]:
        """What it has to have in common with questions that are asked together with it."""
        return self.source, "" if self._filters else self.among, self.by

    def bundled(self) -> str:
        """The aggregate to ask it by together with others."""
        return f"count(*) filter (where {self.among})" if self._filters else self.aggregate

    @property
    def _filters(self) -> bool:
        return bool(self.aggregate == COUNT and self.among and not self.by)


def ask(questions: Sequence[Question]) -> str:
    """The query that answers questions of one bundle, a column for each."""
    source, among, by = questions[0].bundle()
    asked = [question.bundled() for question in questions]
    rows = f"from {source}{f' where {among}' if among else ''}"
    if not by:
        return f"select {', '.join(asked)} {rows}"
    met = ", ".join(f"({condition}) as met_{number}" for number, condition in enumerate(asked))
    counted = ", ".join(f"count(*) filter (where met_{number})" for number in range(len(asked)))
    return f"select {counted} from (select {met} {rows} group by {', '.join(by)})"


@dataclass(frozen=True)
class Metric:
    """What a type of expectation is judged by.

    asks     the questions whose answers it needs, by name of the metric; besides the rows and columns of the table
    counted  the metric that is the number of unexpected rows or groups; empty when it counts none
    fixed    metrics that would hold rows or values, and are empty here
    """

    asks: Callable[[Check], Mapping[str, Question]]
    counted: str = ""
    fixed: tuple[str, ...] = ()


def _nothing(_: Check) -> Mapping[str, Question]:
    return {}


def _column_metrics(name: str, condition: Callable[[str, Mapping[str, Any]], str]) -> Metric:
    """Values of a column that do not meet a condition; missing ones are not unexpected."""
    counted = f"column_values.{name}.unexpected_count"

    def asks(check: Check) -> Mapping[str, Question]:
        column = quote_name(check.arguments["column"])
        unmet = f"{column} is not null and not ({condition(column, check.arguments)})"
        return {NULLS: _missing(column), counted: Question(COUNT, unmet)}

    return Metric(asks, counted)


def _missing(column: str) -> Question:
    return Question(COUNT, f"{column} is null")


def _filled(check: Check) -> Mapping[str, Question]:
    return {NULLS: _missing(quote_name(check.arguments["column"]))}


def _unique(check: Check) -> Mapping[str, Question]:
    column = quote_name(check.arguments["column"])
    return {NULLS: _missing(column), UNIQUE: _repeated([column])}


def _unique_together(check: Check) -> Mapping[str, Question]:
    columns = [quote_name(column) for column in check.arguments["column_list"]]
    some = " or ".join(f"{column} is not null" for column in columns)
    return {TOGETHER_ROWS: Question(COUNT, some), TOGETHER: _repeated(columns)}


def _repeated(columns: Sequence[str]) -> Question:
    """The rows of each group of more than one that has no missing value among these columns."""
    filled = " and ".join(f"{column} is not null" for column in columns)
    by = ", ".join(columns)
    groups = f"select count(*) as rows_of_group from {TABLE} where {filled} group by {by} having count(*) > 1"
    return Question("coalesce(sum(rows_of_group), 0)", source=f"({groups})")


def _contained(check: Check) -> Mapping[str, Question]:
    column, values = quote_name(check.arguments["column"]), set(check.arguments["value_set"])
    found = f"count(distinct {column}) filter (where {_is_one_of(column, sorted(values))})"
    return {LACKING: Question(f"{len(values)} - {found}")}


def _is_one_of(column: str, values: Sequence[Any]) -> str:
    if not values:
        return "false"
    if all(isinstance(value, str) for value in values):
        return one_of(column, values)
    return f"{column} in ({', '.join(map(_literal, values))})"


def _is_between(column: str, arguments: Mapping[str, Any]) -> str:
    bounds = (("min_value", ">="), ("max_value", "<="))
    return " and ".join(
        f"{column} {sign} {_literal(arguments[name])}" for name, sign in bounds if arguments.get(name) is not None
    )


def _literal(value: Any) -> str:
    return quote_text(value) if isinstance(value, str) else f"{value!r}e0" if isinstance(value, float) else repr(value)


def _unexpected(check: Check) -> Mapping[str, Question]:
    found = f"case when {check.condition} then 1 else 0 end"
    both = f"({check.among}) and ({check.condition})" if check.among else check.condition
    return {
        RULE: {
            "rows": Question(COUNT, both),
            "table": Question(found, check.among),
            "groups": Question(check.condition, check.among, by=tuple(check.by)),
        }[check.counts]
    }


METRICS: Mapping[str, Metric] = {
    ROW_COUNT: Metric(_nothing),
    SHAPE: Metric(_nothing),
    "expect_column_values_to_not_be_null": Metric(_filled, NULLS),
    "expect_column_values_to_be_unique": Metric(_unique, UNIQUE),
    "expect_column_values_to_be_in_set": _column_metrics(
        "in_set", lambda column, arguments: _is_one_of(column, arguments["value_set"])
    ),
    "expect_column_values_to_be_between": _column_metrics("between", _is_between),
    "expect_column_distinct_values_to_contain_set": Metric(
        _contained, fixed=("column.distinct_values.missing_from_column",)
    ),
    "expect_compound_columns_to_be_unique": Metric(_unique_together, TOGETHER),
    UNEXPECTED_ROWS: Metric(_unexpected, RULE, fixed=("unexpected_rows_query.table",)),
}
"""Every type of expectation that suites may use."""


class UnansweredError(Exception):
    """Questions of some checks could not be answered; `checks` are their ids. What DuckDB said may quote a value."""

    def __init__(self, checks: Sequence[str]) -> None:
        super().__init__(", ".join(checks))
        self.checks = checks


def find_metrics(
    connection: duckdb.DuckDBPyConnection, checks: Sequence[Check], columns: Sequence[str], rows: int
) -> dict[str, Metrics]:
    """The metrics of each check on the table or view TABLE, by check id. Raises UnansweredError."""
    questions: dict[tuple[str, str], Question] = {}
    for check in checks:
        questions |= {(check.id, name): each for name, each in METRICS[check.expectation].asks(check).items()}
        if check.observed:
            questions[check.id, OBSERVED] = Question(check.observed, check.among)
    answers = _answers(connection, list(dict.fromkeys(questions.values())))
    if unanswered := [check.id for check in checks if _of(check, questions) - answers.keys()]:
        raise UnansweredError(unanswered)
    found: dict[str, Metrics] = {
        check.id: {ROWS: rows, COLUMNS: list(columns)} | {name: [] for name in METRICS[check.expectation].fixed}
        for check in checks
    }
    for (check_id, name), question in questions.items():
        found[check_id][name] = answers[question]
    return found


def _of(check: Check, questions: Mapping[tuple[str, str], Question]) -> set[Question]:
    return {question for (check_id, _), question in questions.items() if check_id == check.id}


def _answers(connection: duckdb.DuckDBPyConnection, questions: Sequence[Question]) -> dict[Question, Any]:
    """The answers of all questions that can be answered."""
    bundles: dict[object, list[Question]] = defaultdict(list)
    for question in questions:
        bundles[question.bundle()].append(question)
    answers: dict[Question, Any] = {}
    for bundle in bundles.values():
        answers |= _at_once(connection, bundle)
    return answers


def _at_once(connection: duckdb.DuckDBPyConnection, bundle: Sequence[Question]) -> dict[Question, Any]:
    try:
        row = connection.execute(ask(bundle)).fetchall()[0]
    except duckdb.Error:
        if len(bundle) == 1:
            return {}
        # One of them cannot be answered, or all together take too much memory.
        return {question: answer for each in bundle for question, answer in _at_once(connection, [each]).items()}
    return dict(zip(bundle, row, strict=True))
