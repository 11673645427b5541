"""Clients that others wrote read the numbers of five dataflows from the service as DuckDB has them."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pysdmx.io
import pytest
import sdmx
from lxml import etree
from pysdmx.api.qb import ApiVersion, RestService, StructureQuery, StructureType
from pysdmx.api.qb.availability import AvailabilityFormat, AvailabilityQuery
from pysdmx.api.qb.data import DataContext, DataFormat, DataQuery
from pysdmx.api.qb.structure import StructureDetail, StructureFormat, StructureReference
from pysdmx.io.pd import PandasDataset
from served import EMPLOYED, SHAPES, Service, a_service
from test_sdmx_clients import need_rsdmx

from warehouse.sdmx.agency import Agency
from warehouse.sdmx.data import flow_rows
from warehouse.sdmx.flows import read_flows

Found = Iterable[tuple[str, ...]]
FLOW = f"DF_{EMPLOYED}"
KEY = "ARG..MST_TEMP_NB.SEX_T+SEX_F..CBR_BIR_FOREIGN"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    yield from a_service(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def published(service: Service) -> Mapping[str, Mapping[tuple[str, ...], float | None]]:
    """Indicator -> series key with period -> value, read by DuckDB."""
    connection = service.database
    found = {}
    for flow in read_flows(connection):
        rows = flow_rows(connection, flow, agency=Agency())
        taken = rows.rows.project(", ".join(f'"{each}"' for each in (*rows.keys, "OBS_VALUE"))).fetchall()
        found[flow.indicator] = {tuple(row[:-1]): row[-1] for row in taken}
    return found


def as_read(rows: Iterable[Mapping[Any, Any]], keys: Iterable[str], value: str) -> dict[tuple[str, ...], float | None]:
    keys = list(keys)
    return {tuple(str(row[key]) for key in keys): _number(row[value]) for row in rows}


def _number(value: Any) -> float | None:
    return None if str(value).strip() in ("", "nan", "NA", "<NA>", "None") else float(value)


def keys_of(service: Service, indicator: str) -> tuple[str, ...]:
    flow = next(flow for flow in read_flows(service.database) if flow.indicator == indicator)
    return flow_rows(service.database, flow, agency=Agency()).keys


def held(values: Mapping[tuple[str, ...], float | None]) -> dict[tuple[str, ...], float]:
    """Those that are there: some clients leave out what is withheld."""
    return {key: value for key, value in values.items() if value is not None}


@pytest.fixture(scope="module")
def client(service: Service) -> Any:
    sdmx.add_source({"id": "ILMS", "name": "The service", "url": service.address}, override=True)
    return sdmx.Client("ILMS")


@pytest.mark.parametrize("indicator", SHAPES)
def test_sdmx1(client: Any, service: Service, published: Any, indicator: str) -> None:
    """It asks for the structure first, then for data in the service's own choice of format."""
    message = client.data(f"DF_{indicator}")
    frame = sdmx.to_pandas(message).reset_index()
    read = as_read(frame.to_dict("records"), keys_of(service, indicator), "value")
    assert held(read) == held(published[indicator])


def test_sdmx1_with_a_key_and_periods(client: Any, published: Any) -> None:
    flow = client.dataflow(FLOW).dataflow[FLOW]
    assert len(flow.structure.dimensions) == 7
    key = {"REF_AREA": "ARG", "SEX": ["SEX_T", "SEX_F"], "CBR": "CBR_BIR_FOREIGN"}
    message = client.data(FLOW, key=key, params={"startPeriod": "2016-Q4"})
    frame = sdmx.to_pandas(message)
    assert sorted(frame) == sorted(
        value
        for (area, _, _, _, _, birth, time), value in published[EMPLOYED].items()
        if (area, birth) == ("ARG", "CBR_BIR_FOREIGN") and time in ("2016-Q4", "2017-Q1")
    )


@pytest.mark.parametrize(
    ("version", "formats"),
    [
        (ApiVersion.V1_5_0, [DataFormat.SDMX_CSV_1_0_0, DataFormat.SDMX_ML_2_1_STR, DataFormat.SDMX_ML_2_1_GEN]),
        (ApiVersion.V2_2_0, [DataFormat.SDMX_CSV_2_0_0, DataFormat.SDMX_ML_3_0]),
    ],
)
@pytest.mark.parametrize("indicator", SHAPES)
def test_pysdmx(
    service: Service, published: Any, indicator: str, version: ApiVersion, formats: list[DataFormat]
) -> None:
    for data_format in formats:
        rest = RestService(service.address, version, data_format=data_format)
        content = rest.data(DataQuery(DataContext.DATAFLOW, "ILMS", f"DF_{indicator}", "1.0"))
        (dataset,) = pysdmx.io.read_sdmx(io.BytesIO(content), validate=True).data or ()
        assert isinstance(dataset, PandasDataset)
        read = as_read(dataset.data.to_dict("records"), keys_of(service, indicator), "OBS_VALUE")
        assert read == published[indicator], data_format


