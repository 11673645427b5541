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
from schemas.errors import DeclarationError, GateError
from schemas.partition import Partition
from schemas.release_profiles import load_release_profile
from warehouse.files import write_json
from warehouse.intake.access import Access
from warehouse.layout import Layout

WAVES = {
    "2023": {"files": [{"name": "lfs.csv", "mirror": "lfs/2023.csv"}]},
    "2024": {"files": [{"name": "lfs.csv", "mirror": "lfs/2024.csv"}]},
}
WAVE_2023, WAVE_2024 = Partition("ZZZ.small", "2023"), Partition("ZZZ.small", "2024")
KEYS = (WAVE_2023.key, WAVE_2024.key)


PUBLIC = load_release_profile("public")


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "home")


@pytest.fixture
def mirror(tmp_path: Path) -> Access:
    return Access(mirror=tmp_path)


def test_every_wave_of_a_source_runs_when_there_is_a_mirror(layout: Layout, mirror: Access, declare: Declare) -> None:
    declare(waves=WAVES)
    assert plan_batch(layout, mirror, ["ZZZ.small"]) == Batch(KEYS, {}, {})


def test_one_wave_can_be_chosen(layout: Layout, mirror: Access, declare: Declare) -> None:
    declare(waves=WAVES)
    assert plan_batch(layout, mirror, ["ZZZ.small"], ["2023"]).keys == ("ZZZ.small|2023",)


def test_without_mirror_or_network_a_source_is_skipped_with_its_reason(layout: Layout, declare: Declare) -> None:
    declare(waves=WAVES)
    assert plan_batch(layout, Access(), ["ZZZ.small"]) == Batch((), dict.fromkeys(KEYS, NOWHERE_TO_READ), {})


def test_a_generator_and_the_network_need_no_mirror(layout: Layout, declare: Declare) -> None:
    declare(waves=WAVES, fetch={"method": "generator", "generator": "labour_force_survey"})
    declare("NRU.small", waves=WAVES)
    assert len(plan_batch(layout, Access(), ["ZZZ.small"]).keys) == 2
    assert len(plan_batch(layout, Access(online=True), ["ZZZ.small", "NRU.small"]).keys) == 4


def test_a_wrong_declaration_keeps_no_other_source_from_running(
    layout: Layout, mirror: Access, declare: Declare, tmp_path: Path
) -> None:
    declare(waves=WAVES)
    broken = tmp_path / "sources" / "NRU" / "broken"
    broken.mkdir(parents=True)
    (broken / "source.yaml").write_text("kind: census\n")

    batch = plan_batch(layout, mirror, ["ZZZ.small", "NRU.broken"])

    assert batch.keys == KEYS
    assert list(batch.broken) == ["NRU.broken"]
    assert "columns.csv" in batch.broken["NRU.broken"] or "source.yaml" in batch.broken["NRU.broken"]


def test_a_wave_that_only_others_declare_is_refused_with_the_waves_of_the_source(
    layout: Layout, mirror: Access, declare: Declare
) -> None:
    declare(waves=WAVES)
    declare("NRU.small", waves={"2022": WAVES["2023"]})
    with pytest.raises(
        DeclarationError, match=r"none of the sources named declares wave 2023.*NRU.small declares 2022"
    ):
        plan_batch(layout, mirror, ["NRU.small"], ["2023"])
    assert plan_batch(layout, mirror, ["NRU.small", "ZZZ.small"], ["2023"]).keys == ("ZZZ.small|2023",)
    with pytest.raises(DeclarationError, match="declares wave 2031"):
        plan_batch(layout, mirror, ["ZZZ.small"], ["2023", "2031"])


@pytest.mark.parametrize(("sources", "waves"), [(["ZZZ.smal"], []), (["ZZZ.small"], ["1999"])])
def test_a_misspelt_choice_is_refused(
    layout: Layout, mirror: Access, declare: Declare, sources: list[str], waves: list[str]
) -> None:
    declare(waves=WAVES)
    with pytest.raises(DeclarationError):
        plan_batch(layout, mirror, sources, waves)


