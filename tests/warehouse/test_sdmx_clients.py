"""Clients read the numbers of five dataflows of different shape as DuckDB has them, from every format that they read.

`schemas/sdmx_clients.csv` says which client reads which format; docs/sdmx.md shows it.
"""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import duckdb
import pysdmx.io
import pytest
import sdmx
from pysdmx.io.pd import PandasDataset
from sdmx_tables import fill
from served import SHAPES, rows
from test_sdmx_structures import PREPARED

from ilms.authoring.format_table import CLIENTS_PAGE, client_table
from ilms.authoring.picture import with_picture
from ilms.release.catalogue_rows import indicator_rows
from schemas.codelists import all_codelists, load_codelist
from schemas.sdmx_clients import Reading, load_readings
from schemas.tables import CODE, INDICATOR, OBSERVATION
from warehouse.sdmx.agency import Agency
from warehouse.sdmx.artefacts import CODELIST, DATA_STRUCTURE, Codelist, DataStructure, Described, StructureMessage
from warehouse.sdmx.data import flow_rows
from warehouse.sdmx.flows import Flow, read_flows
from warehouse.sdmx.formats import DATA_FORMATS, FORMATS, formats_of
from warehouse.sdmx.formats.base import ALL_DIMENSIONS, DataFormat, DataMessage
from warehouse.sdmx.formats.data_json import Json20
from warehouse.sdmx.formats.data_ml import GenericMl21, Ml30, StructureSpecificMl21
from warehouse.sdmx.formats.data_schema import data_schema
from warehouse.sdmx.formats.json_faults import json_data_faults
from warehouse.sdmx.formats.schema_faults import data_faults, schema_faults
from warehouse.sdmx.structures import build_structures
from warehouse.sdmx.write import write_sdmx

Record = Mapping[str, Any]
TO_15_DIGITS = "values to 15 digits, as R reads decimal numbers"
OF_GROUPS = {"SOURCE", "NOTE_SOURCE", "NOTE_INDICATOR"}
SPECIFIC = (StructureSpecificMl21(), Ml30())


@dataclass(frozen=True)
class Written:
    """The tables, and the files of each format, by its id and the indicator; uncompressed."""

    connection: duckdb.DuckDBPyConnection
    folder: Path
    files: Mapping[tuple[str, str], Path]

    def flow(self, indicator: str) -> Flow:
        return next(flow for flow in read_flows(self.connection) if flow.indicator == indicator)

    def message(self, indicator: str, **asked: Any) -> DataMessage:
        data = flow_rows(self.connection, self.flow(indicator), agency=Agency())
        return DataMessage("M", PREPARED, Agency(), (data,), **asked)

    def bytes_of(self, data_format: DataFormat, indicator: str, **asked: Any) -> bytes:
        return b"".join(data_format.chunks(self.message(indicator, **asked)))

    def structures(self, indicator: str) -> StructureMessage:
        return build_structures(self.connection, [self.flow(indicator)], agency=Agency(), prepared=PREPARED)

    def described(self, indicator: str) -> Described:
        message = self.structures(indicator)
        (structure,) = message.of(DATA_STRUCTURE)
        assert isinstance(structure, DataStructure)
        lists = tuple(each for each in message.of(CODELIST) if isinstance(each, Codelist))
        return Described(Agency().reference(f"DF_{indicator}"), structure, lists)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("sdmx")
    connection = duckdb.connect()
    fill(connection, "observation", OBSERVATION, rows())
    fill(connection, "indicator", INDICATOR, [dict(each) for each in indicator_rows()])
    codes = ({"codelist": each.id, **asdict(code)} for each in all_codelists() for code in each.codes)
    fill(connection, "code", CODE, codes)
    names = {each.name: each.id for each in DATA_FORMATS}
    found = write_sdmx(connection, folder, prepared=PREPARED, formats=[each.id for each in FORMATS], compressed=False)
    files = {(names[name], flow.indicator): file for flow in found for name, file in flow.files.items()}
    return Written(connection, folder, files)


def truth(written: Written, indicator: str) -> list[Record]:
    """The observations as DuckDB has them, in SDMX's components."""
    data = flow_rows(written.connection, written.flow(indicator), agency=Agency())
    return [dict(zip(data.rows.columns, row, strict=True)) for row in data.rows.fetchall()]


