"""Publishing: one step, one publisher, one row for every SDMX key, and nothing that is not new."""

import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from release_example import brazil, candidate, example, failed, inputs, synthetic, uruguay

from schemas.errors import PublishError
from schemas.tables import OBSERVATION, OBSERVATION_KEY
from warehouse.layout import Layout
from warehouse.release.build import publish
from warehouse.release.database import open_release
from warehouse.release.inputs import ReleaseInputs
from warehouse.release.life import point_to
from warehouse.release.manifest import verify_release
from warehouse.release.pointer import current_release, list_releases, only_publisher
from warehouse.release.tables import TABLES

PUBLISHER = Path(__file__).with_name("release_example.py")


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "home")


@pytest.fixture
def to_publish(tmp_path: Path) -> ReleaseInputs:
    return example(tmp_path / "inputs")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """A home with one release of the example, for tests that only read it."""
    home = tmp_path_factory.mktemp("published") / "home"
    publish(Layout(home), example(home / "inputs"))
    return Layout(home)


def ask(layout: Layout, query: str) -> list[tuple[object, ...]]:
    with open_release(layout.current()) as connection:
        return connection.execute(query).fetchall()


def participation(layout: Layout) -> list[tuple[object, ...]]:
    return ask(
        layout, "select obs_value from observation where ref_area = 'URY' and indicator like '%TEAP%' order by 1"
    )


def with_participation(folder: Path, value: float) -> ReleaseInputs:
    """The example after a new wave of files: participation of the native-born is another."""
    rows = uruguay()
    rows[1]["obs_value"] = value
    return inputs([candidate(folder, rows)])


def test_a_release_holds_the_estimates_exactly(layout: Layout, to_publish: ReleaseInputs) -> None:
    result = publish(layout, to_publish)
    columns = ", ".join(column.name for column in OBSERVATION)
    published = ask(layout, f"select {columns} from observation")
    given = [tuple(row[column.name] for column in OBSERVATION) for row in uruguay() + brazil() + synthetic()]
    key_length = len(OBSERVATION_KEY)
    assert published == sorted(given, key=lambda row: row[:key_length])
    assert result.is_new
    assert (result.observations, result.dataflows) == (13, 4)
    assert result.folder.resolve() == layout.current().resolve()
    assert "1 failed, 3 published" in result.message


def test_the_parquet_of_a_release_has_the_same_rows_as_its_warehouse(published: Layout) -> None:
    folder = published.current()
    exported = duckdb.execute(f"from '{folder}/observation.parquet'").fetchall()
    assert exported == ask(published, "from observation")


def test_every_table_and_column_has_a_comment(published: Layout) -> None:
    assert {name for (name,) in ask(published, "select table_name from duckdb_tables()")} == set(TABLES)
    assert ask(published, "select table_name from duckdb_tables() where comment is null") == []
    described = (
        "select column_name, comment from duckdb_columns() where table_name = 'observation' order by column_index"
    )
    assert ask(published, described) == [(column.name, column.meaning) for column in OBSERVATION]
    assert ask(published, "select * from duckdb_columns() where not internal and comment is null") == []


def test_duckdb_of_other_years_can_read_the_file(published: Layout) -> None:
    versions = ask(
        published, "select tags['storage_version'] from duckdb_databases() where database_name = 'warehouse'"
    )
    assert versions == [("v1.0.0+",)]


def test_only_code_lists_and_other_small_tables_have_constraints(published: Layout) -> None:
    found = ask(published, "select distinct table_name from duckdb_constraints() order by 1")
    lists = ["availability_reason", "code", "community_member", "currency", "definition", "ilostat_series", "indicator"]
    others = ["indicator_alias", "indicator_definition", "note", "obs_status_map", "partition", "programme"]
    others += ["programme_series", "source", "status"]
    assert found == [(name,) for name in [*lists, *others]]


def test_a_failed_partition_is_on_record_with_its_reason_and_its_checks(published: Layout) -> None:
    assert ask(published, "select state, reason, cells from partition where source = 'ARG.eph'") == [
        ("failed", "7 weights are not positive", 0)
    ]
    assert ask(published, "select success, unexpected from quality_result where source = 'ARG.eph'") == [(False, 7)]


