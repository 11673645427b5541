"""A source that is declared to be without a population: its tables may be left out, no others may."""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb
import pyarrow
import pyarrow.parquet
import pytest

from expectations.gate import GateOutcome, GateParameters, run_gate
from schemas.loader import list_surveys, load_survey, source_folder
from schemas.partition import Partition
from transforms.estimate import estimate
from transforms.harmonise import harmonise


@pytest.fixture(scope="module")
def partition() -> Partition:
    """A declared source that cannot identify the unemployed."""
    survey = next(each for each in map(load_survey, list_surveys()) if "unemployed" in each.without)
    return Partition(survey.id, next(iter(survey.waves)))


@pytest.fixture(scope="module")
def cells(partition: Partition, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cells that its golden records give."""
    folder = tmp_path_factory.mktemp("without")
    rows = source_folder(partition.source) / "golden" / partition.wave / "rows.csv"
    with rows.open(encoding="utf-8", newline="") as stream:
        records = list(csv.DictReader(stream))
    columns = {name: pyarrow.array([record[name] or None for record in records]) for name in records[0]}
    columns |= {"_file": pyarrow.array(["rows.csv"] * len(records)), "_row": pyarrow.array(range(1, len(records) + 1))}
    pyarrow.parquet.write_table(pyarrow.table(columns), folder / "raw.parquet")
    source = load_survey(partition.source)
    harmonise(source, partition, folder / "raw.parquet", folder / "core.parquet")
    estimate(source, partition, folder / "core.parquet", folder / "cells.parquet", vintage="0" * 12)
    return folder / "cells.parquet"


def gate(partition: Partition, cells: Path, query: str, tmp_path: Path) -> GateOutcome:
    """The gate on the cells as a query changes them."""
    table = tmp_path / "cells.parquet"
    duckdb.default_connection().sql(query.format(cells=f"read_parquet('{cells}')")).write_parquet(str(table))
    parameters = GateParameters.of(load_survey(partition.source), partition)
    return run_gate("cells", table, parameters, output=tmp_path / "quality.parquet", data_docs=None)


def failed(outcome: GateOutcome) -> set[str]:
    return {result.check.id for result in outcome.results if not result.success}


def test_what_is_declared_to_be_left_out_may_be_left_out(partition: Partition, cells: Path, tmp_path: Path) -> None:
    assert gate(partition, cells, "select * from {cells}", tmp_path).passed


def test_what_the_source_can_give_may_not_be_left_out(partition: Partition, cells: Path, tmp_path: Path) -> None:
    outcome = gate(partition, cells, "select * from {cells} where not contains(indicator, '_TEMP_')", tmp_path)
    assert "every_count_given" in failed(outcome)
    assert not outcome.passed


def test_a_number_of_a_population_left_out_is_stopped(partition: Partition, cells: Path, tmp_path: Path) -> None:
    zeros = """
        select * from {cells} union all by name
        select * replace (
            replace(indicator, '_XWAP_', '_TUNE_') as indicator, 0 as obs_value, 0 as n, null as se, null as cv
        )
        from {cells} where contains(indicator, '_XWAP_')
    """
    outcome = gate(partition, cells, zeros, tmp_path)
    assert "left_out_stays_out" in failed(outcome)
    assert not outcome.passed