NUMBERS = {
    "OBS_VALUE",
    "SAMPLE_SIZE",
    "DISTINCT_PERSONS",
    "STANDARD_ERROR",
    "COEFFICIENT_OF_VARIATION",
    "LOWER_BOUND",
    "UPPER_BOUND",
    "DEGREES_OF_FREEDOM",
}


def same(records: Iterable[Record], without: Iterable[str] = ()) -> set[tuple[tuple[str, Any], ...]]:
    """Records as they are compared: numbers to the last bit; what is missing, in whatever form, is not there."""
    return {
        tuple(sorted((name, number_or_text(name, value)) for name, value in record.items() if not is_missing(value)))
        for record in ({name: each[name] for name in each if name not in without} for each in records)
    }


def is_missing(value: Any) -> bool:
    return value is None or str(value) in ("", "<NA>", "nan", "None")


def number_or_text(name: str, value: Any) -> Any:
    return float(value) if name in NUMBERS else str(value)


def rounded(found: set[tuple[tuple[str, Any], ...]]) -> set[tuple[tuple[str, Any], ...]]:
    """Numbers to 15 digits: R reads a decimal number to the nearest double or the one beside it."""
    return {tuple((n, float(f"{v:.15g}") if isinstance(v, float) else v) for n, v in record) for record in found}


@cache
def structures_by_sdmx1(file: Path) -> Mapping[str, Any]:
    message: Any = sdmx.read_sdmx(file)
    return dict(message.structure)


def by_sdmx1(written: Written, file: Path, indicator: str) -> list[Record]:
    structures = structures_by_sdmx1(written.folder / "structures.xml")
    message: Any = sdmx.read_sdmx(file, structure=structures[indicator])
    frame: Any = sdmx.to_pandas(message.data[0], attributes="osgd")
    return [
        {("OBS_VALUE" if name == "value" else name): v for name, v in row.items()}
        for row in records(frame.reset_index())
    ]


def by_pysdmx(written: Written, file: Path, indicator: str) -> list[Record]:
    (dataset,) = pysdmx.io.read_sdmx(file, validate=True).data or ()
    assert str(dataset.short_urn) == f"Dataflow=ILMS:DF_{indicator}(1.0)"
    assert isinstance(dataset, PandasDataset)
    return records(dataset.data)


def by_duckdb(written: Written, file: Path, indicator: str) -> list[Record]:
    found = duckdb.connect().execute(f"from read_csv('{file}', all_varchar = true)")
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def by_rsdmx(written: Written, file: Path, indicator: str) -> list[Record]:
    need_rsdmx()
    script = Path(__file__).with_name("sdmx_clients.R")
    subprocess.run(["Rscript", "--vanilla", str(script), str(file)], check=True, capture_output=True, text=True)
    with Path(f"{file}.read.csv").open(encoding="utf-8", newline="") as stream:
        return [
            {
                ("OBS_VALUE" if name == "obsValue" else "TIME_PERIOD" if name == "obsTime" else name): value
                for name, value in row.items()
            }
            for row in csv.DictReader(stream)
        ]


def need_rsdmx() -> None:
    if shutil.which("Rscript") is None:
        pytest.skip("there is no R here")
    if subprocess.run(["Rscript", "--vanilla", "-e", "library(rsdmx)"], capture_output=True, check=False).returncode:
        pytest.skip("R has no package rsdmx here (Debian: r-cran-rsdmx)")


def records(frame: Any) -> list[Record]:
    return list(frame.to_dict("records"))


Reader = Callable[[Written, Path, str], list[Record]]
CLIENTS: Mapping[str, Reader] = {"sdmx1": by_sdmx1, "pysdmx": by_pysdmx, "rsdmx": by_rsdmx, "DuckDB": by_duckdb}
DATA_IDS = {each.id for each in DATA_FORMATS}
READ = [each for each in load_readings() if each.format in DATA_IDS and each.reads == "yes"]


@pytest.mark.parametrize("reading", READ, ids=lambda each: f"{each.client}-{each.format}")
def test_a_client_reads_five_dataflows_as_duckdb_has_them(written: Written, reading: Reading) -> None:
    for indicator in SHAPES:
        columns = set(truth(written, indicator)[0])
        read = CLIENTS[reading.client](written, written.files[reading.format, indicator], indicator)
        held = [{name: value for name, value in each.items() if name in columns} for each in read]
        as_read, as_published = same(held), same(truth(written, indicator))
        if reading.remark == TO_15_DIGITS:
            as_read, as_published = rounded(as_read), rounded(as_published)
        assert as_read == as_published, (reading, indicator)
        assert len(read) == len(truth(written, indicator))


