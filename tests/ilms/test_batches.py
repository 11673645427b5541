"""A batch: which partitions run, and when all of them have ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from small_source import Declare

from ilms.pipeline import batches
from ilms.pipeline.batches import NOWHERE_TO_READ, Batch, begin, has_ended, plan_batch, record_failure, record_work
from ilms.pipeline.status import read_status, write_status
from ilms.settings import Settings
from schemas.errors import DeclarationError, GateError
from schemas.partition import Partition
from warehouse.files import write_json

WAVES = {
    "2023": {"files": [{"name": "lfs.csv", "mirror": "lfs/2023.csv"}]},
    "2024": {"files": [{"name": "lfs.csv", "mirror": "lfs/2024.csv"}]},
}
WAVE_2023, WAVE_2024 = Partition("ZZZ.small", "2023"), Partition("ZZZ.small", "2024")
KEYS = (WAVE_2023.key, WAVE_2024.key)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def with_mirror(settings: Settings, tmp_path: Path) -> Settings:
    return Settings(home=settings.home, mirror=tmp_path)


def test_every_wave_of_a_source_runs_when_there_is_a_mirror(with_mirror: Settings, declare: Declare) -> None:
    declare(waves=WAVES)
    assert plan_batch(with_mirror, ["ZZZ.small"]) == Batch(KEYS, {}, {})


def test_one_wave_can_be_chosen(with_mirror: Settings, declare: Declare) -> None:
    declare(waves=WAVES)
    assert plan_batch(with_mirror, ["ZZZ.small"], ["2023"]).keys == ("ZZZ.small|2023",)


def test_without_mirror_or_network_a_source_is_skipped_with_its_reason(settings: Settings, declare: Declare) -> None:
    declare(waves=WAVES)
    assert plan_batch(settings, ["ZZZ.small"]) == Batch((), dict.fromkeys(KEYS, NOWHERE_TO_READ), {})


def test_a_generator_and_the_network_need_no_mirror(settings: Settings, declare: Declare) -> None:
    declare(waves=WAVES, fetch={"method": "generator", "generator": "labour_force_survey"})
    declare("NRU.small", waves=WAVES)
    online = Settings(home=settings.home, online=True)
    assert len(plan_batch(settings, ["ZZZ.small"]).keys) == 2
    assert len(plan_batch(online, ["ZZZ.small", "NRU.small"]).keys) == 4


def test_a_wrong_declaration_keeps_no_other_source_from_running(
    with_mirror: Settings, declare: Declare, tmp_path: Path
) -> None:
    declare(waves=WAVES)
    broken = tmp_path / "sources" / "NRU" / "broken"
    broken.mkdir(parents=True)
    (broken / "source.yaml").write_text("kind: census\n")

    batch = plan_batch(with_mirror, ["ZZZ.small", "NRU.broken"])

    assert batch.keys == KEYS
    assert list(batch.broken) == ["NRU.broken"]
    assert "columns.csv" in batch.broken["NRU.broken"] or "source.yaml" in batch.broken["NRU.broken"]


def test_a_wave_that_only_others_declare_is_refused_with_the_waves_of_the_source(
    with_mirror: Settings, declare: Declare
) -> None:
    declare(waves=WAVES)
    declare("NRU.small", waves={"2022": WAVES["2023"]})
    with pytest.raises(
        DeclarationError, match=r"none of the sources named declares wave 2023.*NRU.small declares 2022"
    ):
        plan_batch(with_mirror, ["NRU.small"], ["2023"])
    assert plan_batch(with_mirror, ["NRU.small", "ZZZ.small"], ["2023"]).keys == ("ZZZ.small|2023",)
    with pytest.raises(DeclarationError, match="declares wave 2031"):
        plan_batch(with_mirror, ["ZZZ.small"], ["2023", "2031"])


@pytest.mark.parametrize(("sources", "waves"), [(["ZZZ.smal"], []), (["ZZZ.small"], ["1999"])])
def test_a_misspelt_choice_is_refused(
    with_mirror: Settings, declare: Declare, sources: list[str], waves: list[str]
) -> None:
    declare(waves=WAVES)
    with pytest.raises(DeclarationError):
        plan_batch(with_mirror, sources, waves)


def test_a_batch_begins_with_a_clean_slate(settings: Settings) -> None:
    layout = settings.layout
    write_status(layout, WAVE_2023, state="failed", reason="No column PESO.", error_kind="input", worked=("fetch",))

    begin(settings, Batch((WAVE_2023.key,), {WAVE_2024.key: NOWHERE_TO_READ}, {}))

    under_way, skipped = read_status(layout, WAVE_2023), read_status(layout, WAVE_2024)
    assert under_way is not None
    assert (under_way.state, under_way.stage, under_way.reason, under_way.worked) == ("running", "fetch", "", ())
    assert skipped is not None
    assert (skipped.state, skipped.reason) == ("skipped", NOWHERE_TO_READ)


def active(runs: int) -> Callable[[], int]:
    """Airflow's count of runs that are queued or running."""
    return lambda: runs


