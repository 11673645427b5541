"""From a suite and the declared facts of a partition to the checks that Great Expectations runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from expectations.parameters import GateParameters
from expectations.rules import REFERENCE, ColumnName, Value, WrittenRule, write_rule, write_text
from expectations.subjects import GROUPS, ITEM, Item, suite_values
from expectations.suites import COLUMN_ARGUMENTS, OBSERVED, Entry, Suite

UNEXPECTED_ROWS = "unexpected_rows_expectation"
NOT_SHOWN = "a number that is not shown, as the source is confidential"
Severity = Literal["critical", "warning"]
Counts = Literal["rows", "groups", "table"]


@dataclass(frozen=True)
class Check:
    """One expectation, ready to run, with all references replaced by values.

    among, condition, by  of an SQL rule: which rows it is about, what should not occur, and the columns of its groups
    observed              the aggregate shown beside the result, of the same rows
    not_run               the reason why it cannot be run
    """

    id: str
    description: str
    severity: Severity
    area: str
    why: str
    remedy: str
    expectation: str
    arguments: dict[str, Any]
    counts: Counts
    among: str = ""
    condition: str = ""
    by: tuple[str, ...] = ()
    rule: str = ""
    columns: frozenset[str] = frozenset()
    typed_columns: frozenset[str] = frozenset()
    observed: str = ""
    unit: str = ""
    note: str = ""
    not_run: str = ""


@dataclass(frozen=True)
class CheckResult:
    """The result of one check: numbers about the table, never a row of it. One that is `not_run` is neither met nor
    failed."""

    check: Check
    success: bool
    checked: int | None = None
    unexpected: int | None = None
    observed: str = ""

    @property
    def sentence(self) -> str:
        """The expectation and what was found instead, as one sentence."""
        return f"{self.check.description.rstrip('.')}{f'; found: {self.observed}' if self.observed else ''}"

    @property
    def note(self) -> str:
        """The note published with the numbers when a warning is not met."""
        return self.check.note.replace(f"{{{OBSERVED}}}", self.observed)


def without_counts(result: CheckResult) -> CheckResult:
    """A result as it may be shown for a confidential source: counts of records could disclose a withheld number."""
    return replace(result, checked=None, unexpected=None, observed=NOT_SHOWN if result.observed else "")


def list_checks(suite: Suite, parameters: GateParameters) -> list[Check]:
    """Every check of the suite that applies to the partition, in the order of the suite."""
    declared = parameters.values()
    of_suite = {**declared, **suite_values(suite.suite)}
    checks = []
    for entry in suite.expectations:
        given = all(_is_declared(declared[name]) for name in entry.only_if)
        if given:
            checks += [
                _check(suite, entry, {**of_suite, **item, **parameters.limits_of(item)})
                for item in _items(suite, entry, declared)
            ]
        elif entry.otherwise:
            checks.append(_not_run(entry, declared))
    return checks


def _not_run(entry: Entry, values: Mapping[str, Value]) -> Check:
    """A check listed in the results with the reason why it is not run."""
    return Check(
        id=entry.id,
        description=write_text(entry.description.en, values),
        severity=entry.severity,
        area=entry.area,
        why=write_text(entry.why, values),
        remedy=write_text(entry.remedy, values),
        expectation=UNEXPECTED_ROWS,
        arguments={"unexpected_rows_query": _select("1", " where false")},
        counts="table",
        condition="false",
        not_run=write_text(str(entry.otherwise), values),
    )


def _is_declared(value: Value) -> bool:
    """Whether `only_if` counts a parameter as given: zero is given, although in Python 0 equals False."""
    return value is not None and value is not False


def _items(suite: Suite, entry: Entry, declared: Mapping[str, Value]) -> Iterator[Item]:
    """The items for which an entry is repeated; a single empty one where it is not."""
    listed = declared[entry.only_of] if entry.only_of else None
    items: Iterable[Item] = GROUPS[suite.suite][entry.for_each].items() if entry.for_each else [{}]
    for item in items:
        if not isinstance(listed, tuple) or item[ITEM] in listed:
            yield item


def _check(suite: Suite, entry: Entry, values: Mapping[str, Value]) -> Check:
    item = values.get(ITEM)
    parts = _expectation(entry, values) if entry.expect is not None else _rule(suite, entry, values)
    return Check(
        id=f"{entry.id}[{item}]" if item else entry.id,
        description=" ".join(write_text(entry.description.en, values).split()),
        severity=entry.severity,
        area=entry.area,
        why=write_text(entry.why, values),
        remedy=write_text(entry.remedy, values),
        unit=write_text(entry.unit, values),
        note=write_text(entry.note.en if entry.note else "", {**values, OBSERVED: f"{{{OBSERVED}}}"}),
        **parts,
    )


def _expectation(entry: Entry, values: Mapping[str, Value]) -> dict[str, Any]:
    arguments = _arguments(entry.arguments, values)
    columns: set[str] = set()
    for name in COLUMN_ARGUMENTS:
        named = arguments.get(name, [])
        columns |= {named} if isinstance(named, str) else set(named)
    return {
        "expectation": str(entry.expect),
        "arguments": arguments,
        "counts": "rows",
        "columns": frozenset(columns),
        "typed_columns": frozenset(columns),
    }


def _rule(suite: Suite, entry: Entry, values: Mapping[str, Value]) -> dict[str, Any]:
    """A query for the rows, groups or table that should not occur: counts only, so that no record leaves DuckDB."""

    def write(rule: str, item: Item | None = None) -> WrittenRule:
        return write_rule(rule, {**values, **(item or {})}, suite.columns)

    rule = str(entry.unexpected_rows or entry.unexpected_groups or entry.unexpected_table)
    items = GROUPS[suite.suite][entry.any_of].items() if entry.any_of else [{}]
    conditions = [write(rule, item) for item in items]
    where, observed = ([write(each)] if each else [] for each in (entry.where, entry.observed))
    by = [write(column) for column in entry.by]
    condition = " or ".join(f"({each.sql})" for each in conditions) if entry.any_of else conditions[0].sql
    among = where[0].sql if where else ""
    counts: Counts = "rows" if entry.unexpected_rows else "groups" if entry.unexpected_groups else "table"
    groups = tuple(each.sql for each in by)
    needed = [*where, *conditions, *observed, *by]
    return {
        "expectation": UNEXPECTED_ROWS,
        "arguments": {"unexpected_rows_query": _query(counts, among, condition, groups)},
        "counts": counts,
        "among": among,
        "condition": condition,
        "by": groups,
        "rule": f"{condition}, among rows where {among}" if among else condition,
        "observed": observed[0].sql if observed else "",
        "columns": frozenset().union(*(each.columns for each in needed)),
        "typed_columns": frozenset().union(*(each.typed for each in needed)),
    }


def _query(counts: Counts, among: str, condition: str, by: Sequence[str]) -> str:
    """The rule as Great Expectations would ask it, shown with its result."""
    kept = f" where ({among})" if among else ""
    return {
        "rows": _select("1", f"{kept} and ({condition})" if among else f" where {condition}"),
        "groups": _select("count(*)", f"{kept} group by {', '.join(by)} having {condition}"),
        "table": _select("count(*)", f"{kept} having {condition}"),
    }[counts]


def _select(what: str, rest: str) -> str:
    """Great Expectations replaces {batch} by the table, and expects every other brace to be doubled."""
    doubled = f"{what} as unexpected from BATCH{rest}".replace("{", "{{").replace("}", "}}")
    return f"select {doubled.replace('BATCH', '{batch}', 1)}"


def _arguments(arguments: Mapping[str, Any], values: Mapping[str, Value]) -> dict[str, Any]:
    """Arguments with their references replaced; an undeclared bound is left open."""
    written = {name: _argument(value, values) for name, value in arguments.items()}
    return {name: value for name, value in written.items() if value is not None}


def _argument(value: Any, values: Mapping[str, Value]) -> Any:
    if not isinstance(value, str):
        return value
    whole = REFERENCE.fullmatch(value)
    if whole is None:
        return write_text(value, values)
    found = values[whole[1]]
    if isinstance(found, tuple):
        return list(found)
    return str(found) if isinstance(found, ColumnName) else found