def test_rsdmx_reads_code_lists_of_sdmx_ml_2_1(written: Written) -> None:
    need_rsdmx()
    query = (
        f'x <- rsdmx::readSDMX("{written.folder / "structures.xml"}", isURL = FALSE);'
        'cat(as.data.frame(methods::slot(x, "codelists"), codelistId = "CL_SEX")$id)'
    )
    read = subprocess.run(["Rscript", "--vanilla", "-e", query], capture_output=True, text=True, check=True).stdout
    assert read.split() == [code.code for code in load_codelist("CL_SEX").codes]


def test_rsdmx_reads_series_of_sdmx_ml_3_0_without_what_groups_have_in_common(written: Written) -> None:
    for indicator in SHAPES:
        read = by_rsdmx(written, written.files["ml-3.0", indicator], indicator)
        assert same(read) == same(truth(written, indicator), without=OF_GROUPS)


def test_sdmx1_reads_sdmx_csv_2_0_with_its_structure_where_it_can(written: Written, tmp_path: Path) -> None:
    """It splits a file at every line break, and takes a missing value for a number."""
    indicator = next(each for each in SHAPES if not any("\n" in str(row) for row in same(truth(written, each))))
    file = written.files["csv-2.0", indicator]
    read = by_sdmx1(written, file, indicator)
    names = {"OBS_VALUE", "REF_AREA", "SEX", "TIME_PERIOD"}
    assert same([{name: each[name] for name in names} for each in read]) == same(
        [{name: each[name] for name in names} for each in truth(written, indicator)]
    )


@pytest.mark.parametrize("at", ["TIME_PERIOD", ALL_DIMENSIONS, "FREQ"])
@pytest.mark.parametrize("client", [by_sdmx1, by_pysdmx])
@pytest.mark.parametrize("data_format", [GenericMl21(), StructureSpecificMl21()], ids=lambda each: each.id)
def test_observations_may_be_laid_out_by_any_dimension(
    written: Written, data_format: DataFormat, client: Reader, at: str, tmp_path: Path
) -> None:
    file = tmp_path / "laid-out.xml"
    data_format.write(written.message(SHAPES[0], at_observation=at), file)
    assert same(client(written, file, SHAPES[0])) == same(truth(written, SHAPES[0]))


@pytest.mark.parametrize("indicator", SHAPES)
def test_every_file_is_valid_against_the_official_schemas(written: Written, indicator: str) -> None:
    for at in ("TIME_PERIOD", ALL_DIMENSIONS, "FREQ") if indicator == SHAPES[0] else ("TIME_PERIOD",):
        assert not list(schema_faults(BytesIO(written.bytes_of(GenericMl21(), indicator, at_observation=at))))
        as_json = BytesIO(written.bytes_of(Json20(), indicator, at_observation=at))
        assert not list(json_data_faults(as_json, written.described(indicator)))
        for data_format in SPECIFIC:
            content = BytesIO(written.bytes_of(data_format, indicator, at_observation=at))
            schema = schema_of(written, indicator, data_format, at)
            assert not list(data_faults(content, schema, data_format.version))


def schema_of(written: Written, indicator: str, data_format: StructureSpecificMl21 | Ml30, at: str) -> bytes:
    described = written.described(indicator)
    return data_schema(described.structure, described.codelists, data_format.version, at)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (b'SEX="SEX_F"', b'SEX="SEX_Q"'),
        (b' SEX="SEX_F"', b""),
        (b'TIME_PERIOD="2016"', b'TIME_PERIOD="2016-13"'),
        (b'OBS_VALUE="', b'OBS_VALUE="about '),
        (b"<Series ", b'<Series COLOUR="red" '),
        (b'ss:action="Information"', b'ss:action="Inform"'),
    ],
)
@pytest.mark.parametrize("data_format", SPECIFIC, ids=lambda each: each.id)
def test_the_schema_of_a_structure_refuses_what_its_data_cannot_be(
    written: Written, data_format: StructureSpecificMl21 | Ml30, right: bytes, wrong: bytes
) -> None:
    content = written.bytes_of(data_format, SHAPES[0])
    assert right in content
    schema = schema_of(written, SHAPES[0], data_format, "TIME_PERIOD")
    assert list(data_faults(BytesIO(content.replace(right, wrong, 1)), schema, data_format.version))


