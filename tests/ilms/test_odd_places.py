"""Where things are kept makes no difference: folders may be called anything."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pyarrow
import pyarrow.parquet
import pytest
from odd_names import ODD_NAMES
from small_source import Declare
from small_world import tables_of, write_world
from two_surveys import lay_out

from ilms.run import run_all
from ilms.settings import Settings, load_settings
from schemas.errors import DeclarationError
from schemas.read import Read
from transforms.duck import connect, csv_rows, parquet_rows
from transforms.read import RawInput, read_wave
from warehouse.release.database import WAREHOUSE, open_release

pytestmark = pytest.mark.slow


def odd_folder(folder: Path) -> Path:
    """A folder below folders of every odd name."""
    place = folder.joinpath(*ODD_NAMES)
    place.mkdir(parents=True)
    return place


def numbers(settings: Settings) -> list[tuple[object, ...]]:
    """The numbers of the current release, all columns."""
    with open_release(settings.layout.current()) as connection:
        return connection.execute("from observation order by all").fetchall()


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_file_is_read_alone_and_with_its_own_columns(tmp_path: Path, name: str) -> None:
    for folder, value in ((name, 1), ("abc", 2), ("abXc", 3)):
        (tmp_path / folder).mkdir()
        pyarrow.parquet.write_table(pyarrow.table({"a": [value]}), tmp_path / folder / "a.parquet")
        (tmp_path / folder / "a.csv").write_text(f"a\n{value}\n")
    with connect() as connection:
        for rows in (
            parquet_rows(tmp_path / name / "a.parquet"),
            csv_rows(tmp_path / name / "a.csv", "header = true"),
        ):
            answer = connection.execute(f"from {rows}")
            assert [column[0] for column in answer.description] == ["a"]
            assert answer.fetchall() == [(1,)]


def test_a_survey_gives_the_same_numbers_wherever_it_is_kept(tmp_path: Path, declare: Declare) -> None:
    plain = lay_out(tmp_path, declare)
    odd = odd_folder(tmp_path)
    elsewhere = Settings(home=odd / "home", mirror=odd / "mirror")
    assert plain.mirror and elsewhere.mirror
    shutil.copytree(plain.mirror, elsewhere.mirror)

    for settings in (plain, elsewhere):
        assert run_all(settings, sources=["ZZZ.small"], say=print).failed == {}

    assert numbers(elsewhere) == numbers(plain)
    with duckdb.connect(elsewhere.layout.current() / WAREHOUSE, read_only=True) as connection:
        assert connection.execute("select count(*) from quality_result where not success").fetchall() == [(0,)]


def test_benchmarks_have_the_same_tables_wherever_they_are_kept(tmp_path: Path) -> None:
    plain = tables_of(write_world(tmp_path / "mirror"), tmp_path / "work")
    odd = odd_folder(tmp_path)
    elsewhere = tables_of(write_world(odd / "mirror"), odd / "work")
    for name, table in vars(plain).items():
        assert getattr(elsewhere, name).equals(table), name


LAYOUT = {"format": "sas", "file": "layout.sas", "encoding": "utf-8"}


@pytest.mark.parametrize(
    ("read", "content"),
    [
        ({"format": "delimited"}, "year,age\n1,40\n"),
        ({"format": "fixed_width", "layout": LAYOUT}, "140\n"),
        ({"format": "json"}, '[{"year": 1, "age": 40}]'),
        ({"format": "parquet"}, None),
    ],
    ids=lambda value: value["format"] if isinstance(value, dict) else "",
)
def test_a_column_called_as_a_folder_above_keeps_its_own_values(
    tmp_path: Path, read: dict[str, object], content: str | None
) -> None:
    folder = odd_folder(tmp_path)
    inputs = [RawInput(folder / "records", "data")]
    if content is None:
        pyarrow.parquet.write_table(pyarrow.table({"year": [1], "age": [40]}), inputs[0].path)
    else:
        inputs[0].path.write_text(content)
    if "layout" in read:
        inputs.append(RawInput(folder / "layout.sas", "layout"))
        inputs[1].path.write_text("input year $ 1-1 age $ 2-3;")

    columns = {"year": "year", "age": "age"}
    read_wave(Read.model_validate(read), inputs, columns, folder / "raw.parquet", where="here", workdir=folder / "work")

    table = pyarrow.parquet.read_table(folder / "raw.parquet", partitioning=None)
    assert table.select(["year", "age"]).to_pylist() == [{"year": "1", "age": "40"}]


def test_a_folder_where_nobody_could_open_a_release_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ILMS_HOME", str(tmp_path / "back\\slash"))
    with pytest.raises(DeclarationError, match="has a backslash in its name"):
        load_settings()
