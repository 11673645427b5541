"""Decisions of a stage on the indicators of a partition, kept as a table beside its numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, fields, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from schemas.availability import Decision
from schemas.protection import load_protection


def write_decisions(decisions: Iterable[Decision], file: Path) -> None:
    """Write decisions as Parquet, sorted by indicator."""
    names = [field.name for field in fields(Decision)]
    rows = [dict(zip(names, astuple(each), strict=True)) for each in sorted(decisions, key=lambda one: one.indicator)]
    schema = pa.schema([(name, pa.string()) for name in names])
    pyarrow.parquet.write_table(pa.Table.from_pylist(rows, schema=schema), file, compression="zstd")


def read_decisions(file: Path) -> list[Decision]:
    """The decisions that `write_decisions` wrote."""
    return [Decision(**row) for row in pyarrow.parquet.read_table(file, partitioning=None).to_pylist()]


def say_protection(file: Path, profile: str) -> None:
    """Say in the decisions that every number is rounded or perturbed; withheld numbers show that they are by status."""
    declared = load_protection(profile)
    if declared.method not in ("rounding", "cell_key"):
        return
    said = [
        replace(each, state="protected", code="numbers_perturbed", reason=declared.label.en)
        if each.state == "published"
        else each
        for each in read_decisions(file)
    ]
    write_decisions(said, file)
