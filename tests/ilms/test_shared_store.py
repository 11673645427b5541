"""Machines that share a store give the release that one machine gives, whoever of them did what."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from quick_release import leave_out_structures
from small_source import Declare
from two_surveys import GOOD, OTHER, lay_out, observations, release_of, run

from ilms.pipeline.batches import plan_batch
from ilms.pipeline.stage_list import ESTIMATE, FETCH, HARMONISE
from ilms.pipeline.stages import is_settled, run_stage
from ilms.pipeline.status import read_status
from ilms.release.publish import publish_release
from ilms.settings import Settings
from schemas.errors import StoreError
from schemas.partition import Partition
from warehouse.release.pointer import current_release
from warehouse.store.kept import at_work, follow_releases, follow_statuses
from warehouse.withdrawal import decide

KEYS = [f"{source}|2024" for source in (GOOD, OTHER)]


@pytest.fixture
def alone(surveys: Settings, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """One machine without a store, after its run."""
    leave_out_structures(monkeypatch)
    return release_of(surveys, tmp_path_factory)


@pytest.fixture
def machines(alone: Settings, tmp_path: Path) -> tuple[Settings, Settings]:
    """Two machines with a scratch each, and a folder that both of them see."""
    store = str(tmp_path / "store")
    return replace(alone, home=tmp_path / "one", store=store), replace(alone, home=tmp_path / "two", store=store)


def test_stages_of_one_partition_on_two_machines_give_what_one_machine_gives(
    alone: Settings, machines: tuple[Settings, Settings]
) -> None:
    one, two = machines
    for key in KEYS:
        run_stage(one, FETCH, key)
        run_stage(two, HARMONISE, key)
        run_stage(one, ESTIMATE, key)
    published = publish_release(two)
    assert published.is_new
    assert observations(two) == observations(alone)
    assert [outcome(two, key) for key in KEYS] == [outcome(alone, key) for key in KEYS]
    again = publish_release(one)
    assert not again.is_new
    assert again.release_id == published.release_id

    plan_batch(one.layout, one.access, [GOOD, OTHER])
    assert all(is_settled(one, key) for key in KEYS), "what the other one did is not done again"
    assert not run(one).publication.is_new
    assert [outcome(two, key) for key in KEYS] == [outcome(alone, key) for key in KEYS]
    decide_on_both(one, two)


def outcome(settings: Settings, key: str) -> tuple[object, ...]:
    """The last outcome of a partition, as everybody sees it, without its time."""
    follow_statuses(settings.layout)
    status = read_status(settings.layout, Partition.parse(key))
    assert status is not None
    return status.state, status.stage, status.vintage, status.persons, status.cells


def decide_on_both(one: Settings, two: Settings) -> None:
    """What one machine decides holds on the other."""
    partition = Partition(OTHER, "2024")
    with at_work(one.layout, partition):
        decide(one.layout, partition, "withdrawn", by="Ana", why="the weights are doubled")
    publish_release(two)
    assert {row[1] for row in observations(two)} == {f"BA:{GOOD}"}


def test_a_home_that_was_kept_alone_moves_into_a_store(alone: Settings, tmp_path: Path) -> None:
    before = current_release(alone.layout)
    moved = replace(alone, store=str(tmp_path / "store"))
    assert not run(moved).publication.is_new
    other = replace(moved, home=tmp_path / "other")
    follow_releases(other.layout)
    now = current_release(other.layout)
    assert now is not None
    assert before is not None
    assert now.id == before.id
    assert observations(other) == observations(alone)


def test_a_store_that_is_away_stops_the_partition_and_says_so(
    machines: tuple[Settings, Settings], tmp_path: Path
) -> None:
    one, _ = machines
    (tmp_path / "store").write_text("not a folder")
    with pytest.raises(StoreError, match="the store cannot be used"):
        run_stage(one, FETCH, KEYS[0])


@pytest.fixture
def environment(tmp_path: Path, declare: Declare, bucket: str) -> Iterator[dict[str, str]]:
    """What `ilms` is started with on a machine that shares a bucket, but for its scratch."""
    settings = lay_out(tmp_path, declare)
    yield {
        **os.environ,
        "ILMS_MIRROR": str(settings.mirror),
        "ILMS_STORE": bucket,
        "ILMS_RELEASE_RULES": "none",
        "ILMS_SDMX_FORMATS": "csv-2.0",
    }


def start(environment: dict[str, str], home: Path, *arguments: str) -> subprocess.Popen[str]:
    """`ilms` on the machine with that scratch."""
    command = [sys.executable, "-m", "ilms", *arguments]
    return subprocess.Popen(
        command,
        env={**environment, "ILMS_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def said(process: subprocess.Popen[str]) -> str:
    output = process.communicate(timeout=600)[0]
    assert process.returncode == 0, output
    return output


@pytest.mark.slow
def test_two_machines_at_the_same_time_with_a_bucket_give_the_release_of_one(
    environment: dict[str, str], tmp_path: Path
) -> None:
    alone = start({**environment, "ILMS_STORE": ""}, tmp_path / "alone", "run", "--source", GOOD, "--source", OTHER)
    said(alone)
    both = [start(environment, tmp_path / source, "run", "--source", source) for source in (GOOD, OTHER)]
    for each in both:
        said(each)
    said(start(environment, tmp_path / "reader", "release", "pull"))
    one, other = ((tmp_path / name / "current").resolve() for name in ("alone", "reader"))
    compared = said(start(environment, tmp_path / "alone2", "release", "diff", str(one), str(other)))
    assert "Every observation is the same, to the last digit and note." in compared
    secret = environment["AWS_SECRET_ACCESS_KEY"]
    written = [path for path in tmp_path.rglob("*") if path.is_file() and path.stat().st_size < 10**6]
    assert not [path for path in written if secret.encode() in path.read_bytes()]
