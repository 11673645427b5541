"""Files of households, rosters and jobs beside the persons: joined by declared keys, nothing lost and nobody twice."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
from small_source import SMALL_CODES, SMALL_COLUMNS, Declare

from schemas.errors import DeclarationError, InputError
from schemas.partition import Partition
from schemas.survey import Survey
from transforms.joins import JoinedRecords, join_files, record_files
from transforms.read import RawInput, read_wave

SMALL = Partition("ZZZ.small", "2024")
PERSONS = "id,hh,str,psu,w,sexcode,years,born,act\n" + "".join(
    f"p{number},h{1 + number // 2},a,{1 + number % 2},10,1,3{number},1,1\n" for number in range(4)
)
HOUSEHOLDS = "hogar,income,region\nh2,200,north\nh1,100,south\n"
OTHER_KEYS = HOUSEHOLDS.replace("h1", "01").replace("h2", "02")
JOBS = "person,job,hours,branch\np0,1,40,A\np0,2,10,C\np1,1,20,B\np2,1,35,C\np3,1,38,C\n"
HOUSEHOLD = {"file": "hh*.csv", "keys": {"hh": "hh_key"}, "columns": ["income"], "records": "many"}
FIRST = {"file": "jobs.csv", "keys": {"id": "first_id"}, "columns": ["first_no", "hours"], "records": "one",
         "keep": "raw.first_no = '1'"}  # fmt: skip
SECOND = {"file": "jobs.csv", "keys": {"id": "second_id"}, "columns": ["second_no", "more_hours"], "records": "one",
          "keep": "raw.second_no = '2'", "records_without": "most persons have one job"}  # fmt: skip
NAMES = {
    "hh_key": "hogar", "income": "income", "first_id": "person", "first_no": "job", "hours": "hours",
    "second_id": "person", "second_no": "job", "more_hours": "hours",
}  # fmt: skip


class Wave:
    """A survey with joins, and its files."""

    def __init__(self, declare: Declare, folder: Path) -> None:
        self.declare_survey, self.folder = declare, folder

    def declare(self, joins: Mapping[str, Any], **changes: Any) -> Survey:
        joined = [name for each in joins.values() for name in (*each["keys"].values(), *each["columns"])]
        names = dict.fromkeys(["hh", *SMALL_COLUMNS, *(name for name in joined if name in NAMES)])
        columns = "column,2024\n" + "".join(f"{name},{NAMES.get(name, name)}\n" for name in names)
        return self.declare_survey(codes=SMALL_CODES, columns=columns, joins=dict(joins), **changes)

    def join(self, source: Survey, files: Mapping[str, str | bytes]) -> JoinedRecords:
        inputs = []
        for name, content in files.items():
            (self.folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
            inputs.append(RawInput(self.folder / name, "data"))
        raw, own = self.folder / "raw.parquet", record_files(source, SMALL, inputs)
        columns = source.record_columns(SMALL.wave)
        table = read_wave(source.wave_read("2024"), own, columns, raw, where="here", workdir=self.folder / "work")
        return join_files(source, SMALL, inputs, raw, table)

    def rows(self, joined: JoinedRecords, columns: str) -> list[tuple[Any, ...]]:
        with duckdb.connect() as connection:
            return connection.execute(f"select {columns} from '{joined.file}'").fetchall()


@pytest.fixture
def wave(declare: Declare, tmp_path: Path) -> Wave:
    return Wave(declare, tmp_path)


def test_persons_get_the_columns_of_their_household_in_their_own_order(wave: Wave) -> None:
    joined = wave.join(wave.declare({"household": HOUSEHOLD}), {"persons.csv": PERSONS, "hh.csv": HOUSEHOLDS})
    assert wave.rows(joined, "id, income, _file, _row") == [
        ("p0", "100", "persons.csv", 1), ("p1", "100", "persons.csv", 2),
        ("p2", "200", "persons.csv", 3), ("p3", "200", "persons.csv", 4),
    ]  # fmt: skip
    assert joined.table.records == 4 and joined.remarks == ()


def test_a_second_job_stands_in_columns_of_its_own_beside_the_first(wave: Wave) -> None:
    """One row for each job: the first of everybody, the second of whoever has two; each person stays one record."""
    source = wave.declare({"first": FIRST, "second": SECOND})
    joined = wave.join(source, {"persons.csv": PERSONS, "jobs.csv": JOBS})
    assert wave.rows(joined, "id, hours, more_hours") == [
        ("p0", "40", "10"), ("p1", "20", None), ("p2", "35", None), ("p3", "38", None),
    ]  # fmt: skip
    assert joined.remarks == ("'second': 3 of 4 record(s) have no row: most persons have one job",)


def test_two_members_of_one_zip_are_records_and_rows(wave: Wave) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("individual_2024.csv", PERSONS)
        archive.writestr("hogar_2024.csv", HOUSEHOLDS)
    join = HOUSEHOLD | {"file": "eph.zip", "read": {"member": "hogar_*"}}
    source = wave.declare({"household": join}, read={"format": "delimited", "member": "individual_*"})
    joined = wave.join(source, {"eph.zip": packed.getvalue()})
    assert wave.rows(joined, "income") == [("100",), ("100",), ("200",), ("200",)]


def test_joined_files_may_have_a_layout_of_their_own(wave: Wave) -> None:
    join = HOUSEHOLD | {"read": {"delimiter": ";", "header_row": 2}}
    households = "Hogares\n" + HOUSEHOLDS.replace(",", ";")
    joined = wave.join(wave.declare({"household": join}), {"persons.csv": PERSONS, "hh.csv": households})
    assert wave.rows(joined, "income") == [("100",), ("100",), ("200",), ("200",)]


@pytest.mark.parametrize(
    ("join", "rows", "fault"),
    [
        ({}, HOUSEHOLDS + "h1,5,x\n", "1 keys of 'household' occur in several rows.*choose among them with `keep`"),
        ({"records": "one"}, HOUSEHOLDS, "2 rows of 'household' belong to several records, and `records: one`"),
        ({}, HOUSEHOLDS.replace("h2", "h3"), r"2 of 4 record\(s\) have no row; the first is number 3 of its file"),
        ({}, HOUSEHOLDS + "h9,5,x\n", r"1 of 3 row\(s\) have no record; the first is number 3"),
        ({}, HOUSEHOLDS + ",5,x\n", r"1 row\(s\) of 'household' have an empty key \(hh_key\); the first is number 3"),
        (
            {"records_without": "some", "rows_without": "some"},
            OTHER_KEYS,
            "written in two ways",
        ),
        ({"file": "hogar*.csv"}, HOUSEHOLDS, "no file of the wave is called 'hogar\\*.csv'; its files are"),
    ],
)
def test_what_does_not_fit_stops(wave: Wave, join: dict[str, str], rows: str, fault: str) -> None:
    source = wave.declare({"household": HOUSEHOLD | join})
    with pytest.raises(InputError, match=fault):
        wave.join(source, {"persons.csv": PERSONS, "hh.csv": rows})


def test_records_and_rows_may_stand_alone_where_a_reason_is_declared(wave: Wave) -> None:
    reasons = {"records_without": "refused", "rows_without": "nobody was at home"}
    source = wave.declare({"household": HOUSEHOLD | reasons})
    joined = wave.join(source, {"persons.csv": PERSONS, "hh.csv": HOUSEHOLDS.replace("h2", "h3")})
    assert wave.rows(joined, "income") == [("100",), ("100",), (None,), (None,)]
    assert joined.remarks == (
        "'household': 2 of 4 record(s) have no row: refused",
        "'household': 1 of 2 row(s) have no record: nobody was at home",
    )


@pytest.mark.parametrize(
    ("joins", "fault"),
    [
        ({"a": HOUSEHOLD | {"columns": ["wealth"]}}, "join 'a': column 'wealth' is not in columns.csv"),
        ({"a": HOUSEHOLD, "b": HOUSEHOLD}, "join 'b': column 'hh_key' stands in join 'a' too"),
        ({"a": HOUSEHOLD | {"keys": {"hh": "hh"}}}, "key 'hh' is both of the records and of the rows"),
        ({"a": HOUSEHOLD | {"keep": "raw.act = '1'"}}, "in wave 2024: the expression names 'raw.act'"),
        ({"a": HOUSEHOLD | {"waves": "2023"}}, "names wave '2023', which is not declared"),
        ({"a": HOUSEHOLD | {"read": {"format": "fixed_width"}}}, "needs a `layout`"),
    ],
)
def test_faults_of_a_join_are_found_when_loaded(wave: Wave, joins: dict[str, Any], fault: str) -> None:
    with pytest.raises(DeclarationError, match=fault):
        wave.declare(joins)
