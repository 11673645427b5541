"""A partition's status: what `ilms sources` shows of its last outcome."""

from __future__ import annotations

from pathlib import Path

import pytest

from ilms.pipeline.status import read_status, write_status
from schemas.partition import Partition
from warehouse.layout import Layout

WAVE = Partition("ABC.lfs", "2024")


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path)


def test_a_partition_that_never_ran_has_no_status(layout: Layout) -> None:
    assert read_status(layout, WAVE) is None


def test_a_change_keeps_the_other_fields(layout: Layout) -> None:
    write_status(layout, WAVE, state="running", stage="fetch", vintage="0123456789ab")
    write_status(layout, WAVE, state="failed", stage="harmonise", reason="No column PESO.", error_kind="input")

    status = read_status(layout, WAVE)

    assert status is not None
    assert (status.source, status.wave) == ("ABC.lfs", "2024")
    assert (status.state, status.stage, status.reason) == ("failed", "harmonise", "No column PESO.")
    assert status.vintage == "0123456789ab"
    assert 0 <= status.age_seconds < 60


def test_a_success_clears_the_reason_of_the_failure_before(layout: Layout) -> None:
    write_status(layout, WAVE, state="failed", reason="No column PESO.", error_kind="input")
    status = write_status(layout, WAVE, state="ready", reason="", error_kind="", persons=2000, cells=810)
    assert (status.state, status.reason, status.persons, status.cells) == ("ready", "", 2000, 810)
    assert read_status(layout, WAVE) == status


def test_a_misspelt_field_is_an_error_and_changes_nothing(layout: Layout) -> None:
    before = write_status(layout, WAVE, state="ready")
    with pytest.raises(TypeError):
        write_status(layout, WAVE, reasons="misspelt")
    assert read_status(layout, WAVE) == before


@pytest.mark.parametrize("content", ["", "{", "[]", '{"state": "ready"}'])
def test_a_damaged_file_counts_as_missing_and_can_be_written_over(
    layout: Layout, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    file = layout.status(WAVE)
    file.parent.mkdir(parents=True)
    file.write_text(content)

    assert read_status(layout, WAVE) is None
    assert str(file) in caplog.text

    write_status(layout, WAVE, state="ready")
    assert read_status(layout, WAVE) is not None