def from_json(content: bytes) -> list[Record]:
    """The observations of an SDMX-JSON message, as its specification says that they are read."""
    message = strict_json(content)
    found: list[Record] = []
    for dataset in message["data"]["dataSets"]:
        structure = message["data"]["structures"][dataset["structure"]]
        attributes, dimensions = structure["attributes"], structure["dimensions"]
        ordered = sorted([*dimensions["series"], *dimensions["observation"]], key=lambda each: each["keyPosition"])
        flat = {"": {"observations": dataset["observations"]}} if "observations" in dataset else dataset["series"]
        for series, content_of_series in flat.items():
            places = dict(
                zip((e["id"] for e in dimensions["series"]), map(int, filter(None, series.split(":"))), strict=True)
            )
            for key, (value, *rest) in content_of_series["observations"].items():
                places |= dict(zip((e["id"] for e in dimensions["observation"]), map(int, key.split(":")), strict=True))
                record = {each["id"]: meant(each, places[each["id"]]) for each in ordered}
                record |= {e["id"]: meant(e, v) for e, v in zip(attributes["observation"], rest, strict=True)}
                for group, values in dataset["dimensionGroupAttributes"].items():
                    parts = zip(ordered, group.split(":"), strict=True)
                    if all(part in ("", str(places[each["id"]])) for each, part in parts):
                        given = zip(attributes["dimensionGroup"], values, strict=True)
                        record |= {each["id"]: meant(each, v) for each, v in given if v is not None}
                found.append(record | {"OBS_VALUE": value})
    return found


def meant(component: Record, value: Any) -> Any:
    if value is None or "values" not in component:
        return value
    listed = component["values"][value]
    return listed.get("id", listed.get("value"))


def strict_json(content: bytes) -> Any:
    """JSON in which no key of an object comes twice: of such, readers keep the last alone."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len(dict(pairs)) == len(pairs), "a key twice"
        return dict(pairs)

    return json.loads(content, object_pairs_hook=once)


@pytest.mark.parametrize("at", ["TIME_PERIOD", ALL_DIMENSIONS, "SEX"])
def test_sdmx_json_holds_the_same_observations_and_no_series_twice(written: Written, at: str) -> None:
    for indicator in SHAPES[:2]:
        content = written.bytes_of(Json20(), indicator, at_observation=at)
        assert same(from_json(content)) == same(truth(written, indicator))


def test_a_note_of_an_area_and_period_stands_once_where_the_format_can_say_so(written: Written) -> None:
    note = rows()[0]["note_source"].encode()
    times = {each.id: written.bytes_of(each, SHAPES[0]).count(note) for each in DATA_FORMATS}
    observations, groups = len(truth(written, SHAPES[0])), 2 * 4
    assert times["ml-2.1"] == times["csv-1.0"] == times["generic-2.1"] == observations
    assert times["ml-3.0"] == groups
    assert times["json-2.0"] == 1


def test_a_history_is_several_sets_of_data_in_one_message(written: Written) -> None:
    message = written.message(SHAPES[2])
    (data,) = message.datasets
    history = replace(
        message,
        datasets=(replace(data, valid_to="2026-01-01T00:00:00Z"), replace(data, valid_from="2026-01-01T00:00:00Z")),
    )
    for data_format in (GenericMl21(), StructureSpecificMl21(), Ml30()):
        content = b"".join(data_format.chunks(history))
        assert content.count(b"<mes:DataSet ") == 2 and b"validFromDate" in content
    assert len(strict_json(b"".join(Json20().chunks(history)))["data"]["dataSets"]) == 2


def test_every_format_is_told_of_every_client_of_sdmx() -> None:
    told = {(each.client, each.format) for each in load_readings()}
    assert told >= {(client, each.id) for client in ("sdmx1", "pysdmx", "rsdmx") for each in FORMATS}
    assert {each.format for each in load_readings()} <= {each.id for each in formats_of(e.id for e in FORMATS)}


def test_the_page_on_sdmx_shows_which_client_reads_what() -> None:
    page = CLIENTS_PAGE.read_text(encoding="utf-8")
    assert page == with_picture(page, client_table()), "write it again: make picture"
