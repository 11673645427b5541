"""Made-up estimates of three sources, and what a release of them is made from.

Run as a program, `release_example.py HOME VERSION MOMENT`, it publishes them until it is killed at that moment.
"""

from __future__ import annotations

import os
import re
import signal
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.codelists import all_codelists
from schemas.partition import Partition
from schemas.tables import INDICATOR, OBSERVATION, QUALITY_RESULT, SOURCE, Column
from warehouse.layout import Layout
from warehouse.release.build import publish
from warehouse.release.inputs import ReleaseInputs, ReleasePartition
from warehouse.release.manifest import InputFile, InputVintage

ARROW = {"VARCHAR": pa.string(), "BIGINT": pa.int64(), "DOUBLE": pa.float64(), "BOOLEAN": pa.bool_()}
ADULTS = "AGE_YTHADULT_YGE15"
Row = dict[str, Any]


def write_rows(file: Path, columns: tuple[Column, ...], rows: list[Row]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    schema = pa.schema([(column.name, ARROW[column.type]) for column in columns])
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), file)
    return file


def cell(partition: Partition, indicator: str, classif2: str, value: float, n: int, **other: Any) -> Row:
    """One estimate of both sexes of 15 years and over, flagged as its cases demand."""
    status = "S" if n < 5 else "U" if n < 15 else ""
    return {
        "ref_area": partition.ref_area,
        "source": f"BA:{partition.source}",
        "indicator": indicator,
        "sex": "SEX_T",
        "classif1": ADULTS,
        "classif2": classif2,
        "time": partition.time,
        "obs_value": value,
        "obs_status": status,
        "note_classif": "",
        "note_indicator": "Labour force concept: 19th ICLS",
        "note_source": "",
        "n": n,
        "distinct_persons": None,
        "se": value / 10,
        "cv": 10.0,
        "lower_bound": 0.5,
        "upper_bound": 1.5,
        "degrees_of_freedom": 60,
        "wave": partition.wave,
        "vintage": "0123456789ab",
    } | other


def uruguay() -> list[Row]:
    ech = Partition("URY.ech", "2018")
    covers = {"note_source": "Geographical coverage: a sample of 1,294 records"}
    return [
        cell(ech, "MST_TEAP_SEX_AGE_CBR_RT", "CBR_BIR_TOTAL", 62.4, 914, **covers),
        cell(ech, "MST_TEAP_SEX_AGE_CBR_RT", "CBR_BIR_NATIVE", 62.25, 900, **covers),
        cell(ech, "MST_TEAP_SEX_AGE_CBR_RT", "CBR_BIR_FOREIGN", 71.5, 14, **covers),
        cell(ech, "MST_TUNE_SEX_AGE_CBR_RT", "CBR_BIR_NATIVE", 8.5, 61, **covers),
        cell(ech, "MST_TUNE_SEX_AGE_CBR_RT", "CBR_BIR_FOREIGN", 6.0, 2, **covers),
        cell(ech, "MST_TEMP_SEX_AGE_CBR_NB", "CBR_BIR_TOTAL", 21.0, 860, **covers),
        cell(ech, "MST_TEMP_SEX_AGE_CBR_NB", "CBR_BIR_NATIVE", 15.0, 845, **covers),
        cell(ech, "MST_TEMP_SEX_AGE_CBR_NB", "CBR_BIR_FOREIGN", 5.0, 14, **covers),
        cell(ech, "MST_TEMP_SEX_AGE_CBR_NB", "CBR_BIR_X", 1.0, 1, **covers),
    ]


def brazil() -> list[Row]:
    """A survey that asks no birthplace: totals only, with a note."""
    pnadc = Partition("BRA.pnadc", "2017-Q4")
    not_asked = {"note_classif": "Place of birth: not asked by the source; only totals can be given"}
    return [
        cell(pnadc, "MST_TEAP_SEX_AGE_CBR_RT", "CBR_BIR_TOTAL", 61.5, 800, **not_asked),
        cell(pnadc, "MST_TEMP_SEX_AGE_CBR_NB", "CBR_BIR_TOTAL", 225.531768, 700, **not_asked),
    ]


def synthetic() -> list[Row]:
    made_up = Partition("ZZZ.synthetic", "2024-Q1")
    says_so = {"note_source": "Synthetic data: generated records"}
    return [
        cell(made_up, "MST_TEAP_SEX_AGE_CCT_RT", "CCT_CIT_CITIZEN", 60.0, 30_000, **says_so),
        cell(made_up, "MST_TEAP_SEX_AGE_CCT_RT", "CCT_CIT_NONCIT", 70.1, 3_000, **says_so),
    ]


def quality(source: str, wave: str, *, success: bool, severity: str = "critical") -> Row:
    return {
        "source": source,
        "wave": wave,
        "stage": "core",
        "check_id": "weights_are_positive",
        "description": "weights are positive",
        "severity": severity,
        "success": success,
        "checked": 1294,
        "unexpected": 0 if success else 7,
        "observed": "",
    }


