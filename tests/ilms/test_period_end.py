"""Files that were fetched before their period was over hold a part of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from small_register import SmallRegister

from ilms.pipeline.period_end import require_ended
from schemas.errors import InputError
from schemas.loader import load_survey
from schemas.partition import Partition

WAVES = ("2024", "2024-S1", "2024-Q4", "2024-M02")
FILES = {"files": [{"name": "permits.csv", "mirror": "permits.csv"}]}


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallRegister:
    return SmallRegister(tmp_path, monkeypatch)


def on(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("wave", "too_early", "in_time"),
    [
        ("2024", "2024-12-31", "2025-01-01"),
        ("2024-S1", "2024-06-30", "2024-07-01"),
        ("2024-Q4", "2024-11-15", "2025-01-01"),
        ("2024-M02", "2024-02-29", "2024-03-01"),
    ],
)
def test_a_wave_is_not_published_before_its_period_is_over(
    small: SmallRegister, wave: str, too_early: str, in_time: str
) -> None:
    register, partition = small.declare(waves=dict.fromkeys(WAVES, FILES)), Partition("ZZZ.permits", wave)
    require_ended(register, partition, on(in_time))
    with pytest.raises(InputError, match="the period ends on .*, and its files were fetched on"):
        require_ended(register, partition, on(too_early))


def test_a_fiscal_year_ends_within_the_year_that_names_it(small: SmallRegister) -> None:
    calendar = {"name": {"en": "fiscal year"}, "begins": "10-01", "named_by": "end"}
    register, partition = small.declare(calendar=calendar), Partition("ZZZ.permits", "2024")
    require_ended(register, partition, on("2024-10-01"))
    with pytest.raises(InputError, match="ends on 30 September 2024, and its files were fetched on 30 September 2024"):
        require_ended(register, partition, on("2024-09-30"))


@pytest.mark.parametrize("status", ["provisional", "partial"])
def test_a_wave_that_is_declared_unfinished_may_be_fetched_before_its_end(small: SmallRegister, status: str) -> None:
    partition = Partition("ZZZ.permits", "2024")
    with pytest.raises(InputError, match="the period ends on 31 December 2024"):
        require_ended(small.declare(), partition, on("2024-06-01"))
    unfinished = small.declare(statuses={"2024": {"status": status, "note": {"en": "first five months"}}})
    require_ended(unfinished, partition, on("2024-06-01"))


def test_the_end_of_the_period_holds_for_a_survey_too(small: SmallRegister) -> None:
    synthetic, partition = load_survey("ZZZ.synthetic"), Partition("ZZZ.synthetic", "2024")
    require_ended(synthetic, partition, on("2025-02-01"))
    with pytest.raises(InputError, match="the period ends on 31 December 2024"):
        require_ended(synthetic, partition, on("2024-06-01"))
    wave = synthetic.waves["2024"].model_copy(update={"status": "P"})
    require_ended(synthetic.model_copy(update={"waves": {"2024": wave}}), partition, on("2024-06-01"))
