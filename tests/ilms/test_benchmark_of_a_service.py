"""A benchmark from end to end: fetched from a statistical service, read, checked, and used as a table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from http_server import Site, serving, status
from service_messages import DATAFLOW, GENERIC, PERMITS, PXWEB_METADATA, SDMX_CSV, STRUCTURE_SPECIFIC, dumped
from small_register import SMALL_REGISTER

from ilms.regional.inputs import fetch_benchmark, read_tables
from schemas.errors import InputError
from schemas.partition import Partition
from warehouse.intake.access import Access
from warehouse.layout import Layout

DATA = "/rest/data/DF_UNE/all"
PXWEB = "/api/v1/en/ssd/AM/Permits.px"


@pytest.fixture
def server() -> Iterator[Site]:
    with serving() as site:
        yield site


class Benchmarks:
    """Benchmarks declared for a test, and what is read of them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.layout = folder, Layout(folder / "home")

    def declare(self, name: str, file: dict[str, Any], table: dict[str, Any]) -> None:
        declaration = {
            **{key: SMALL_REGISTER[key] for key in ("title", "producer", "citation", "licence", "landing_page")},
            **{"kind": "benchmark", "source_type": "XA", "cadence": "annual", "schedule": "@yearly"},
            **{"coverage": {"complete": True}, "fetch": {"method": "service", "pause_seconds": 0}},
            "waves": {"2025": {"files": [file]}},
            "tables": {"figures": {"meaning": "figures", "unit": "per cent", **table}},
        }
        place = self.folder / "sources" / "X01" / name
        place.mkdir(parents=True, exist_ok=True)
        (place / "source.yaml").write_text(yaml.safe_dump(declaration), encoding="utf-8")

    def rows(self, name: str, columns: str) -> list[tuple[Any, ...]]:
        kept = fetch_benchmark(self.layout, Access(online=True), f"X01.{name}")
        assert kept.partition == Partition(f"X01.{name}", "2025")
        tables = read_tables(self.layout, kept, memory_limit="1GB")
        with duckdb.connect() as connection:
            return connection.execute(f"select {columns} from '{tables['figures']}' order by all").fetchall()


@pytest.fixture
def benchmarks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Benchmarks:
    monkeypatch.setenv("ILMS_SOURCES", str(tmp_path / "sources"))
    return Benchmarks(tmp_path)


def unemployment(server: Site, format: str) -> tuple[dict[str, Any], dict[str, Any]]:
    query = {"service": f"{server.url}/rest", "flow": "DF_UNE", "format": format}
    read = "sdmx_csv" if format == "csv" else "sdmx_ml"
    columns = {"area": "REF_AREA", "year": "TIME_PERIOD", "value": "OBS_VALUE", "status": "OBS_STATUS"}
    table = {
        "key": ["area", "year"],
        "columns": {
            "area": {"type": "text", "country": "iso3"},
            "year": {"type": "integer"},
            "value": {"type": "number", "minimum": 0, "maximum": 100, "optional": True},
            "status": {"type": "text", "statuses": "ilo"},
        },
        "parts": [{"file": "answer", "read": {"format": read}, "columns": columns}],
    }
    return {"name": "answer", "sdmx": query}, table


AUSTRIA = [("AUT", 2022, 9.1, None), ("AUT", 2023, 10.25, "B")]
ALBANIA = [("ALB", 2023, None, "U")]


@pytest.mark.parametrize(
    "format, answer, rows",
    [
        ("csv", SDMX_CSV, ALBANIA + AUSTRIA),
        ("ml", STRUCTURE_SPECIFIC, ALBANIA + AUSTRIA),
        ("ml_generic", GENERIC, AUSTRIA),
    ],
)
def test_a_benchmark_is_read_from_an_sdmx_service_whatever_it_is_asked_for(
    server: Site, benchmarks: Benchmarks, format: str, answer: str, rows: list[tuple[Any, ...]]
) -> None:
    server.on(DATA, status(200, answer.encode()))
    benchmarks.declare("unemployment", *unemployment(server, format))
    assert benchmarks.rows("unemployment", "area, year, value, status") == rows


def test_an_observation_that_comes_twice_stops_the_benchmark_and_names_its_key(
    server: Site, benchmarks: Benchmarks
) -> None:
    again = SDMX_CSV.splitlines()[2].replace("10.25", "99")
    server.on(DATA, status(200, f"{SDMX_CSV}{again}\n".encode()))
    benchmarks.declare("unemployment", *unemployment(server, "csv"))
    with pytest.raises(InputError, match=r"AUT\.A\.UNE_RT\.SEX_T\.CCT_CIT_NONCIT\.2023"):
        benchmarks.rows("unemployment", "*")


def test_a_revision_is_read_once_the_service_says_that_there_is_one(server: Site, benchmarks: Benchmarks) -> None:
    benchmarks.declare("unemployment", *unemployment(server, "csv"))
    for updated, value, downloads in (("2026-01-01", "9.1", 1), ("2026-01-01", "9.9", 1), ("2026-02-01", "9.9", 2)):
        server.on("/rest/dataflow/all/DF_UNE/latest", status(200, (DATAFLOW % (updated, "LAST_UPDATE")).encode()))
        server.on(DATA, status(200, SDMX_CSV.replace("9.1", value).encode()))
        rows = benchmarks.rows("unemployment", "value, year")
        assert (rows[0][0], sum(request.path == DATA for request in server.requests)) == (
            9.1 if downloads == 1 else 9.9,
            downloads,
        )


def test_a_benchmark_is_read_from_a_table_of_pxweb(server: Site, benchmarks: Benchmarks) -> None:
    server.on(PXWEB, status(200, dumped(PXWEB_METADATA)))
    server.posts[PXWEB] = [status(200, dumped(PERMITS))]
    select = {"Medborgarskap": ["IND", "SYR"], "Kon": ["1", "2"], "Tid": ["{year}"]}
    columns = {"area": "Medborgarskap", "sex": "Kon", "year": "Tid", "value": "value"}
    table = {
        "key": ["area", "sex", "year"],
        "columns": {
            "area": {"type": "text", "country": "iso3"},
            "sex": {"type": "text", "codes": {"1": "male", "2": "female"}},
            "year": {"type": "integer"},
            "value": {"type": "number", "optional": True},
        },
        "parts": [{"file": "permits.json", "read": {"format": "json_stat"}, "columns": columns}],
    }
    query = {"table": f"{server.url}{PXWEB}", "select": select}
    benchmarks.declare("permits", {"name": "permits.json", "pxweb": query}, table)
    assert benchmarks.rows("permits", "area, sex, year, value") == [
        ("IND", "female", 2025, 80.5),
        ("IND", "male", 2025, 120.0),
        ("SYR", "female", 2025, 3.0),
        ("SYR", "male", 2025, None),
    ]
