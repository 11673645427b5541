"""The regional stage from files to a release: once is enough, bad files stop it, and no country is published."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from small_world import write_world

from ilms.airflow.batch import BatchResult, run_regional
from ilms.airflow.pending import NOTHING_NEW, no_regions
from ilms.pipeline.batches import Batch
from ilms.regional.candidates import regional_candidates
from ilms.regional.inputs import editions_due
from ilms.regional.stage import regional_edition
from ilms.release.publish import publish_release
from ilms.release.refused import Refused
from ilms.run import run_all
from ilms.settings import Settings
from schemas.editions import load_editions
from schemas.errors import DeclarationError, GateError, InputError, PublishError, SourceUnavailable
from schemas.tables import OBSERVATION, REGIONAL_DIAGNOSTIC, REGIONAL_INPUT
from transforms.regional.national import national_rates
from transforms.regional.tables import observations
from warehouse.intake.access import Access
from warehouse.release.build import PublishResult
from warehouse.release.kept import are_among


@pytest.fixture(scope="module", autouse=True)
def _short_series() -> Iterator[None]:
    """The declared editions, with a back series of two years and few draws: the world is small."""
    declared = load_editions()
    simulation = declared.method.simulation.model_copy(update={"draws": 200})
    latest = declared.profiles["latest"].model_copy(update={"first_year": 2021})
    short = declared.model_copy(
        update={
            "method": declared.method.model_copy(update={"simulation": simulation}),
            "profiles": {**declared.profiles, "latest": latest},
        }
    )
    with pytest.MonkeyPatch.context() as patch:
        for module in ("ilms.regional.stage", "ilms.regional.inputs", "ilms.regional.candidates"):
            patch.setattr(f"{module}.load_editions", lambda: short)
        yield


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("regional")
    return Settings(home=folder / "home", mirror=write_world(folder / "mirror"))


@pytest.fixture(scope="module")
def estimated(settings: Settings) -> Settings:
    assert regional_edition(settings, "2022").did_work
    return settings


def rows(settings: Settings, edition: str, table: str) -> pd.DataFrame:
    return pd.read_parquet(settings.layout.regional(edition, table))


def test_an_edition_is_kept_in_three_tables_of_the_declared_columns(estimated: Settings) -> None:
    for name, columns in (
        ("observation", OBSERVATION),
        ("regional_input", REGIONAL_INPUT),
        ("regional_diagnostic", REGIONAL_DIAGNOSTIC),
    ):
        assert list(rows(estimated, "2022", name).columns) == [column.name for column in columns]
    subjects = set(rows(estimated, "2022", "regional_diagnostic")["subject"])
    assert {"leave_one_out", "left_out", "theta_one", "inputs", "benchmark_error"} <= subjects


def test_the_same_inputs_are_not_estimated_again(estimated: Settings) -> None:
    outcome = regional_edition(estimated, "2022")
    assert not outcome.did_work
    assert "already from the same inputs" in outcome.message


def test_what_is_due_is_known_before_anything_is_estimated(
    estimated: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert editions_due(estimated.layout, estimated.access, estimated.profile), "only one edition is estimated"
    editions = load_editions()
    only = editions.model_copy(update={"profiles": {"2022": editions.profiles["2022"]}})
    monkeypatch.setattr("ilms.regional.inputs.load_editions", lambda: only)
    assert not editions_due(estimated.layout, estimated.access, estimated.profile)
    assert no_regions(estimated.layout, estimated.access, estimated.profile) == NOTHING_NEW
    revised = write_world(tmp_path / "mirror", without=["GGG"])
    assert editions_due(estimated.layout, Access(mirror=revised), estimated.profile)
    assert editions_due(estimated.layout, Access(mirror=tmp_path / "nowhere"), estimated.profile), (
        "its run tells the error"
    )


def test_aggregates_that_do_not_add_up_are_not_kept_and_the_last_ones_stay(
    estimated: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here an older edition is there; the one to replace it, of other inputs, is held back by the gate."""
    from ilms.regional import stage

    file = estimated.layout.regional("2022", "observation")
    before = file.read_bytes()

    def unsound(*arguments: Any, **named: Any) -> pd.DataFrame:
        frame = observations(*arguments, **named)
        return frame.assign(obs_value=frame["obs_value"].where(frame["ref_area"] != "X06", 0.0))

    monkeypatch.setattr(stage, "observations", unsound)
    monkeypatch.setattr(stage, "is_estimated", lambda *_: False)
    with pytest.raises(GateError, match=r"groups_add_up\[regions\].*add up to the world"):
        regional_edition(estimated, "2022")
    assert file.read_bytes() == before
    assert pd.read_parquet(estimated.layout.regional("2022", "quality"))["success"].all()
    assert len(regional_candidates(estimated.layout, estimated.profile).files) == 1


def test_an_unknown_edition_and_a_missing_mirror_are_reported(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="no edition '2018'"):
        regional_edition(Settings(home=tmp_path), "2018")
    with pytest.raises(SourceUnavailable, match="set ILMS_MIRROR"):
        regional_edition(Settings(home=tmp_path), "2022")


