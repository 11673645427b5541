"""The speed of the formats of SDMX, beside pysdmx and sdmx1 on the same observations.

    python -m bench.sdmx_formats [--observations 1000000] [--peers 20000]

The observations are of one dataflow, with notes as long as real ones, in DuckDB with one thread. The other packages
take minutes for all of them, so they write and read a part. What is printed is observations per second of processor
time; beside it, what could be written if nothing took time but to put the numbers in decimal form and the bytes into a
file.
"""

from __future__ import annotations

import argparse
import dataclasses
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from rich.console import Console
from rich.table import Table

from bench.measure import measured
from schemas.codelists import all_codelists
from schemas.indicators import load_catalogue
from transforms.duck import quote_text
from warehouse.sdmx.agency import Agency
from warehouse.sdmx.batches import ROWS_AT_ONCE
from warehouse.sdmx.columns import as_text
from warehouse.sdmx.data import flow_rows
from warehouse.sdmx.flows import Flow, read_flows
from warehouse.sdmx.formats import DATA_FORMATS, formats_of
from warehouse.sdmx.formats.base import DataFormat, DataMessage
from warehouse.sdmx.formats.structure_ml import StructureMl21
from warehouse.sdmx.rows import FlowRows
from warehouse.sdmx.structures import build_structures

INDICATOR = "MST_TEMP_SEX_AGE_CBR_NB"
PREPARED = datetime(2026, 1, 1, tzinfo=UTC)
MEMORY_LIMIT = "500MB"
SERIES = 20 * 3 * 2 * 3
"""Areas by sex, age and place of birth; each series has as many years as it takes."""
NOTE = "Geographical coverage: urban areas alone; smaller towns and rural areas are not covered | "
GOALS = {"csv-1.0": 1_000_000, "csv-2.0": 1_000_000}
GOAL = 150_000
NUMBERS = 5
"""Of each observation, that are no whole ones: value, error, coefficient of variation, bounds."""
PIECE = 2**20
IN_PYSDMX = {
    "generic-2.1": "DATA_SDMX_ML_2_1_GEN",
    "ml-2.1": "DATA_SDMX_ML_2_1_STR",
    "csv-1.0": "DATA_SDMX_CSV_1_0_0",
    "csv-2.0": "DATA_SDMX_CSV_2_0_0",
    "ml-3.0": "DATA_SDMX_ML_3_0",
}
READ_BY_SDMX1 = ("generic-2.1", "ml-2.1", "csv-2.0")
WRITTEN_BY_SDMX1 = ("generic-2.1",)


