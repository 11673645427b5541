"""The answers of statistical services, whole: every component of every observation, for tables of registers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from schemas.read import Read
from transforms.duck import connect, parquet_rows, quote_name
from transforms.read.assemble import prepare
from transforms.read.files import DataFile
from transforms.read.json_stat import json_stat_components, read_json_stat
from transforms.read.sdmx_csv import read_sdmx_csv, sdmx_csv_components
from transforms.read.sdmx_ml import read_sdmx_ml, sdmx_ml_components
from transforms.read.series_keys import Components
from transforms.read.wave import Reader


@dataclass(frozen=True)
class _Format:
    components: Callable[[DataFile, Read], Components]
    read: Reader


_FORMATS = {
    "sdmx_csv": _Format(sdmx_csv_components, read_sdmx_csv),
    "sdmx_ml": _Format(sdmx_ml_components, read_sdmx_ml),
    "json_stat": _Format(json_stat_components, read_json_stat),
}


def read_answer(file: DataFile, read: Read) -> tuple[Components, list[tuple[str | None, ...]]]:
    """The components of an answer, and its observations as texts in the order of their names.

    Raises InputError as the readers do: for what is no such answer, and for an observation that comes twice.
    """
    of = _FORMATS[read.format]
    components = of.components(file, read)
    with connect(work=file.workdir / "spill") as connection:
        prepare(connection, read.decimal)
        part = of.read(file, read, {name: name for name in components.names}, connection)
        columns = ", ".join(quote_name(part.columns[name]) for name in components.names)
        return components, connection.execute(f"select {columns} from {parquet_rows(part.path)}").fetchall()
