"""A release in other people's tools: attached under any name, beside other tables, by a DuckDB of another year."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from reader import SERIES, read_attached, read_opened

from ilms.run import run_all
from ilms.settings import Settings
from warehouse.release.database import OLDEST_ATTACHING_READER, OLDEST_READER, WAREHOUSE, open_release
from warehouse.release.valid_files import checked_files
from warehouse.sdmx.formats import DATA_FORMATS, FORMATS, STRUCTURE_FORMATS
from warehouse.sdmx.write import write_sdmx

READER = Path(__file__).with_name("reader.py")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of the synthetic survey, with every indicator that a survey can give."""
    settings = Settings(home=tmp_path_factory.mktemp("readers"))
    return run_all(settings, sources=["ZZZ.synthetic"], waves=["2024"], say=print).publication.folder


@pytest.fixture(scope="module")
def everything(folder: Path) -> dict[str, list[str]]:
    """The rows of every table and view, read in the file itself."""
    return read_opened(str(folder / WAREHOUSE))


def test_every_view_gives_the_same_under_another_name_and_beside_tables_of_the_same_names(
    folder: Path, everything: dict[str, list[str]]
) -> None:
    named = {
        "observation",
        "labelled_observation",
        "other_names",
        "availability_of_indicators",
        "observation_in_french",
    }
    assert named <= everything.keys()
    assert len(everything["observation_of"]) > 20
    assert read_attached(str(folder / WAREHOUSE)) == everything


def test_the_one_macro_is_told_where_its_tables_are_and_says_so_when_it_is_not(folder: Path) -> None:
    """A macro looks for tables where its caller stands: without `release` it must find none, not another's."""
    with open_release(folder) as connection:
        macros = connection.execute("select function_name from duckdb_functions() where not internal").fetchall()
    assert macros == [("observation_of",)]
    with duckdb.connect() as reader:
        reader.execute(f"attach '{folder / WAREHOUSE}' as ours (read_only)")
        with pytest.raises(duckdb.CatalogException, match="observation_in_english does not exist"):
            reader.execute(f"from ours.observation_of('{SERIES}')")
        reader.execute("use ours")
        assert reader.execute(f"from observation_of('{SERIES}')").fetchall()


def test_every_view_but_those_with_lists_has_types_that_every_driver_knows(folder: Path) -> None:
    """ODBC has no list: Power BI reads views of plain columns; `notes` as a list is where observation_of reads."""
    with open_release(folder) as connection:
        odd = connection.execute(
            """select distinct table_name, column_name from duckdb_columns()
            where not internal and data_type not in ('VARCHAR', 'BIGINT', 'INTEGER', 'DOUBLE', 'BOOLEAN')
            order by all"""
        ).fetchall()
    lists = [(f"observation_in_{each}", "notes") for each in ("english", "french", "spanish")]
    assert odd == [*lists, *(("other_names", each) for each in ("bases", "notes", "relations"))]


@pytest.mark.slow
@pytest.mark.parametrize(("version", "how"), [(OLDEST_READER, "opened"), (OLDEST_ATTACHING_READER, "attached")])
def test_the_oldest_duckdb_that_is_promised_gives_the_same(
    folder: Path, everything: dict[str, list[str]], tmp_path: Path, version: str, how: str
) -> None:
    uv = shutil.which("uv")
    installer = [uv, "pip"] if uv else [sys.executable, "-m", "pip"]
    wanted = ["install", "--quiet", "--no-deps", "--target", str(tmp_path / "old"), f"duckdb=={version}"]
    installed = subprocess.run([*installer, *wanted], capture_output=True, text=True, check=False)
    if installed.returncode:
        pytest.skip(f"DuckDB {version} could not be installed: {installed.stderr.strip()[-200:]}")

    answer = subprocess.run(
        [sys.executable, str(READER), str(folder / WAREHOUSE), how],
        env={**os.environ, "PYTHONPATH": str(tmp_path / "old")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert answer.returncode == 0, answer.stderr
    read = json.loads(answer.stdout)
    assert read.pop("version") == [version]
    assert read == everything


def test_the_labels_in_words_are_a_key(folder: Path) -> None:
    words = "country, source_title, indicator_title, time, sex, classif1_label, classif2_label"
    with open_release(folder) as connection:
        query = f"select count(*), count(distinct ({words})) from labelled_observation"
        (numbers, keys) = connection.execute(query).fetchall()[0]
    assert numbers > 10_000
    assert numbers == keys


def test_a_sum_over_one_label_is_one_number(folder: Path) -> None:
    """The example of an analyst who added 15-24 of three versions of age."""
    with open_release(folder) as connection:
        found = connection.execute(
            """select classif1_label, count(*) from labelled_observation
            where indicator = 'MST_TEMP_SEX_AGE_CBR_NB' and sex = 'Total' and classif2 = 'CBR_BIR_TOTAL'
                and classif1 like '%\\_Y15-24' escape '\\'
            group by all order by all"""
        ).fetchall()
    assert found == [
        ("Age (10-year bands): 15-24", 1),
        ("Age (aggregate bands): 15-24", 1),
        ("Age (youth, adults): 15-24", 1),
    ]


@pytest.mark.slow
def test_every_file_of_sdmx_is_valid_by_the_official_schemas_in_every_format(folder: Path, tmp_path: Path) -> None:
    release = Path(shutil.copytree(folder, tmp_path / "release"))
    with duckdb.connect(shutil.copy(release / WAREHOUSE, tmp_path)) as connection:
        flows = write_sdmx(connection, release / "sdmx", formats=[each.id for each in FORMATS])
    checked = list(checked_files(release))
    assert [f"{each.name}: {fault}" for each in checked for fault in each.faults] == []
    assert len(checked) == len(STRUCTURE_FORMATS) + len(flows) * len(DATA_FORMATS)
    assert len(flows) > 100