def make_tables(file: Path, observations: int) -> None:
    """A database with the tables that SDMX is written from, in the order in which a release has its observations."""
    years = max(1, observations // SERIES)
    with duckdb.connect(str(file)) as connection:
        connection.execute("set enable_progress_bar = false")
        connection.execute(
            "create table code (codelist varchar, code varchar, parent varchar, label_en varchar,"
            " label_fr varchar, label_es varchar, is_total boolean, sort bigint)"
        )
        codes = [(each.id, *dataclasses.astuple(code)) for each in all_codelists() for code in each.codes]
        connection.executemany("insert into code values (?, ?, ?, ?, ?, ?, ?, ?)", codes)
        declared = load_catalogue().indicators[INDICATOR]
        connection.execute(
            "create table indicator as select ? as indicator, ? as title_en, ? as title_fr, ? as title_es,"
            " ? as definition, ? as reference, ? as unit_measure, ? as unit_mult, 'AGE' as classif1, 'CBR' as classif2",
            [
                INDICATOR,
                *(words for _, words in declared.title),
                declared.definition,
                declared.reference,
                declared.unit_measure,
                declared.unit_mult,
            ],
        )
        connection.execute(f"""
            create table observation as
            select area as ref_area, 'BA:' || area || '.lfs' as source, '{INDICATOR}' as indicator, sex,
                age as classif1, birth as classif2, cast(1000 + year as varchar) as time, random() * 1000 as obs_value,
                case when year % 7 = 0 then 'U' end as obs_status,
                case when year % 3 = 0 then 'Status unknown: ' || year || ' cases' end as note_classif,
                {quote_text(NOTE * 4)} as note_indicator, {quote_text(NOTE * 3)} as note_source,
                year * 13 % 500 as n, random() as se, random() * 30 as cv, random() as lower_bound,
                random() * 2000 as upper_bound, 60 as degrees_of_freedom, cast(1000 + year as varchar) as wave,
                '0123456789ab' as vintage
            from (select code as area from code where codelist = 'CL_AREA' order by sort, code limit 20),
                unnest(['SEX_F', 'SEX_M', 'SEX_T']) as s(sex),
                unnest(['AGE_YTHADULT_Y15-24', 'AGE_YTHADULT_YGE15']) as a(age),
                unnest(['CBR_BIR_FOREIGN', 'CBR_BIR_NATIVE', 'CBR_BIR_TOTAL']) as b(birth), range({years}) as y(year)
            order by all
        """)  # fmt: skip


def write(file: Path, format_id: str, target: str) -> int:
    """Write all observations in a format; how many there are."""
    with duckdb.connect(str(file), read_only=True) as connection:
        connection.execute(f"set threads = 1; set memory_limit = '{MEMORY_LIMIT}'; set enable_progress_bar = false")
        data = _rows(connection)
        with Path(target).open("wb") as stream:
            stream.writelines(_format(format_id).chunks(DataMessage("M", PREPARED, Agency(), (data,))))
        return int(data.rows.count("*").fetchall()[0][0])


def put_again(source: str, target: str, observations: int) -> int:
    """Put the bytes of a file into another one, as `write` does."""
    with Path(source).open("rb") as whole, Path(target).open("wb") as stream:
        while piece := whole.read(PIECE):
            stream.write(piece)
    return observations


def put_in_decimals(observations: int) -> int:
    """Put as many numbers in decimal form as the observations have."""
    numbers = pa.array(np.random.default_rng(1).random(ROWS_AT_ONCE) * 1000)
    for _ in range(0, observations * NUMBERS, ROWS_AT_ONCE):
        as_text(numbers)
    return observations


def write_structures(file: Path, target: Path) -> None:
    """Write the structures in the form that both packages read."""
    with duckdb.connect(str(file), read_only=True) as connection:
        message = build_structures(connection, _flows(connection), agency=Agency(), prepared=PREPARED)
        StructureMl21().write(message, target)


def _rows(connection: duckdb.DuckDBPyConnection) -> FlowRows:
    (flow,) = _flows(connection)
    return flow_rows(connection, flow, agency=Agency())


def _flows(connection: duckdb.DuckDBPyConnection) -> list[Flow]:
    return read_flows(connection)


def _format(format_id: str) -> DataFormat:
    (found,) = formats_of([format_id])
    assert isinstance(found, DataFormat)
    return found


def read_by_pysdmx(source: str) -> int:
    """Read a file by pysdmx; how many observations it holds."""
    import pysdmx.io

    (dataset,) = pysdmx.io.read_sdmx(Path(source), validate=False).data or ()
    return len(dataset.data)  # type: ignore[attr-defined]


def write_by_pysdmx(source: str, structures: str, name: str, target: str) -> int:
    """Write what pysdmx has read from a file of SDMX-CSV 1.0."""
    import pysdmx.io
    from pysdmx.io.format import Format

    datasets = pysdmx.io.get_datasets(Path(source), Path(structures))
    pysdmx.io.write_sdmx(datasets, Format[name], output_path=target)
    return len(datasets[0].data)


def get_by_pysdmx(source: str, structures: str) -> int:
    """What `write_by_pysdmx` does before it writes: its time is taken off."""
    import pysdmx.io

    return len(pysdmx.io.get_datasets(Path(source), Path(structures))[0].data)


def read_by_sdmx1(source: str, structures: str) -> int:
    """Read a file by sdmx1; how many observations it holds."""
    return len(_message_of_sdmx1(source, structures).data[0].obs)


def write_by_sdmx1(source: str, structures: str, target: str) -> int:
    """Write what sdmx1 has read from a file of generic SDMX-ML 2.1."""
    import sdmx

    message = _message_of_sdmx1(source, structures)
    Path(target).write_bytes(sdmx.to_xml(message))
    return len(message.data[0].obs)


def _message_of_sdmx1(source: str, structures: str) -> Any:
    import sdmx

    held: Any = sdmx.read_sdmx(structures)
    return sdmx.read_sdmx(source, structure=held.structure[INDICATOR])


def speed(function: Callable[..., int], *arguments: Any, less: float = 0.0) -> tuple[float, float]:
    """Observations per second of processor time, and the peak of memory in MB; seconds of something else taken off."""
    result = measured(function, *arguments)
    return result.result / max(result.processor_seconds - less, 1e-3), result.peak_bytes / 2**20


def seconds(function: Callable[..., int], *arguments: Any) -> float:
    """Seconds of processor time."""
    return measured(function, *arguments).processor_seconds


def compare(folder: Path, observations: int, of_peers: int) -> Table:
    """The table of all formats and packages."""
    whole, part = folder / "whole.duckdb", folder / "part.duckdb"
    make_tables(whole, observations)
    make_tables(part, of_peers)
    structures = str(folder / "structures.xml")
    write_structures(part, Path(structures))
    table = Table(
        "format", "written", "goal", "at most", "MB", "pysdmx writes", "sdmx1 writes", "pysdmx reads", "sdmx1 reads"
    )
    samples = {each.id: str(folder / f"{each.id}{each.suffix}") for each in DATA_FORMATS}
    for name, sample in samples.items():
        write(part, name, sample)
    got = seconds(get_by_pysdmx, samples["csv-1.0"], structures)
    known = seconds(read_by_sdmx1, samples["generic-2.1"], structures)
    decimals = seconds(put_in_decimals, observations)
    for each in DATA_FORMATS:
        target, sample = str(folder / "target"), samples[each.id]
        ours, peak = speed(write, whole, each.id, target)
        at_most = observations / (decimals + seconds(put_again, target, str(folder / "again"), observations))
        cells = [f"{ours:,.0f}", f"{GOALS.get(each.id, GOAL):,}", f"{at_most:,.0f}", f"{peak:.0f}"]
        pysdmx, sdmx1 = each.id in IN_PYSDMX, each.id in READ_BY_SDMX1
        arguments = (samples["csv-1.0"], structures, IN_PYSDMX.get(each.id, ""), target)
        cells.append(f"{speed(write_by_pysdmx, *arguments, less=got)[0]:,.0f}" if pysdmx else "-")
        from_generic = (samples["generic-2.1"], structures, target)
        may_write = each.id in WRITTEN_BY_SDMX1
        cells.append(f"{speed(write_by_sdmx1, *from_generic, less=known)[0]:,.0f}" if may_write else "-")
        cells.append(f"{speed(read_by_pysdmx, sample)[0]:,.0f}" if pysdmx else "-")
        cells.append(f"{speed(read_by_sdmx1, sample, structures)[0]:,.0f}" if sdmx1 else "-")
        table.add_row(each.name, *cells)
    return table


def main(arguments: list[str]) -> int:
    """Print the comparison; 0."""
    parser = argparse.ArgumentParser(description=__doc__, add_help=False)
    parser.add_argument("--observations", type=int, default=1_000_000)
    parser.add_argument("--peers", type=int, default=20_000)
    chosen, _ = parser.parse_known_args(arguments)
    console = Console(width=150)
    console.print(f"Formats of SDMX: {chosen.observations:,} observations a second of processor time, by one thread")
    with tempfile.TemporaryDirectory() as folder:
        console.print(compare(Path(folder), chosen.observations, chosen.peers))
    return 0


if __name__ == "__main__":
    import sys

    raise SystemExit(main(sys.argv[1:]))