def candidate(folder: Path, rows: list[Row], **other: Any) -> ReleasePartition:
    """A partition whose estimates are these rows."""
    source, wave = rows[0]["source"].partition(":")[2], rows[0]["wave"]
    facts: dict[str, Any] = {
        "partition": Partition(source, wave),
        "state": "ready",
        "icls_basis": "19",
        "synthetic": source.startswith("ZZZ"),
        "vintage": "0123456789ab",
        "persons": 1294,
        "cells": write_rows(folder / source / f"{wave}.parquet", OBSERVATION, rows),
        "quality": (
            write_rows(folder / source / f"{wave}.core.parquet", QUALITY_RESULT, [quality(source, wave, success=True)]),
        ),
    }
    return ReleasePartition(**(facts | other))


def failed(folder: Path) -> ReleasePartition:
    """A partition that a critical check stopped: no estimates, but the check is on record."""
    results = [quality("ARG.eph", "2016-Q3", success=False)]
    return ReleasePartition(
        Partition("ARG.eph", "2016-Q3"),
        state="failed",
        icls_basis="13",
        synthetic=False,
        reason="7 weights are not positive",
        quality=(write_rows(folder / "ARG.eph" / "core.parquet", QUALITY_RESULT, results),),
    )


def source_row(source: str) -> Row:
    blank = dict.fromkeys((column.name for column in SOURCE), "")
    return blank | {
        "source": f"BA:{source}",
        "source_id": source,
        "ref_area": source[:3],
        "title_en": f"Labour force survey {source}",
        "kind": "survey",
        "synthetic": source.startswith("ZZZ"),
    }


def indicator_row(indicator: str) -> Row:
    _, subject, _, classif1, classif2, kind = indicator.split("_")
    blank = dict.fromkeys((column.name for column in INDICATOR), "")
    return blank | {
        "indicator": indicator,
        "title_en": f"{subject} by sex, {classif1} and {classif2}",
        "measure": "rate" if kind == "RT" else "count",
        "unit_measure": "PT" if kind == "RT" else "PS",
        "unit_mult": 0 if kind == "RT" else 3,
        "classif1": classif1,
        "classif2": classif2,
    }


def code_rows() -> list[Row]:
    """The codes that the numbers have, and every short code list: thousands of others would only take time."""
    used = re.compile("URY|BRA|ZZZ|ARG|SEX.*|AGE_YTHADULT(_YGE15)?|CBR_BIR.*|CCT_CIT.*")
    return [
        {"codelist": codelist.id} | vars(code) | ({"parent": None} if codelist.id == "CL_AREA" else {})
        for codelist in all_codelists()
        for code in codelist.codes
        if len(codelist.codes) < 20 or codelist.id in ("CL_MEASURE", "CL_UNIT_MEASURE") or used.fullmatch(code.code)
    ]


def availability_rows(partitions: list[ReleasePartition], indicators: list[str]) -> list[Row]:
    """What was decided: every indicator in every wave that is ready, none in the others."""
    return [
        {
            "indicator": indicator,
            "source": item.partition.source,
            "wave": item.partition.wave,
            "state": "published" if item.state == "ready" else "not_produced",
            "reason_code": "" if item.state == "ready" else f"partition_{item.state}",
            "variables": "",
            "reason": item.reason,
        }
        for item in partitions
        for indicator in indicators
    ]


def inputs(partitions: list[ReleasePartition], **other: Any) -> ReleaseInputs:
    sources = sorted({item.partition.source for item in partitions})
    indicators = [
        f"MST_{subject}_SEX_AGE_CBR_{unit}" for subject, unit in (("TEAP", "RT"), ("TUNE", "RT"), ("TEMP", "NB"))
    ]
    facts: dict[str, Any] = {
        "partitions": partitions,
        "sources": [source_row(source) for source in sources],
        "indicators": [indicator_row(indicator) for indicator in [*indicators, "MST_TEAP_SEX_AGE_CCT_RT"]],
        "codes": code_rows(),
        "availability": availability_rows(partitions, [*indicators, "MST_TEAP_SEX_AGE_CCT_RT"]),
        "vintages": [
            InputVintage(
                source="URY.ech",
                wave="2018",
                vintage="0123456789ab",
                files=(
                    InputFile(name="ech.sav", bytes=12, sha256="0123456789ab" + "0" * 52, address="https://a.b/ech"),
                ),
            )
        ],
        "declarations_hash": "d" * 64,
        "software_version": "0.1.0",
    }
    return ReleaseInputs(**(facts | other))


def example(folder: Path, **other: Any) -> ReleaseInputs:
    """Uruguay with birthplace, Brazil without, a synthetic country by citizenship, and Argentina, which failed."""
    rows = (uruguay(), brazil(), synthetic())
    return inputs([*(candidate(folder, each) for each in rows), failed(folder)], **other)


def publish_and_die(home: Path, version: str, end_at: str) -> None:
    """Publish, and end as by `kill -9` at the first audit event, such as `open FILE`, that `end_at` matches."""
    moment = re.compile(end_at)

    def die(event: str, arguments: tuple[Any, ...]) -> None:
        if moment.match(f"{event} {' '.join(map(str, arguments))}"):
            os.kill(os.getpid(), signal.SIGKILL)

    to_publish = example(home / "inputs", software_version=version)
    sys.addaudithook(die)
    publish(Layout(home), to_publish)


if __name__ == "__main__":
    publish_and_die(Path(sys.argv[1]), *sys.argv[2:4])
