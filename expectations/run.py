"""Runs checks on one Parquet file: Great Expectations with DuckDB, in memory, offline, without output, keeping no
row."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from expectations.checks import Check, CheckResult
from expectations.quiet import great_expectations
from schemas.errors import GateError
from transforms.duck import parquet_rows, quote_path, quote_text

CHECK_ID = "check"
COUNTS_ONLY = {"result_format": "SUMMARY", "partial_unexpected_count": 0, "exclude_unexpected_values": True}
ROW_COUNT = "expect_table_row_count_to_be_between"
SHAPE = "expect_table_columns_to_match_set"
TABLE = "checked_table"

Config = dict[str, Any]


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
    with tempfile.TemporaryDirectory(prefix="ilms-gate-", dir=work) as spill:
        config = _config(memory_limit, Path(spill))
        with duckdb.connect(":memory:", config=config) as connection:
            look = _look(connection, table)
            _confine(connection, table)
            obstacles = {check.id: check.not_run or _obstacle(check, look.types, types) for check in checks}
            runnable = [check for check in checks if not obstacles[check.id]]
            observed = {check.id: _observe(connection, check, table) for check in runnable if check.observed}
        outcomes = _validate(runnable, table, config)
    if unevaluated := [name for name, outcome in outcomes.items() if _raised(outcome.exception_info)]:
        raise _fault_of_checks(unevaluated, table)
    return [
        CheckResult(check, success=bool(check.not_run), observed=f"not checked: {obstacles[check.id]}")
        if obstacles[check.id]
        else _result(check, outcomes[check.id], look.rows, observed.get(check.id, ""))
        for check in checks
    ]


def _config(memory_limit: str, spill: Path) -> Config:
    return {
        "memory_limit": memory_limit,
        "temp_directory": str(spill),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }


def _confine(connection: Any, table: Path) -> None:
    """From here on the connection can only read this file, as view `TABLE`, and shows no progress bars.

    The path is in no later query: Great Expectations and SQLAlchemy would interpret some characters in it.
    """
    file = table.absolute()
    connection.execute("set enable_progress_bar = false")
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


def _observe(connection: duckdb.DuckDBPyConnection, check: Check, table: Path) -> str:
    """The aggregate shown beside the result of a check, rounded because the last digits of sums depend on thread
    order."""
    try:
        value = connection.execute(check.observed.format(batch=TABLE)).fetchall()[0][0]
    except duckdb.Error:
        raise _fault_of_checks([check.id], table) from None
    if value is None:
        return ""
    number = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return f"{number} {check.unit}".strip()


def _validate(checks: Sequence[Check], table: Path, config: Config) -> dict[str, Any]:
    """The validation result of Great Expectations for each check, by check id."""
    gx = great_expectations()
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
    from great_expectations.expectations.metadata_types import FailureSeverity
    from sqlalchemy import event

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    datasource = context.data_sources.add_sql(
        name="table",
        connection_string="duckdb:///:memory:",
        kwargs={
            "isolation_level": "AUTOCOMMIT",
            "skip_autocommit_rollback": True,
            "connect_args": {"config": dict(config)},
        },
    )
    engine = datasource.get_execution_engine().engine
    event.listen(engine, "connect", lambda connection, _record: _confine(connection, table))
    asset = datasource.add_query_asset(name="rows", query=f"select * from {TABLE}")
    expectations = [
        ExpectationConfiguration(
            type=check.expectation,
            kwargs=dict(check.arguments),
            meta={CHECK_ID: check.id},
            severity=FailureSeverity(check.severity),
        ).to_domain_obj()
        for check in checks
    ]
    suite = gx.ExpectationSuite(name="gate", expectations=expectations)
    batch = asset.add_batch_definition_whole_table("whole").get_batch()
    try:
        validated = batch.validate(suite, result_format=COUNTS_ONLY)
    finally:
        datasource.get_execution_engine().close()
    return {result.expectation_config.meta[CHECK_ID]: result for result in validated.results}


def _result(check: Check, outcome: Any, rows: int, observed: str) -> CheckResult:
    details = outcome.result
    success = bool(outcome.success)
    if check.expectation == SHAPE:
        return CheckResult(check, success, observed="" if success else _shape(details))
    if check.counts == "table":
        return CheckResult(check, success, rows, observed=observed)
    if check.expectation == ROW_COUNT:
        return CheckResult(check, success, rows, observed=f"{rows:,} rows")
    unexpected = details.get("unexpected_count", details.get("observed_value"))
    if unexpected is None:
        return CheckResult(check, success, rows)
    return CheckResult(check, success, rows, unexpected, observed or _counted(check, unexpected, rows))


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


def _raised(exception_info: Mapping[str, Any]) -> bool:
    """Whether the check itself failed; the information is flat, or one entry per metric."""
    entries = [exception_info, *(entry for entry in exception_info.values() if isinstance(entry, Mapping))]
    return any(entry.get("raised_exception") is True for entry in entries)


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
