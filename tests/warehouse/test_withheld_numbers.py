"""A confidential number on its way out: its row is there, its value is nowhere.

That no file of a whole release holds one is tested where a protected source goes all the way (tests/ilms).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pysdmx.io
import pytest
from leaks import Secrets, files_with
from pysdmx.io.pd import PandasDataset
from sdmx_tables import observation, warehouse_of

from warehouse.sdmx.formats.csv import Csv10
from warehouse.sdmx.write import write_sdmx

EMPTY = dict.fromkeys(
    ("obs_value", "n", "distinct_persons", "se", "cv", "lower_bound", "upper_bound", "degrees_of_freedom")
)

PREPARED = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)


def test_sdmx_gives_a_withheld_number_as_a_blank_with_its_status(tmp_path: Path) -> None:
    rows = [observation(obs_status="C", **EMPTY), observation(classif2="CBR_BIR_NATIVE")]
    (written,) = write_sdmx(warehouse_of(rows), tmp_path, prepared=PREPARED, formats=[Csv10.id], compressed=False)

    (dataset,) = pysdmx.io.read_sdmx(written.files[Csv10.name], validate=True).data or ()
    assert isinstance(dataset, PandasDataset)
    read = {row["CBR"]: row for row in dataset.data.to_dict("records")}

    assert read["CBR_BIR_FOREIGN"]["OBS_STATUS"] == "C"
    numbers = ("OBS_VALUE", "SAMPLE_SIZE", "STANDARD_ERROR", "LOWER_BOUND", "UPPER_BOUND", "DEGREES_OF_FREEDOM")
    assert [read["CBR_BIR_FOREIGN"][name] for name in numbers] == [""] * len(numbers)
    assert read["CBR_BIR_NATIVE"]["OBS_VALUE"] == "22.717"


SECRET = 22.717391304347824


def in_parquet(folder: Path) -> None:
    pq.write_table(pa.table({"n": [7], "value": [SECRET]}), folder / "numbers.parquet")


def in_note(folder: Path) -> None:
    pq.write_table(pa.table({"note": [f"Quality: total of {SECRET} thousand"]}), folder / "numbers.parquet")


def in_database(folder: Path) -> None:
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute("create table quality_result as select ? as observed", [f"{SECRET:.6f}"])


def in_page(folder: Path) -> None:
    (folder / "page.html").write_text(f"<td>{SECRET:.7f}</td>", encoding="utf-8")


@pytest.mark.parametrize("place", [in_parquet, in_note, in_database, in_page])
def test_the_search_for_leaks_finds_them_wherever_they_are(tmp_path: Path, place: Callable[[Path], None]) -> None:
    place(tmp_path)
    assert len(files_with(tmp_path, Secrets([SECRET]))) == 1
    assert files_with(tmp_path, Secrets([SECRET + 0.01])) == []
