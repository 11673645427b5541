"""Decisions of a stage on the indicators of a partition, kept as a table beside its numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, fields, replace
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa
import pyarrow.parquet

from schemas.availability import Decision
from schemas.protection import load_protection

FORMER_CODES = MappingProxyType({"classification_not_told": "classification_country_not_given"})
"""Codes of reasons in files written earlier -> the same reasons' codes of today."""


def write_decisions(decisions: Iterable[Decision], file: Path) -> None:
    """Write decisions as Parquet, sorted by indicator."""
    names = [field.name for field in fields(Decision)]
    rows = [dict(zip(names, astuple(each), strict=True)) for each in sorted(decisions, key=lambda one: one.indicator)]
    schema = pa.schema([(name, pa.string()) for name in names])
    pyarrow.parquet.write_table(pa.Table.from_pylist(rows, schema=schema), file, compression="zstd")


def read_decisions(file: Path) -> list[Decision]:
    """The decisions that `write_decisions` wrote, now or under a former code of their reason."""
    rows = pyarrow.parquet.read_table(file, partitioning=None).to_pylist()
    return [Decision(**row | {"code": FORMER_CODES.get(row["code"], row["code"])}) for row in rows]


def say_protection(file: Path, profile: str) -> None:
    """Note in the decisions that every number is rounded or perturbed; withheld numbers are recognised by their
    status."""
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
