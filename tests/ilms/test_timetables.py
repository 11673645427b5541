"""When sources are ingested: read cheaply, and never at the mercy of one wrong declaration."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_source import Declare

from ilms.airflow.timetables import Timetable, fetch_pools, timetables


def of(source: str) -> Timetable:
    return next(timetable for timetable in timetables() if timetable.source == source)


def test_a_source_is_ingested_on_the_schedule_it_declares(declare: Declare) -> None:
    declare(schedule="30 5 15 * *", fetch={"pool": "slow_office"})
    assert of("ZZZ.small") == Timetable("ZZZ.small", "30 5 15 * *", "slow_office")
    assert fetch_pools() == sorted({"default", "slow_office", *(item.pool for item in timetables())})


@pytest.mark.parametrize(
    "text",
    [
        "schedule: whenever",
        "schedule: '99 99 * * *'",
        "schedule: '0 0 31 2 *'",
        "schedule: '* * * * * *'",
        f"schedule: {'1,' * 99}1 * * * *",
        "schedule: '@never'",
        "fetch: {pool: É}",
        f"fetch: {{pool: {'p' * 300}}}",
        "schedule: 012",
        "schedule: [",
        "- a list",
        "",
        "fetch: {pool: 'a b'}",
    ],
)
def test_a_declaration_that_makes_no_sense_has_no_schedule_and_spares_the_others(
    declare: Declare, tmp_path: Path, text: str
) -> None:
    declare()
    folder = tmp_path / "sources" / "NRU" / "odd"
    folder.mkdir(parents=True)
    (folder / "source.yaml").write_text(text)

    assert of("NRU.odd") == Timetable("NRU.odd", None, "default")
    assert of("ZZZ.small").cron == "0 6 1 * *"


def test_a_name_that_airflow_would_refuse_has_no_schedule(declare: Declare, tmp_path: Path) -> None:
    declare()
    for name in ("o dd", "x" * 120):
        folder = tmp_path / "sources" / "NRU" / name
        folder.mkdir(parents=True)
        (folder / "source.yaml").write_text("schedule: '0 6 1 * *'\n")
    assert not [each for each in timetables() if each.source.startswith("NRU.")]
    assert of("ZZZ.small").cron == "0 6 1 * *"
