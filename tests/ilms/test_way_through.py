"""The whole way through the house: two small surveys in a mirror, from their files to a release."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
import typer
from leaks import Secrets, files_with
from small_source import Declare
from two_surveys import (
    GOOD,
    OTHER,
    observations,
    published_areas,
    received,
    run,
    status_of,
)

from ilms.airflow import run as airflow_run
from ilms.airflow.home import AirflowError
from ilms.airflow.pending import what_is_pending
from ilms.commands.availability import availability_lines
from ilms.pipeline.batches import plan_batch
from ilms.release.candidates import release_inputs
from ilms.release.publish import publish_release
from ilms.run import run_all
from ilms.settings import Settings
from schemas.errors import PublishError
from schemas.ilostat import load_ilostat_series
from schemas.loader import load_survey
from schemas.partition import Partition
from transforms.estimate import estimate
from warehouse.accepted import accepted_units
from warehouse.release.database import open_release
from warehouse.release.pointer import current_release


def test_two_sources_give_one_release(surveys: Settings) -> None:
    outcome = run(surveys)
    assert outcome.failed == {}
    assert outcome.publication.is_new
    assert published_areas(surveys) >= {"ZZZ", "LIE"}
    assert status_of(surveys, GOOD).state == "published"
    assert (outcome.publication.folder / "sdmx" / "structures.xml.gz").is_file()
    assert (surveys.layout.data_docs() / "index.html").is_file()


def test_a_second_run_with_nothing_new_does_no_work_and_says_so(
    released: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    first = current_release(released.layout)
    assert first is not None
    before = {path: path.stat().st_mtime_ns for path in (released.home / "core").rglob("*.parquet")}
    capsys.readouterr()
    asked = what_is_pending(released, plan_batch(released.layout, released.access, [GOOD, OTHER]), everything=False)
    assert asked.is_empty, "it is known before"
    second = run(released)
    assert asked.release == second.publication
    assert not second.publication.is_new
    assert second.publication.release_id == first.id
    assert {path: path.stat().st_mtime_ns for path in (released.home / "core").rglob("*.parquet")} == before
    reported = capsys.readouterr().out
    assert f"{GOOD}|2024: the same files" in reported
    assert f"{GOOD}|2024: estimated already" in reported


def test_airflow_is_not_started_for_nothing(
    released: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def started(*_: object) -> None:
        raise AirflowError("Airflow is started")

    monkeypatch.setattr(airflow_run, "load_settings", lambda: released)
    monkeypatch.setattr(airflow_run, "reachable", started)
    with pytest.raises(typer.Exit) as end:
        airflow_run.run(source=[GOOD, OTHER])
    reported = capsys.readouterr().out
    assert end.value.exit_code == 0
    for said in (
        "stands: nothing is new",
        "2 succeeded, 0 failed, 0 skipped.",
        "Nothing was new: no stage had any work",
    ):
        assert said in reported
    (released.layout.current() / "observation.parquet").chmod(0o644)
    (released.layout.current() / "observation.parquet").write_bytes(b"")
    with pytest.raises(AirflowError, match="is started"):
        airflow_run.run(source=[GOOD, OTHER])


@pytest.mark.slow
def test_two_homes_give_the_same_observations_to_the_last_digit(released: Settings, tmp_path: Path) -> None:
    again = Settings(home=tmp_path / "other", mirror=released.mirror)
    run(again)
    without_vintage = [row[:-1] for row in observations(released)]
    assert [row[:-1] for row in observations(again)] == without_vintage


def test_numbers_of_an_earlier_declaration_stand_and_say_so(released: Settings, declare: Declare) -> None:
    files = [{"name": "lfs.csv", "mirror": f"{GOOD}/lfs.csv"}]
    declare(GOOD, waves={"2024": {"files": files}}, minimum_age=16, fetch={"size_change": 1000})
    candidate = {
        item.partition.source: item for item in release_inputs(released.layout, released.profile, None).partitions
    }
    assert (candidate[GOOD].state, candidate[OTHER].state) == ("ready", "ready")
    assert candidate[GOOD].reason == "They come from an earlier declaration; `ilms run` makes them again."
    assert candidate[GOOD].standing_since is not None
    assert candidate[OTHER].standing_since is None


def test_without_mirror_or_network_a_source_is_skipped_with_its_reason(surveys: Settings) -> None:
    nowhere = Settings(home=surveys.home)
    with pytest.raises(PublishError, match="no partition has any estimates"):
        run(nowhere)
    for source in (GOOD, OTHER):
        status = status_of(surveys, source)
        assert status.state == "skipped"
        assert "ILMS_MIRROR" in status.reason


def test_a_protected_source_withholds_numbers_of_few_persons_everywhere(surveys: Settings, declare: Declare) -> None:
    files = [{"name": "lfs.csv", "mirror": f"{GOOD}/lfs.csv"}]
    declare(GOOD, waves={"2024": {"files": files}}, protection="suppression")
    outcome = run_all(surveys, sources=[GOOD], say=print)
    assert outcome.failed == {}
    with open_release(outcome.publication.folder) as connection:
        withheld = "from observation where obs_status = 'C'"
        assert connection.execute(f"select count(*) > 0 {withheld}").fetchall() == [(True,)]
        reported = f"select count(obs_value) + count(n) + count(se) + count(cv) {withheld}"
        assert connection.execute(reported).fetchall() == [(0,)]
        few = "select count(*) from observation where n between 1 and 4"
        assert connection.execute(few).fetchall() == [(0,)]
        assert connection.execute("select count(*) from observation_detail").fetchall() == [(0,)]
        states = "select state, bool_and(withheld > 0) from availability where cells > 0 group by all order by 1"
        assert ("protected", True) in connection.execute(states).fetchall()
    assert not list(surveys.layout.work().iterdir())
    secrets = confidential_values(surveys, outcome.publication.folder)
    assert len(secrets.values) > 100
    layout = surveys.layout
    seen = [outcome.publication.folder, layout.data_docs(), layout.home / "quality", layout.home / "status"]
    assert {place.name: files_with(place, secrets) for place in seen if files_with(place, secrets)} == {}


def confidential_values(surveys: Settings, release: Path) -> Secrets:
    """Everything that is withheld in a release, estimated again without protection."""
    source, partition = load_survey(GOOD), Partition(GOOD, "2024")
    estimates = surveys.home / "estimates.parquet"
    estimate(source, partition, surveys.layout.core(partition), estimates, vintage="v")
    columns = ("obs_value", "se", "cv", "lower_bound", "upper_bound")
    key = "indicator, sex, classif1, classif2"
    with duckdb.connect(str(release / "warehouse.duckdb"), read_only=True) as connection:
        withheld = (
            f"from read_parquet('{estimates}') as e semi join (from observation where obs_status = 'C') using ({key})"
        )
        hidden = connection.execute(f"select {', '.join(columns)} {withheld}").fetchall()
        reported = connection.execute(f"select {', '.join(columns)} from observation").fetchall()
    estimates.unlink()
    return Secrets((value for row in hidden for value in row), (value for row in reported for value in row))


def availability(settings: Settings, **asked: str) -> list[str]:
    return list(availability_lines(settings.layout.current(), **asked))


def test_the_matrix_shows_every_indicator_and_source_and_why_not(released: Settings) -> None:
    lines = availability(released)
    rows = {line.split()[0]: line.split()[1:] for line in lines if line.startswith(("MST_", "INJ_", "MNA_"))}
    assert set(load_ilostat_series()) <= {line.split()[0] for line in lines if line}
    heads = [" ".join(parts) for parts in zip(*(line.split() for line in lines[:2]), strict=True)]
    small = heads.index("ZZZ small")
    assert rows["MST_TEMP_SEX_AGE_CBR_NB"][small] == "P"
    assert rows["MST_TEMP_SEX_AGE_CCT_NB"][small] == "t"
    assert rows["MST_NCTE_SEX_CCT_NB"][small] == "-"
    assert rows["INJ_FATL_SEX_MIG_NB"][small] == rows["MNA_OPOP_SEX_CDS_NB"][small] == "."


def test_an_older_id_is_understood_and_reasons_stand_beside_each_source(released: Settings) -> None:
    lines = availability(released, indicator="MST_TEMP_SEX_CCT_ECO_DT", source=GOOD)
    assert lines[0] == (
        "MST_TEMP_SEX_CCT_ECO_DT is here MST_TEMP_SEX_ECO_CCT_NB, an id that is newer "
        "(the older is computed from the newer: shares are computed by the user)"
    )
    (reported,) = [line for line in lines if GOOD in line]
    assert "totals only" in reported and "Citizenship: the source does not ask it" in reported
    newer = availability(released, indicator="EMP_TEMP_SEX_ECO_CBR_NB")[0]
    assert newer.startswith("EMP_TEMP_SEX_ECO_CBR_NB is here MST_TEMP_SEX_ECO_CBR_NB, an id that is older (the same")
    with pytest.raises(PublishError, match="no indicator is called"):
        availability(released, indicator="MST_NO_SUCH_NB")


def test_a_wave_without_accepted_numbers_has_no_indicator_and_its_reason_with_each(surveys: Settings) -> None:
    received(surveys, GOOD).write_bytes(b"")
    run(surveys)
    with open_release(surveys.layout.current()) as connection:
        own = f"from availability where source = '{GOOD}' and reason_code not like 'needs%'"
        found = connection.execute(f"select distinct reason_code, reason {own}").fetchall()
    assert found == [("partition_failed", status_of(surveys, GOOD).reason)]
    assert any("x" in line.split() for line in availability(surveys, source=GOOD))


def test_accepted_numbers_that_were_changed_are_made_again_before_a_release(released: Settings) -> None:
    partition = Partition(GOOD, "2024")
    (unit,) = [file.parent for file in released.layout.accepted(partition).glob("*/unit.json")]
    before = (unit / "cells.parquet").read_bytes()
    content = bytearray(before)
    content[100] ^= 1
    (unit / "cells.parquet").write_bytes(content)
    publish_release(released)
    assert published_areas(released) == {"ZZZ", "LIE"}
    (renewed,) = accepted_units(released.layout.accepted(partition))
    assert renewed.damaged() == []
    assert renewed.file("cells.parquet").read_bytes() == before
