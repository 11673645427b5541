"""A survey of two files, persons and their jobs, on its way to person records."""

from __future__ import annotations

from pathlib import Path

import duckdb
from small_source import SMALL_COLUMNS, Declare

from ilms.kinds import kind_of
from ilms.pipeline.stages import fetch_partition
from ilms.settings import Settings
from schemas.partition import Partition
from warehouse.intake.vintage import latest_vintage

PARTITION = Partition("NRU.small", "2024")
PERSONS = ",".join(SMALL_COLUMNS) + "\n" + "".join(f"p{n},a,{1 + n % 2},10,1,30,1,1\n" for n in range(4))
JOBS = "person,job,hours\np0,1,40\np0,2,10\np1,1,20\np2,1,35\np3,1,38\n"
JOB = {"file": "jobs.csv", "columns": ["number", "hours"], "records": "one", "keys": {"id": "person"}}


def test_hours_of_the_main_job_come_from_the_file_of_jobs(tmp_path: Path, declare: Declare) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / "persons.csv").write_text(PERSONS)
    (mirror / "jobs.csv").write_text(JOBS)
    names = {**{name: name for name in SMALL_COLUMNS}, "person": "person", "number": "job", "hours": "hours"}
    files = [{"name": name, "mirror": name} for name in ("persons.csv", "jobs.csv")]
    source = declare(
        PARTITION.source,
        columns="column,2024\n" + "".join(f"{ours},{theirs}\n" for ours, theirs in names.items()),
        waves={"2024": {"files": files, "records": 4}},
        joins={"main_job": JOB | {"keep": "raw.number = '1'"}},
        variables=declare().model_dump(exclude_unset=True)["variables"] | {"hours_usual": {"column": "hours"}},
    )
    settings, core, work = Settings(home=tmp_path / "home", mirror=mirror), tmp_path / "core.parquet", tmp_path / "work"
    work.mkdir()
    fetch_partition(settings, PARTITION.key)
    vintage = latest_vintage(settings.layout, PARTITION)
    assert vintage is not None
    made = kind_of(source).harmonise(settings.layout, source, PARTITION, vintage, core, work, memory_limit="1GB")
    with duckdb.connect() as connection:
        rows = connection.execute(f"select person_id, hours_usual from '{core}'").fetchall()
    assert rows == [("p0", 40), ("p1", 20), ("p2", 35), ("p3", 38)]
    assert made.persons == 4
