"""A register from end to end: fetched from a statistical service on this machine, harmonised, and counted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fetch_sources import PATIENCE
from http_server import Site, serving, status
from service_messages import PERMITS, PXWEB_METADATA, dumped
from small_register import PERMITS as TABLE
from small_register import SmallRegister

from schemas.partition import Partition
from warehouse.intake.access import Access
from warehouse.intake.fetch import fetch_wave
from warehouse.layout import Layout

PXWEB = "/api/v1/en/ssd/AM/Permits.px"
SDMX = """\
DATAFLOW,FREQ,CITIZEN,SEX,TIME_PERIOD,OBS_VALUE,OBS_STATUS
X:PERMITS(1.0),A,IND,M,2025,120,
X:PERMITS(1.0),A,IND,F,2025,80,
X:PERMITS(1.0),A,SYR,M,2025,,c
X:PERMITS(1.0),A,SYR,F,2025,3,p
"""
SAID = {"status": "status", "suppressed": ["c", ".."]}


@pytest.fixture
def server() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallRegister:
    return SmallRegister(tmp_path, monkeypatch)


def run(small: SmallRegister, file: dict[str, Any], format: str, names: dict[str, str], sexes: dict[str, str]) -> None:
    """Declare a register whose only file is the answer to a query, fetch and harmonise it."""
    variables = {
        "event": {"constant": "issued"},
        "citizenship": {"column": "citizenship", "country": "iso3"},
        "sex": {"column": "sex", "map": "sex"},
    }
    table = {**TABLE, "file": file["name"], "read": {"format": format}, "variables": variables}
    register = small.declare(
        columns="column,every_wave\n" + "".join(f"permits.{ours},{theirs}\n" for ours, theirs in names.items()),
        codes="map,code,value,label\n" + "".join(f"sex,{code},{value},\n" for code, value in sexes.items()),
        fetch={"method": "service", "pause_seconds": 0},
        waves={"2025": {"files": [file]}},
        tables={"permits": {**table, "value": {"column": "permits", **SAID}, "where": "raw.year = '{year}'"}},
    )
    access = Access(None, True, ())
    vintage = fetch_wave(register, Partition(register.id, "2025"), Layout(small.folder), access, patience=PATIENCE)
    small.harmonise(register, {each.name: each.path.read_bytes() for each in vintage.files}, wave="2025")


FLOWS = [("IND", "female", 80, None), ("IND", "male", 120, None), ("SYR", "female", 3, None)]
HIDDEN = ("SYR", "male", None, "suppressed")


def test_a_register_is_counted_from_the_answer_of_an_sdmx_service(server: Site, small: SmallRegister) -> None:
    server.on("/rest/data/PERMITS/A...", status(200, SDMX.encode()))
    query = {"service": f"{server.url}/rest", "flow": "PERMITS", "key": "A...", "end": "{year}"}
    names = {
        "citizenship": "CITIZEN",
        "sex": "SEX",
        "year": "TIME_PERIOD",
        "permits": "OBS_VALUE",
        "status": "OBS_STATUS",
    }
    run(small, {"name": "permits.csv", "sdmx": query}, "sdmx_csv", names, {"M": "male", "F": "female"})
    assert small.flows("citizenship", "sex", "value", "value_missing") == [*FLOWS, HIDDEN]
    assert small.issued()["CCT_CTZ_IND"] == 200


def test_a_register_is_counted_from_a_table_of_pxweb(server: Site, small: SmallRegister) -> None:
    server.on(PXWEB, status(200, dumped(PXWEB_METADATA)))
    server.posts[PXWEB] = [status(200, dumped(PERMITS | {"value": [120, 80, None, 3]}))]
    select = {"Medborgarskap": ["IND", "SYR"], "Kon": ["1", "2"], "Tid": ["{year}"]}
    query = {"table": f"{server.url}{PXWEB}", "select": select}
    names = {"citizenship": "Medborgarskap", "sex": "Kon", "year": "Tid", "permits": "value", "status": "status"}
    run(small, {"name": "permits.json", "pxweb": query}, "json_stat", names, {"1": "male", "2": "female"})
    assert small.flows("citizenship", "sex", "value", "value_missing") == [*FLOWS, HIDDEN]
    assert small.issued()["CCT_CTZ_IND"] == 200