@pytest.mark.parametrize("version", [ApiVersion.V1_5_0, ApiVersion.V2_0_0])
def test_pysdmx_reads_structures(service: Service, version: ApiVersion) -> None:
    query = StructureQuery(
        StructureType.DATAFLOW,
        "ILMS",
        FLOW,
        "1.0",
        detail=StructureDetail.FULL,
        references=StructureReference.DESCENDANTS,
    )
    for form in (StructureFormat.SDMX_ML_2_1, StructureFormat.SDMX_ML_3_0):
        rest = RestService(service.address, version, structure_format=form)
        message = pysdmx.io.read_sdmx(io.BytesIO(rest.structure(query)), validate=True)
        structure = message.get_data_structure_definitions()[0]
        assert [each.id for each in structure.components.dimensions][:3] == ["REF_AREA", "FREQ", "MEASURE"]
    rest = RestService(service.address, version)
    assert pysdmx.io.read_sdmx(io.BytesIO(rest.structure(query)), validate=True).get_dataflows()[0].id == FLOW


@pytest.mark.parametrize("version", [ApiVersion.V1_5_0, ApiVersion.V2_0_0])
def test_pysdmx_asks_which_codes_have_data(service: Service, version: ApiVersion) -> None:
    for form in (AvailabilityFormat.SDMX_JSON_2_0_0, AvailabilityFormat.SDMX_ML_2_1):
        rest = RestService(service.address, version, avail_format=form)
        content = rest.availability(AvailabilityQuery(DataContext.DATAFLOW, "ILMS", FLOW, "1.0"))
        assert b"CBR_BIR_FOREIGN" in content


def test_rsdmx(service: Service, published: Any, tmp_path: Path) -> None:
    """It is given an address, and asks for what the service chooses; numbers to 15 digits, as R reads them."""
    need_rsdmx()
    script = f"""
        library(rsdmx)
        for (indicator in commandArgs(trailingOnly = TRUE)) {{
            address <- paste0("{service.address}/data/DF_", indicator, "/all/all/?startPeriod=1900")
            frame <- as.data.frame(readSDMX(address))
            names(frame)[names(frame) == "obsTime"] <- "TIME_PERIOD"
            frame$obsValue <- format(frame$obsValue, digits = 17)
            write.csv(frame, paste0("{tmp_path}/", indicator), row.names = FALSE, na = "")
        }}
    """
    subprocess.run(["Rscript", "--vanilla", "-e", script, *SHAPES], check=True, capture_output=True, text=True)
    for indicator in SHAPES:
        with (tmp_path / indicator).open(encoding="utf-8", newline="") as stream:
            read = as_read(csv.DictReader(stream), keys_of(service, indicator), "obsValue")
        assert held(read) == pytest.approx(held(published[indicator]), rel=1e-14)


def test_rsdmx_finds_the_structure_that_data_name(service: Service) -> None:
    """`structureRef` of a message, or its structureID, is the id of the data structure."""
    for accept in ("application/xml", "application/vnd.sdmx.structurespecificdata+xml;version=2.1"):
        message = etree.fromstring(service.get(f"/data/{FLOW}", accept=accept).content)
        (named,) = {each.get("structureID") for each in message.iter("{*}Structure") if each.get("structureID")}
        answer = service.get(f"/datastructure/all/{named}/latest/?references=children", accept="application/xml")
        assert answer.status_code == 200, named


def test_opensdmx(service: Service, published: Any) -> None:
    """The requests that opensdmx 0.29 sends, one after the other."""
    flows = etree.fromstring(service.get("/dataflow/ILMS", accept="*/*").content)
    assert FLOW in [each.get("id") for each in flows.iter("{*}Dataflow")]
    structure = etree.fromstring(service.get(f"/datastructure/ALL/{EMPLOYED}", accept="*/*").content)
    assert [each.get("id") for each in structure.iter("{*}Dimension") if each.get("position")][:2] == [
        "REF_AREA",
        "FREQ",
    ]
    answer = service.get(f"/data/{FLOW}/{KEY}?startPeriod=2000&endPeriod=2030", accept="text/csv")
    read = as_read(csv.DictReader(io.StringIO(answer.text)), keys_of(service, EMPLOYED), "OBS_VALUE")
    assert read == {key: value for key, value in published[EMPLOYED].items() if key[0] == "ARG" and "FOREIGN" in key[5]}


CURLS: list[tuple[list[str], Callable[[str], int]]] = [
    ([], lambda text: len(etree.fromstring(text.encode()).findall(".//{*}Obs"))),
    (["-H", "Accept: text/csv", "--compressed"], lambda text: len(list(csv.DictReader(io.StringIO(text))))),
]


@pytest.mark.parametrize(("options", "count"), CURLS, ids=["as it comes", "csv"])
def test_curl(service: Service, options: list[str], count: Callable[[str], int]) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("there is no curl here")
    address = f"{service.address}/data/{FLOW}/ARG.....?startPeriod=2016-Q4"
    found = subprocess.run(
        [curl, "-sfg", "--noproxy", "*", *options, address], check=True, capture_output=True, text=True
    )
    assert count(found.stdout) == 24


def test_the_header_says_when_the_release_was_made(service: Service) -> None:
    for accept in ("application/xml", "application/vnd.sdmx.data+xml;version=3.0.0"):
        message = etree.fromstring(service.get(f"/data/{FLOW}", accept=accept).content)
        prepared = datetime.fromisoformat(str(message.findtext(".//{*}Prepared")))
        assert prepared == datetime(2026, 11, 1, 12, tzinfo=UTC)