def test_the_same_inputs_in_two_homes_give_the_same_rows_and_bytes(tmp_path: Path) -> None:
    homes = [Layout(tmp_path / "here"), Layout(tmp_path / "there")]
    candidates = [example(tmp_path / "one"), example(tmp_path / "two")]
    candidates[1] = replace(
        candidates[1], partitions=list(reversed(candidates[1].partitions)), codes=candidates[1].codes[::-1]
    )
    moment = datetime(2026, 11, 22, 6, 15, tzinfo=UTC)
    first, second = (
        publish(layout, to_publish, created_at=moment) for layout, to_publish in zip(homes, candidates, strict=True)
    )
    for table in TABLES:
        assert ask(homes[0], f"from {table}") == ask(homes[1], f"from {table}")
    assert first.release_id == second.release_id
    assert first.release_id.startswith("20261122T061500Z-")
    files = [verify_release(result.folder).files for result in (first, second)]
    same = [name for name in files[0] if name != "warehouse.duckdb"]
    assert {name: files[0][name] for name in same} == {name: files[1][name] for name in same}
    assert {"observation.parquet", "sdmx/structures.xml.gz", "sdmx/DF_MST_TEAP_SEX_AGE_CBR_RT.v2.csv.gz"} <= set(same)


def test_nothing_new_builds_nothing_and_says_so(layout: Layout, to_publish: ReleaseInputs) -> None:
    first = publish(layout, to_publish)
    again = publish(layout, to_publish)
    assert not again.is_new
    assert again.release_id == first.release_id
    assert (again.observations, again.partitions) == (first.observations, first.partitions)
    assert again.message.startswith("nothing new")
    assert len(list_releases(layout)) == 1


@pytest.mark.parametrize("other", [{"software_version": "0.2.0"}, {"declarations_hash": "e" * 64}])
def test_other_software_or_declarations_make_a_new_release(
    tmp_path: Path, layout: Layout, to_publish: ReleaseInputs, other: dict[str, str]
) -> None:
    first = publish(layout, to_publish)
    second = publish(layout, example(tmp_path / "inputs", **other))
    assert second.is_new
    assert [release.id for release in list_releases(layout)] == [first.release_id, second.release_id]
    assert [release.is_current for release in list_releases(layout)] == [False, True]


def test_another_number_or_another_reason_makes_a_new_release(tmp_path: Path, layout: Layout) -> None:
    folder = tmp_path / "inputs"
    publish(layout, with_participation(folder, 62.25))
    assert publish(layout, with_participation(folder, 62.26)).is_new
    fewer = with_participation(folder, 62.26)
    assert publish(layout, replace(fewer, partitions=[*fewer.partitions, failed(folder)])).is_new


def test_a_damaged_current_release_is_built_again(layout: Layout, to_publish: ReleaseInputs) -> None:
    first = publish(layout, to_publish)
    (first.folder / "observation.parquet").unlink()
    second = publish(layout, to_publish)
    assert second.is_new
    assert second.release_id > first.release_id
    verify_release(second.folder)


def test_a_reader_of_the_old_release_is_undisturbed(tmp_path: Path, layout: Layout) -> None:
    folder = tmp_path / "inputs"
    publish(layout, with_participation(folder, 62.25))
    with open_release(layout.current()) as reader:
        query = "select obs_value from observation where indicator like '%TEAP%' and classif2 = 'CBR_BIR_NATIVE'"
        assert reader.execute(query).fetchall() == [(62.25,)]
        publish(layout, with_participation(folder, 63.0))
        assert reader.execute(query).fetchall() == [(62.25,)]
        with open_release(layout.current()) as newcomer:
            assert newcomer.execute(query).fetchall() == [(63.0,)]