def test_a_batch_has_ended_when_every_partition_has_well_or_badly(settings: Settings) -> None:
    begin(settings, Batch(KEYS, {}, {}))
    assert not has_ended(settings, KEYS, active(2))

    write_status(settings.layout, WAVE_2023, state="failed", reason="No column PESO.")
    assert not has_ended(settings, KEYS, active(0))

    write_status(settings.layout, WAVE_2024, state="ready")
    assert has_ended(settings, KEYS, active(0))


def test_a_partition_that_failed_but_is_tried_again_has_not_ended(settings: Settings) -> None:
    write_status(settings.layout, WAVE_2023, state="failed", reason="The server did not answer.")
    assert not has_ended(settings, [WAVE_2023.key], active(1))


def test_a_partition_whose_process_was_killed_is_lost_after_a_while(settings: Settings) -> None:
    begin(settings, Batch(KEYS, {}, {}))
    write_status(settings.layout, WAVE_2024, state="ready")
    file = settings.layout.status(WAVE_2023)
    long_ago = datetime.now(UTC) - timedelta(seconds=batches.LOST_AFTER_SECONDS + 1)
    write_json(
        file,
        {"source": "ZZZ.small", "wave": "2023", "state": "running", "changed_at": long_ago.isoformat()},
    )

    assert has_ended(settings, KEYS, active(0))

    status = read_status(settings.layout, WAVE_2023)
    assert status is not None
    assert (status.state, status.reason, status.error_kind) == ("failed", batches.LOST, "lost")


def test_airflow_tells_why_only_when_the_stage_could_not(settings: Settings) -> None:
    begin(settings, Batch(KEYS, {}, {}))
    write_status(settings.layout, WAVE_2023, state="failed", reason="No column PESO.", error_kind="input")

    record_failure(settings, WAVE_2023.key, "harmonise", RuntimeError("again"))
    record_failure(settings, WAVE_2024.key, "harmonise", GateError("weights are negative", where="ZZZ.small|2024"))

    told, untold = read_status(settings.layout, WAVE_2023), read_status(settings.layout, WAVE_2024)
    assert told is not None
    assert told.reason == "No column PESO."
    assert untold is not None
    assert (untold.state, untold.stage, untold.error_kind) == ("failed", "harmonise", "gate")
    assert "weights are negative" in untold.reason


def test_the_text_of_an_unexpected_error_is_not_shown_as_it_may_quote_a_record(settings: Settings) -> None:
    begin(settings, Batch(KEYS, {}, {}))
    record_failure(settings, WAVE_2023.key, "harmonise", ValueError("person 4711 earns 123456"))
    status = read_status(settings.layout, WAVE_2023)
    assert status is not None
    assert "ValueError" in status.reason
    assert "4711" not in status.reason


def test_the_stages_that_had_work_to_do_are_remembered_until_the_next_batch(settings: Settings) -> None:
    batch = Batch((WAVE_2023.key,), {}, {})
    begin(settings, batch)
    record_work(settings, WAVE_2023.key, "fetch")
    record_work(settings, WAVE_2023.key, "harmonise")
    status = read_status(settings.layout, WAVE_2023)
    assert status is not None
    assert status.worked == ("fetch", "harmonise")

    begin(settings, batch)
    status = read_status(settings.layout, WAVE_2023)
    assert status is not None
    assert status.worked == ()
