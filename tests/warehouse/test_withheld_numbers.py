"""A confidential number on its way out: its row is there, its value is nowhere."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pysdmx.io
from sdmx_tables import observation, warehouse_of

from warehouse.sdmx.write import write_sdmx

EMPTY = dict.fromkeys(("obs_value", "n", "se", "cv", "lower_bound", "upper_bound", "degrees_of_freedom"))


def test_sdmx_gives_a_withheld_number_as_a_blank_with_its_status(tmp_path: Path) -> None:
    rows = [observation(obs_status="C", **EMPTY), observation(classif2="CBR_BIR_NATIVE")]
    (written,) = write_sdmx(warehouse_of(rows), tmp_path, prepared=datetime(2026, 11, 22, 6, 0, tzinfo=UTC))

    (dataset,) = pysdmx.io.read_sdmx(written.file, validate=True).data
    read = {row["CBR"]: row for row in dataset.data.to_dict("records")}

    assert read["CBR_BIR_FOREIGN"]["OBS_STATUS"] == "C"
    numbers = ("OBS_VALUE", "SAMPLE_SIZE", "STANDARD_ERROR", "LOWER_BOUND", "UPPER_BOUND", "DEGREES_OF_FREEDOM")
    assert [read["CBR_BIR_FOREIGN"][name] for name in numbers] == [""] * len(numbers)
    assert read["CBR_BIR_NATIVE"]["OBS_VALUE"] == "22.717"