def test_readers_cannot_write_read_other_files_or_change_that(published: Layout) -> None:
    with open_release(published.current()) as reader:
        for forbidden in (
            "delete from observation",
            "create table mine (a integer)",
            f"from read_text('{PUBLISHER}')",
            "copy observation to '/tmp/observation.csv'",
            "set enable_external_access = true",
            "set memory_limit = '100GB'",
        ):
            with pytest.raises((duckdb.PermissionException, duckdb.InvalidInputException)):
                reader.execute(forbidden)


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(r"open .*views\.sql", id="while tables are filled"),
        pytest.param(r"open .*sdmx/.*", id="while SDMX is written"),
        pytest.param(r"open .*manifest\.json\.sha256", id="before the manifest is complete"),
        pytest.param(r"os\.rename .*release ", id="before the release has its name"),
        pytest.param(r"os\.symlink", id="before there is a new pointer"),
        pytest.param(r"os\.rename .*\.current\.", id="before the pointer is replaced"),
    ],
)
def test_kill_9_at_any_moment_leaves_the_old_release_and_the_next_run_finishes(
    tmp_path: Path, published: Layout, moment: str
) -> None:
    layout = Layout(tmp_path / "home")
    shutil.copytree(published.home, layout.home, symlinks=True)
    before = current_release(layout)
    killed = subprocess.run([sys.executable, PUBLISHER, layout.home, "0.2.0", moment], check=False)
    assert killed.returncode == -9
    assert current_release(layout) == before
    assert participation(layout) == [(62.25,), (62.4,), (71.5,)]

    result = publish(layout, example(layout.home / "inputs", software_version="0.2.0"))
    assert result.is_new
    assert len(list_releases(layout)) == 2
    hidden = {path.name for folder in (layout.home, layout.releases()) for path in folder.glob(".*")}
    assert hidden == {".publishing"}
    verify_release(result.folder)


def test_a_second_publisher_waits_and_then_gives_up_with_a_reason(layout: Layout, to_publish: ReleaseInputs) -> None:
    with (
        only_publisher(layout),
        pytest.raises(PublishError, match="another run is publishing"),
        only_publisher(layout, patience_seconds=0.2),
    ):
        pass
    assert publish(layout, to_publish).is_new


def test_going_back_to_an_older_release(tmp_path: Path, layout: Layout) -> None:
    folder = tmp_path / "inputs"
    first = publish(layout, with_participation(folder, 62.25))
    second = publish(layout, with_participation(folder, 99.0))
    assert point_to(layout, first.release_id).is_current
    assert (62.25,) in participation(layout)
    assert [release.id for release in list_releases(layout)] == [first.release_id, second.release_id]
    with pytest.raises(PublishError, match=first.release_id):
        point_to(layout, "20200101T000000Z-00000000")


def test_a_release_that_was_gone_back_from_does_not_return_by_itself(tmp_path: Path, layout: Layout) -> None:
    folder = tmp_path / "inputs"
    first = publish(layout, with_participation(folder, 62.25))
    withdrawn = with_participation(folder, 99.0)
    second = publish(layout, withdrawn)
    point_to(layout, first.release_id)
    again = publish(layout, withdrawn)
    assert (again.release_id, again.is_new) == (first.release_id, False)
    assert (62.25,) in participation(layout)

    mended = publish(layout, with_participation(folder, 63.5))
    assert mended.is_new
    assert (63.5,) in participation(layout)

    point_to(layout, second.release_id)
    assert publish(layout, withdrawn).release_id == second.release_id


def test_a_damaged_release_is_not_pointed_to(tmp_path: Path, layout: Layout) -> None:
    folder = tmp_path / "inputs"
    first = publish(layout, with_participation(folder, 62.25))
    second = publish(layout, with_participation(folder, 63.0))
    (first.folder / "observation.parquet").unlink()
    with pytest.raises(PublishError, match=r"observation\.parquet is missing"):
        point_to(layout, first.release_id)
    now = current_release(layout)
    assert now is not None
    assert now.id == second.release_id


def test_before_the_first_release_there_is_none(layout: Layout) -> None:
    assert current_release(layout) is None
    assert list_releases(layout) == []
    with pytest.raises(PublishError, match="no release here"):
        open_release(layout.current())


