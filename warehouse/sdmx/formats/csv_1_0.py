"""SDMX-CSV 1.0: a line for each observation; its first column names the dataflow.

An empty text and a missing one are the same: CSV cannot distinguish them. Lines within a note end with a line feed
alone: readers drop carriage returns.
"""

from __future__ import annotations

from pathlib import Path

from warehouse.files import replacing
from warehouse.sdmx.formats.base import DataFormat, FlowRows


class Csv10(DataFormat):
    """SDMX-CSV 1.0."""

    name = "SDMX-CSV 1.0"
    media_type = "application/vnd.sdmx.data+csv"
    parameters = {"version": "1.0.0"}
    file = "{dataflow}.csv"

    def write(self, data: FlowRows, file: Path) -> None:
        rows = data.in_order({"DATAFLOW": data.reference})
        with replacing(file) as draft:
            rows.write_csv(str(draft), header=True, sep=",", quotechar='"', escapechar='"', encoding="UTF-8")
