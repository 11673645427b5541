"""The gate between stages: a table passes when every critical expectation of its suite is met.

core        person records, before anything is estimated from them
cells       estimates, before they can be published
flows       flow records of registers, before they are summed
flow_cells  numbers of registers, before they can be published
corridors, corridor_cells  the same of migrants by origin and destination
figures, figure_cells      the same of figures that their producer has published
regional    regional and world aggregates of one edition, before they can be published
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from expectations.checks import CheckResult, Severity, list_checks, without_counts
from expectations.data_docs import publish_page
from expectations.parameters import GateParameters
from expectations.run import run_checks
from expectations.subjects import table_columns
from expectations.suites import SuiteName, load_suite
from schemas.errors import GateError
from schemas.tables import QUALITY_RESULT

__all__ = ["GateOutcome", "GateParameters", "run_gate"]

ARROW_TYPES = {"VARCHAR": pa.string(), "BIGINT": pa.int64(), "BOOLEAN": pa.bool_()}


@dataclass(frozen=True)
class GateOutcome:
    """The findings of the gate: every result, and in words what stops the partition and what is published as a note."""

    suite: SuiteName
    source: str
    wave: str
    results: tuple[CheckResult, ...]

    @property
    def passed(self) -> bool:
        """Whether every critical expectation is met."""
        return not self.critical_failures

    @property
    def critical_failures(self) -> tuple[str, ...]:
        """Each critical expectation that is not met, with what was found, why it matters and what to do."""
        return tuple(
            f"[{result.check.id}] Expected: {result.sentence}. Why it matters: {result.check.why.rstrip('.')}."
            f" What to do: {result.check.remedy.rstrip('.')}."
            for result in self.failed("critical")
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """The note of each warning that is not met, to be published with the numbers."""
        return tuple(result.note for result in self.failed("warning"))

    def require(self) -> None:
        """Raise GateError listing every critical failure, if there is any."""
        failures = self.critical_failures
        if failures:
            raise GateError(
                f"{len(failures)} critical expectation(s) are not met: " + " ".join(failures),
                where=f"{self.source}|{self.wave}, {load_suite(self.suite).title.lower()} ({self.suite})",
                why="the partition is not published while they fail",
                remedy="correct the declaration or the input, then run again; data_docs/ shows every result",
            )

    def failed(self, severity: Severity) -> list[CheckResult]:
        """The results of this severity that are not as expected, in the order of the suite."""
        return [result for result in self.results if not result.success and result.check.severity == severity]


def run_gate(
    suite: SuiteName,
    table: Path,
    parameters: GateParameters,
    *,
    output: Path,
    data_docs: Path | None,
    memory_limit: str = "2GB",
    work: Path | None = None,
) -> GateOutcome:
    """Check a table, write the results to `output` (Parquet, columns of QUALITY_RESULT) and to the Data Docs folder.

    Too large queries spill to `work`.
    Failures are in the outcome, not raised: call `require()` to stop on them.
    Raises GateError only when the table cannot be read or a check cannot be evaluated, DeclarationError when the suite
    is wrong.
    """
    declared = load_suite(suite)
    checks = list_checks(declared, parameters)
    results = run_checks(checks, table, table_columns(suite), memory_limit=memory_limit, work=work)
    if parameters.confidential:
        results = [without_counts(result) for result in results]
    outcome = GateOutcome(suite, parameters.source, parameters.wave, tuple(results))
    write_quality_results(outcome, output)
    if data_docs is not None:
        publish_page(data_docs, suite, declared.title, parameters, results)
    return outcome


def write_quality_results(outcome: GateOutcome, output: Path) -> None:
    """Write one row per check, in the order of the suite, to a Parquet file."""
    output.parent.mkdir(parents=True, exist_ok=True)
    schema = pa.schema([(column.name, ARROW_TYPES[column.type]) for column in QUALITY_RESULT])
    pq.write_table(pa.Table.from_pylist(_rows(outcome, outcome.results), schema=schema), output, compression="zstd")


def _rows(outcome: GateOutcome, results: Sequence[CheckResult]) -> list[dict[str, Any]]:
    return [
        {
            "source": outcome.source,
            "wave": outcome.wave,
            "stage": outcome.suite,
            "check_id": result.check.id,
            "description": result.check.description,
            "severity": result.check.severity,
            "success": None if result.check.not_run else result.success,
            "checked": result.checked,
            "unexpected": result.unexpected,
            "observed": result.observed,
        }
        for result in results
    ]