def test_a_pointer_to_a_missing_folder_is_reported_and_the_next_publish_repairs_it(
    layout: Layout, to_publish: ReleaseInputs
) -> None:
    shutil.rmtree(publish(layout, to_publish).folder)
    with pytest.raises(PublishError, match="its folder is missing"):
        current_release(layout)
    assert publish(layout, to_publish).is_new
    assert current_release(layout) is not None


def test_an_observation_that_occurs_twice_is_named(tmp_path: Path, layout: Layout, to_publish: ReleaseInputs) -> None:
    first = publish(layout, to_publish)
    rows = uruguay()
    with pytest.raises(PublishError) as refused:
        publish(layout, inputs([candidate(tmp_path, [*rows, rows[2]])]))
    assert "URY MST_TEAP_SEX_AGE_CBR_RT SEX_T AGE_YTHADULT_YGE15 CBR_BIR_FOREIGN 2018 (2 times)" in str(refused.value)
    assert "URY.ech|2018" in str(refused.value)
    now = current_release(layout)
    assert now is not None
    assert now.id == first.release_id
    assert [path.name for path in layout.releases().glob(".*")] == [".publishing"]


def test_two_waves_of_one_source_may_not_give_the_same_period(tmp_path: Path, layout: Layout) -> None:
    rows = [row | {"wave": "2018-Q1"} for row in uruguay()[:1]]
    with pytest.raises(PublishError, match=r"URY\.ech\|2018, URY\.ech\|2018-Q1"):
        publish(layout, inputs([candidate(tmp_path, uruguay()), candidate(tmp_path, rows)]))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"ref_area": "PRY"}, "belong to another country, source or wave"),
        ({"wave": "2019"}, "belong to another country, source or wave"),
        ({"classif2": None}, "have an empty key"),
        ({"obs_value": float("nan")}, "not finite"),
        ({"classif2": "CBR_BIR_MARS"}, "CBR_BIR_MARS"),
        ({"obs_status": "Q"}, "CL_OBS_STATUS"),
        ({"source": "XX:URY.ech"}, "XX:URY.ech"),
        ({"indicator": "MST_XXXX_SEX_AGE_CBR_NB"}, "MST_XXXX_SEX_AGE_CBR_NB"),
    ],
)
def test_cells_that_cannot_be_published_are_refused(
    tmp_path: Path, layout: Layout, wrong: dict[str, object], message: str
) -> None:
    rows = uruguay()
    rows[1] |= wrong
    rows[0] |= {key: "2018" for key in wrong if key == "wave"}
    with pytest.raises(PublishError, match=message):
        publish(layout, inputs([candidate(tmp_path, rows)]))
    assert current_release(layout) is None


def test_cells_with_other_columns_are_refused(tmp_path: Path, layout: Layout) -> None:
    to_publish = candidate(tmp_path, uruguay())
    assert to_publish.cells is not None
    other = tmp_path / "other.parquet"
    duckdb.default_connection().sql(f"select * exclude (cv), 1 as cvv from '{to_publish.cells}'").write_parquet(
        str(other)
    )
    with pytest.raises(PublishError, match="the columns cv, cvv are not as the warehouse declares them"):
        publish(layout, inputs([replace(to_publish, cells=other)]))


def test_a_release_without_numbers_is_not_published(tmp_path: Path, layout: Layout) -> None:
    with pytest.raises(PublishError, match="no partition has any estimates"):
        publish(layout, inputs([failed(tmp_path)]))


def test_a_damaged_parquet_file_is_reported_and_the_current_release_stays(tmp_path: Path, layout: Layout) -> None:
    to_publish = candidate(tmp_path, uruguay())
    assert to_publish.cells is not None
    first = publish(layout, inputs([to_publish]))
    to_publish.cells.write_bytes(to_publish.cells.read_bytes()[:-20])
    with pytest.raises(PublishError, match=r"could not be built: .*2018\.parquet"):
        publish(layout, inputs([to_publish]))
    now = current_release(layout)
    assert now is not None
    assert now.id == first.release_id


def test_a_ready_partition_without_estimates_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match=r"URY\.ech\|2018"):
        candidate(tmp_path, uruguay(), cells=None)