def test_an_area_that_an_input_lacks_stops_the_edition_and_leaves_nothing(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", mirror=write_world(tmp_path / "mirror", without=["GGG"]))
    with pytest.raises(InputError, match=r"no population for \d+: GGG|population of GGG has no ages"):
        regional_edition(settings, "2022")
    assert not settings.layout.regional("2022", "observation").exists()


def test_a_run_of_everything_gives_aggregates_of_one_edition_and_inputs_of_all(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ilms.run.plan_batch", lambda *_: Batch((), {}, {}))
    outcome = run_all(settings, say=print)
    assert (outcome.failed, outcome.skipped) == ({}, {})
    result = outcome.publication
    with duckdb.connect(str(result.folder / "warehouse.duckdb"), read_only=True) as release:
        areas = {area for (area,) in release.execute("select distinct ref_area from observation").fetchall()}
        assert {"X01", "X06", "X21", "X36", "X40", "X60", "X02", "X05"} <= areas
        assert all(area.startswith("X") and area[1:].isdigit() for area in areas)
        assert release.execute("select distinct time from observation order by 1").fetchall() == [("2021",), ("2022",)]
        editions = release.execute("select distinct edition from regional_input order by 1").fetchall()
        assert editions == [("2019",), ("2022",), ("latest",)]
        labelled = "select country from labelled_observation where ref_area = 'X05' limit 1"
        assert release.execute(labelled).fetchall() == [("World: High income",)]
        revised = (
            "select count(*) from regional_diagnostic where subject = 'revision' and item like '%since edition 2022'"
        )
        assert release.execute(revised).fetchall()[0][0] > 0
    assert list((result.folder / "sdmx").rglob("*MST_TEAP_SEX_AGE_MIG_NB*"))
    assert not publish_release(settings).is_new


def test_what_is_made_of_refused_numbers_is_given_as_the_current_release_has_it(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ilms.run.plan_batch", lambda *_: Batch((), {}, {}))
    run_all(settings, say=print)
    newest = regional_candidates(settings.layout, settings.profile)
    monkeypatch.setattr(Refused, "concerns", lambda *_: True)
    again = regional_candidates(settings.layout, settings.profile, Refused(settings.layout, tmp_path))
    (before,), (after,) = newest.partitions, again.partitions
    assert (after.is_kept, after.reason.split(".")[0]) == (True, "Its numbers are those of an earlier release")
    assert before.cells
    assert after.cells
    assert are_among(before.cells, after.cells)
    assert len(again.files) == len(newest.files)
    for one, other in zip(newest.files, again.files, strict=True):
        inputs = (pd.read_parquet(each.regional_input, partitioning=None) for each in (one, other))
        assert len(next(inputs)) == len(next(inputs))


def test_a_country_row_among_the_aggregates_is_refused(settings: Settings, tmp_path: Path) -> None:
    from ilms.release.candidates import release_inputs
    from warehouse.layout import Layout
    from warehouse.release.build import publish

    regional_edition(settings, "latest")
    inputs = release_inputs(settings.layout, settings.profile, settings.protection_seed)
    (file,) = (item.cells for item in inputs.partitions if item.aggregate)
    assert file is not None
    content, draft = file.read_bytes(), tmp_path / "draft.parquet"
    replaced = "select * replace (if(ref_area = 'X13', 'AAA', ref_area) as ref_area)"
    duckdb.sql(f"copy ({replaced} from '{file}') to '{draft}'")
    try:
        file.write_bytes(draft.read_bytes())
        with pytest.raises(PublishError, match="belong to another country"):
            publish(Layout(tmp_path), inputs)
    finally:
        file.write_bytes(content)


def test_aggregates_stand_when_a_benchmark_cannot_be_fetched(settings: Settings, tmp_path: Path) -> None:
    regional_edition(settings, "latest")
    with pytest.raises(InputError, match="there is no file") as failed:
        regional_edition(Settings(home=settings.home, mirror=tmp_path), "latest")
    (candidate,) = regional_candidates(settings.layout, settings.profile).partitions
    assert (candidate.state, candidate.reason) == ("ready", failed.value.message)
    assert candidate.standing_since is not None
    assert not regional_edition(settings, "latest").did_work
    (candidate,) = regional_candidates(settings.layout, settings.profile).partitions
    assert (candidate.reason, candidate.standing_since) == ("", None)


def test_without_a_mirror_they_are_skipped_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(home=tmp_path)
    asked = BatchResult(None)
    reported = run_regional(settings.layout, settings.access, settings.profile, asked, None, None, None)  # type: ignore[arg-type]
    assert reported.regional == "skipped: ILMS_MIRROR is not set, so their benchmarks cannot be read."
    monkeypatch.setattr("ilms.run.plan_batch", lambda *_: Batch((), {}, {}))
    published = PublishResult("20300101T000000Z-00000000", False, tmp_path, 0, 0, ())
    monkeypatch.setattr("ilms.run.publish_release", lambda _: published)
    assert run_all(settings, say=print).skipped == {"regional estimates": reported.regional.removeprefix("skipped: ")}


CELL = {"ref_area": "AAA", "source": "BA:AAA.lfs", "time": "2019", "classif1": "AGE_YTHADULT_YGE15", "sex": "SEX_M"}


def cells(**changes: object) -> pd.DataFrame:
    rate = CELL | {"indicator": "MST_TEAP_SEX_AGE_CBR_RT", "obs_status": "", "se": 1.0}
    foreign = rate | {"classif2": "CBR_BIR_FOREIGN", "obs_value": 80.0} | changes
    return pd.DataFrame([foreign, rate | {"classif2": "CBR_BIR_NATIVE", "obs_value": 60.0, "se": 0.5}])


def test_our_own_cells_become_a_report_with_sampling_errors() -> None:
    (found,) = national_rates(cells()).to_dict("records")
    assert (found["area"], found["sex"], found["year"], found["basis"]) == ("AAA", "male", 2019, "foreign_born")
    assert (found["migrant"], found["migrant_se"], found["non_migrant"], found["non_migrant_se"]) == (80, 1, 60, 0.5)


@pytest.mark.parametrize(
    "change", [{"obs_status": "U"}, {"obs_status": "S"}, {"se": None}, {"classif1": "AGE_YTHADULT_Y15-24"}]
)
def test_unreliable_cells_and_those_without_an_error_are_not_used(change: dict[str, object]) -> None:
    assert national_rates(cells(**change)).empty