def test_a_batch_begins_with_a_clean_slate(layout: Layout) -> None:
    write_status(layout, WAVE_2023, state="failed", reason="No column PESO.", error_kind="input", worked=("fetch",))

    begin(layout, PUBLIC, Batch((WAVE_2023.key,), {WAVE_2024.key: NOWHERE_TO_READ}, {}))

    under_way, skipped = read_status(layout, WAVE_2023), read_status(layout, WAVE_2024)
    assert under_way is not None
    assert (under_way.state, under_way.stage, under_way.reason, under_way.worked) == ("running", "fetch", "", ())
    assert skipped is not None
    assert (skipped.state, skipped.reason) == ("skipped", NOWHERE_TO_READ)


def active(runs: int) -> Callable[[], int]:
    """Airflow's count of runs that are queued or running."""
    return lambda: runs


def test_a_batch_has_ended_when_every_partition_has_well_or_badly(layout: Layout) -> None:
    begin(layout, PUBLIC, Batch(KEYS, {}, {}))
    assert not has_ended(layout, KEYS, active(2))

    write_status(layout, WAVE_2023, state="failed", reason="No column PESO.")
    assert not has_ended(layout, KEYS, active(0))

    write_status(layout, WAVE_2024, state="ready")
    assert has_ended(layout, KEYS, active(0))


def test_a_partition_that_failed_but_is_tried_again_has_not_ended(layout: Layout) -> None:
    write_status(layout, WAVE_2023, state="failed", reason="The server did not answer.")
    assert not has_ended(layout, [WAVE_2023.key], active(1))


def test_a_partition_whose_process_was_killed_is_lost_after_a_while(layout: Layout) -> None:
    begin(layout, PUBLIC, Batch(KEYS, {}, {}))
    write_status(layout, WAVE_2024, state="ready")
    file = layout.status(WAVE_2023)
    long_ago = datetime.now(UTC) - timedelta(seconds=batches.LOST_AFTER_SECONDS + 1)
    write_json(
        file,
        {"source": "ZZZ.small", "wave": "2023", "state": "running", "changed_at": long_ago.isoformat()},
    )

    assert has_ended(layout, KEYS, active(0))

    status = read_status(layout, WAVE_2023)
    assert status is not None
    assert (status.state, status.reason, status.error_kind) == ("failed", batches.LOST, "lost")


def test_the_error_of_airflow_is_recorded_only_where_the_stage_recorded_none(layout: Layout) -> None:
    begin(layout, PUBLIC, Batch(KEYS, {}, {}))
    write_status(layout, WAVE_2023, state="failed", reason="No column PESO.", error_kind="input")

    record_failure(layout, WAVE_2023.key, RuntimeError("again"))
    write_status(layout, WAVE_2024, stage="harmonise")
    record_failure(layout, WAVE_2024.key, GateError("weights are negative", where="ZZZ.small|2024"))

    reported, unreported = read_status(layout, WAVE_2023), read_status(layout, WAVE_2024)
    assert reported is not None
    assert reported.reason == "No column PESO."
    assert unreported is not None
    assert (unreported.state, unreported.stage, unreported.error_kind) == ("failed", "harmonise", "gate")
    assert "weights are negative" in unreported.reason


def test_the_text_of_an_unexpected_error_is_not_shown_as_it_may_quote_a_record(layout: Layout) -> None:
    begin(layout, PUBLIC, Batch(KEYS, {}, {}))
    record_failure(layout, WAVE_2023.key, ValueError("person 4711 earns 123456"))
    status = read_status(layout, WAVE_2023)
    assert status is not None
    assert "ValueError" in status.reason
    assert "4711" not in status.reason


def test_the_stages_that_had_work_to_do_are_remembered_until_the_next_batch(layout: Layout) -> None:
    batch = Batch((WAVE_2023.key,), {}, {})
    begin(layout, PUBLIC, batch)
    record_work(layout, WAVE_2023.key, "fetch")
    record_work(layout, WAVE_2023.key, "harmonise")
    status = read_status(layout, WAVE_2023)
    assert status is not None
    assert status.worked == ("fetch", "harmonise")

    begin(layout, PUBLIC, batch)
    status = read_status(layout, WAVE_2023)
    assert status is not None
    assert status.worked == ()
