"""Runs checks on one Parquet file: DuckDB finds what they need to know, in memory and keeping no row, and Great
Expectations judges."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from expectations.checks import Check, CheckResult
from expectations.judge import Judgement, judge
from expectations.metrics import (
    METRICS,
    OBSERVED,
    ROW_COUNT,
    ROWS,
    SHAPE,
    TABLE,
    Metrics,
    UnansweredError,
    find_metrics,
)
from schemas.errors import GateError
from transforms.duck import connect, parquet_rows, quote_path, quote_text


@dataclass(frozen=True)
class _Look:
    """The file before anything is checked: its columns with their types, and its number of rows."""

    types: Mapping[str, str]
    rows: int


def run_checks(
    checks: Sequence[Check],
    table: Path,
    types: Mapping[str, str],
    *,
    memory_limit: str = "2GB",
    work: Path | None = None,
) -> list[CheckResult]:
    """The result of every check on a Parquet file, in order; `types` are the column types that they rely on.

    Too large queries spill to a folder in `work`, or in the system's folder for temporary files.

    A check whose columns are missing or of another type is not run and counts as not met; one with `not_run` gives its
    reason, and stops nothing. Raises GateError when the file is not a readable Parquet file, or when a check cannot be
    evaluated: the first concerns the stage that wrote it, the second the maintainer of the suites, and neither
    discloses anything of the data.
    """
    with (
        tempfile.TemporaryDirectory(prefix="ilms-gate-", dir=work) as spill,
        connect(memory_limit=memory_limit, work=Path(spill)) as connection,
    ):
        look = _look(connection, table)
        _confine(connection, table)
        obstacles = {check.id: check.not_run or _obstacle(check, look.types, types) for check in checks}
        runnable = [check for check in checks if not obstacles[check.id]]
        try:
            metrics = find_metrics(connection, runnable, list(look.types), look.rows)
        except UnansweredError as error:
            raise _fault_of_checks(error.checks, table) from None
    judged = judge(runnable, metrics)
    if unevaluated := [name for name, judgement in judged.items() if judgement is None]:
        raise _fault_of_checks(unevaluated, table)
    results = {
        check.id: _result(check, judgement, metrics[check.id])
        for check in runnable
        if (judgement := judged[check.id]) is not None
    }
    return [results.get(check.id) or _not_checked(check, obstacles[check.id]) for check in checks]


def _not_checked(check: Check, reason: str) -> CheckResult:
    return CheckResult(check, success=bool(check.not_run), observed=f"not checked: {reason}")


def _confine(connection: Any, table: Path) -> None:
    """From here on the connection can only read this file, as view `TABLE`, and shows no progress bars."""
    file = table.absolute()
    connection.execute(f"create temp view {TABLE} as select * from {parquet_rows(file)}")
    connection.execute(f"set allowed_paths = [{quote_text(str(file))}, {quote_path(file)}]")
    connection.execute("set enable_external_access = false")


def _look(connection: duckdb.DuckDBPyConnection, table: Path) -> _Look:
    rows_of_table = parquet_rows(table.absolute())
    try:
        columns = connection.execute(f"describe select * from {rows_of_table}").fetchall()
        rows = connection.execute(f"select count(*) from {rows_of_table}").fetchall()[0][0]
    except duckdb.Error as error:
        raise GateError(
            "the table cannot be read as a Parquet file",
            where=str(table),
            why="nothing unchecked is published",
            remedy="run the stage that writes it again",
        ) from error
    return _Look({str(name): str(kind) for name, kind, *_ in columns}, int(rows))


def _obstacle(check: Check, present: Mapping[str, str], types: Mapping[str, str]) -> str:
    """Why a check cannot be run: a required column is missing or of another type."""
    missing = sorted(check.columns - set(present))
    if missing:
        return f"column {', '.join(missing)} missing"
    other = sorted(column for column in check.typed_columns if present[column] != types.get(column))
    return f"column {', '.join(other)} of another type" if other else ""


def _result(check: Check, judgement: Judgement, metrics: Metrics) -> CheckResult:
    success, rows = judgement.success, metrics[ROWS]
    observed = _number(check, metrics.get(OBSERVED))
    if check.expectation == SHAPE:
        return CheckResult(check, success, observed="" if success else _shape(judgement.result))
    if check.counts == "table":
        return CheckResult(check, success, rows, observed=observed)
    if check.expectation == ROW_COUNT:
        return CheckResult(check, success, rows, observed=f"{rows:,} rows")
    counted = METRICS[check.expectation].counted
    if not counted:
        return CheckResult(check, success, rows)
    unexpected = int(metrics[counted])
    return CheckResult(check, success, rows, unexpected, observed or _counted(check, unexpected, rows))


def _number(check: Check, value: float | None) -> str:
    """The aggregate shown beside a result, rounded because the last digits of sums depend on thread order."""
    if value is None:
        return ""
    number = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return f"{number} {check.unit}".strip()


def _fault_of_checks(names: Sequence[str], table: Path) -> GateError:
    """The error of checks that raised an exception, without its message, which may quote a value."""
    return GateError(
        f"{len(names)} check(s) could not be evaluated: {', '.join(names)}",
        where=str(table),
        why="this is not about the data: the fault is in the checks or in the software, and nothing unchecked is "
        "published",
        remedy="run again; if it fails again, correct these checks in expectations/suites, or report it with this "
        "message",
    )


def _counted(check: Check, unexpected: int, rows: int) -> str:
    if not unexpected:
        return ""
    if check.counts == "groups":
        return f"{unexpected:,} group(s) of rows"
    return f"{unexpected:,} of {rows:,} rows"


def _shape(details: Mapping[str, Any]) -> str:
    mismatched = details.get("details", {}).get("mismatched", {})
    parts = [
        f"{kind}: {', '.join(sorted(mismatched[kind]))}" for kind in ("missing", "unexpected") if mismatched.get(kind)
    ]
    return "; ".join(parts)
