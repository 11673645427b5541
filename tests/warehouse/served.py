"""Small releases of five dataflows of different shape, and the service over them on this machine."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import httpx
import uvicorn
from fastapi import FastAPI
from release_example import source_row
from sdmx_tables import fill, observation
from starlette.types import ASGIApp

from ilms.release.catalogue_rows import indicator_rows
from schemas.codelists import all_codelists
from schemas.tables import CODE, INDICATOR, OBSERVATION, PARTITION, RELEASED_QUALITY, SOURCE, Column
from warehouse.layout import Layout
from warehouse.release.database import STORAGE_VERSION, WAREHOUSE
from warehouse.release.log import append
from warehouse.release.manifest import Counts, Manifest, checksums, write_manifest
from warehouse.release.pointer import TIME_IN_ID, move_pointer
from warehouse.service.app import create_app
from warehouse.service.limits import Limits

# Whoever runs the tests behind a proxy must not have it asked for this machine's own server.
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"

Row = dict[str, Any]
AGES = ("AGE_YTHADULT_YGE15", "AGE_YTHADULT_Y15-24")
BIRTHPLACES = ("CBR_BIR_TOTAL", "CBR_BIR_NATIVE", "CBR_BIR_FOREIGN")
EMPLOYED, RATE, GAP = "MST_TEMP_SEX_AGE_CBR_NB", "MST_TEAP_SEX_AGE_CCT_RT", "EAR_EGPB_SEX_RT"
EARNINGS, VISAS = "EAR_4MTH_SEX_CBR_CUR_NB", "REG_VISI_PRG_CCT_NB"
SHAPES = (EMPLOYED, RATE, GAP, EARNINGS, VISAS)


def rows(shift: float = 0.0) -> list[Row]:
    """Numbers of every shape: quarters beside years, a withheld one, signs that XML and CSV have to quote."""
    found = [
        observation(ref_area=area, sex=sex, classif1=age, classif2=birth, time=period)
        for area in ("ARG", "URY")
        for sex in ("SEX_T", "SEX_F")
        for age in AGES
        for birth in BIRTHPLACES
        for period in ("2016", "2016Q3", "2016Q4", "2017Q1")
    ]
    found += [
        observation(indicator=RATE, ref_area="URY", classif2=citizens, time=year, source="BA:URY.ech", **odd)
        for citizens, odd in (("CCT_CIT_CITIZEN", {}), ("CCT_CIT_NONCIT", {"obs_status": "U"}))
        for year in ("2017", "2018")
    ]
    found += [
        observation(indicator=GAP, sex=sex, classif1="", classif2="", time="2016Q3") for sex in ("SEX_M", "SEX_F")
    ]
    found += [
        observation(indicator=EARNINGS, classif1="CBR_BIR_FOREIGN", classif2=currency, time="2016Q3")
        for currency in ("CUR_TYPE_LCU", "CUR_TYPE_USD")
    ]
    found += [
        observation(indicator=VISAS, sex="", classif1="PRG_TYPE_TOTAL", classif2=country, time=month, **of_register)
        for country in ("CCT_CTZ_AFG", "CCT_CTZ_ALB")
        for month in ("2024M01", "2024M02")
        for of_register in ({"se": None, "cv": None, "lower_bound": None, "upper_bound": None, "n": None},)
    ]
    for number, row in enumerate(found):
        row["obs_value"] = number / 7 + shift
        row["note_classif"] = 'Déf. «d\'ici» & "là" <1>,\nأجنبي' if number % 5 == 0 else ""
    withheld = next(row for row in found if row["obs_status"] == "U")
    withheld["obs_value"] = None
    return found


def write_release(home: Path, observations: Sequence[Row], moment: datetime) -> str:
    """A release with these numbers, which becomes the current one; its id."""
    layout = Layout(home)
    release_id = _built(home, observations, moment, layout.releases())
    move_pointer(layout, release_id)
    return release_id


def write_draft(home: Path, observations: Sequence[Row], moment: datetime) -> str:
    """A release with these numbers that waits for a person; its id."""
    layout = Layout(home)
    release_id = _built(home, observations, moment, layout.held())
    append(layout, release_id, "in review", by="", why="numbers differ")
    return release_id


def _built(home: Path, observations: Sequence[Row], moment: datetime, place: Path) -> str:
    release_id = f"{moment.astimezone(UTC).strftime(TIME_IN_ID)}-{abs(hash(str(observations))) % 16**8:08x}"
    folder = home / f".{release_id}"
    folder.mkdir(parents=True)
    codes = [{"codelist": each.id, **asdict(code)} for each in all_codelists() for code in each.codes]
    connection = duckdb.connect()
    connection.execute(f"attach '{folder / WAREHOUSE}' as warehouse (storage_version '{STORAGE_VERSION}')")
    connection.execute("use warehouse")
    tables: tuple[tuple[str, tuple[Column, ...], Sequence[Any]], ...] = (
        ("observation", OBSERVATION, observations),
        ("indicator", INDICATOR, indicator_rows()),
        ("code", CODE, codes),
        (
            "source",
            SOURCE,
            [source_row(each.partition(":")[2]) for each in sorted({row["source"] for row in observations})],
        ),
        ("partition", PARTITION, _waves(observations)),
        ("quality_result", RELEASED_QUALITY, []),
    )
    for table, columns, content in tables:
        fill(connection, table, columns, content)
    connection.close()
    manifest = Manifest(
        release_id=release_id,
        created_at=moment.isoformat(),
        agency="ILMS",
        fingerprint="f" * 64,
        software_version="0.1.0",
        duckdb_version=duckdb.__version__,
        declarations_hash="d" * 64,
        counts=Counts(observations=len(observations), dataflows=len(SHAPES), partitions={}),
        partitions=(),
        inputs=(),
        files=checksums(folder),
    )
    write_manifest(folder, manifest)
    place.mkdir(exist_ok=True)
    folder.rename(place / release_id)
    return release_id


def _waves(observations: Sequence[Row]) -> list[Row]:
    """The outcome of each source and wave that gives numbers."""
    blank: Row = dict.fromkeys(column.name for column in PARTITION)
    given = sorted({(row["source"].partition(":")[2], row["wave"]) for row in observations})
    return [blank | {"source": source, "wave": wave, "state": "published"} for source, wave in given]


@dataclass(frozen=True)
class Service:
    """A service that answers, and the home of its releases."""

    address: str
    home: Path
    client: httpx.Client

    def get(self, path: str, **headers: str) -> httpx.Response:
        """What it answers to a path below /rest."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.get(f"{self.address}{path}", headers=sent)

    @property
    def database(self) -> duckdb.DuckDBPyConnection:
        """A copy of the current release, to compare with: this process has the release itself open."""
        return duckdb.connect(shutil.copy(Layout(self.home).current() / WAREHOUSE, self.home), read_only=True)


@contextmanager
def serving(
    home: Path, limits: Limits | None = None, around: Callable[[FastAPI], ASGIApp] = lambda service: service
) -> Iterator[Service]:
    """The service over a home, at a free port of this machine, until the block ends."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        config = uvicorn.Config(
            around(create_app(Layout(home), limits)),
            http="h11",
            log_level="warning",
            h11_max_incomplete_event_size=131_072,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        try:
            with httpx.Client(trust_env=False, timeout=60, limits=httpx.Limits(max_connections=None)) as client:
                yield Service(f"http://127.0.0.1:{port}/rest", home, client)
        finally:
            server.should_exit = True
            thread.join(timeout=30)


def a_service(home: Path) -> Iterator[Service]:
    """The service over a home with one release of the five dataflows, for the fixture of a module."""
    write_release(home, rows(), datetime(2026, 11, 1, 12, 0, tzinfo=UTC))
    with serving(home) as service:
        yield service
