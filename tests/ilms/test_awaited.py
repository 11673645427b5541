"""Waves of a series that are not there yet: looked for on each batch, awaited, overdue, and never a failure."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from http_server import ROBOTS, File, Site, serving, status
from small_register import PERMITS, SMALL_REGISTER, SmallRegister

from ilms.commands.report import partition_states
from ilms.pipeline.awaited import Awaited, awaited_lines, awaited_wave, expectation, is_to_come
from ilms.pipeline.batches import Batch, begin, last_awaited, plan_batch
from ilms.pipeline.stages import fetch_partition, harmonise_partition
from ilms.pipeline.status import read_status
from ilms.regional.inputs import awaited_benchmarks, fetch_benchmark, look_for_benchmarks, read_tables
from ilms.release.candidates import source_candidates
from ilms.settings import Settings
from schemas.errors import DeclarationError, InputError, OverdueWave
from schemas.partition import Partition
from schemas.periods import today
from schemas.register import Register
from warehouse.intake.access import Access
from warehouse.intake.look import Found, Missing, Unreachable, look_for
from warehouse.intake.origins import Wanted

SOURCE = "ZZZ.permits"
YEARLY: dict[str, Any] = {
    "from": "2022",
    "comes_out_after": 45,
    "overdue_after": 30,
    "files": [{"name": "permits.csv", "mirror": "permits_{year}.csv", "address": "https://example.org/{year}.csv"}],
}
ONE_FILE: dict[str, Any] = {**YEARLY, "files": [{"name": "permits.csv", "mirror": "all.csv"}]}
BY_YEAR = {**PERMITS, "where": "raw.year = '{year}'"}
COLUMNS = "column,every_wave\npermits.nationality,Nationality\npermits.permits,Permits\npermits.year,Year\n"
ROW = "Nationality,Permits\nFrance,7\n"


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallRegister:
    return SmallRegister(tmp_path, monkeypatch)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / "permits_2022.csv").write_text(ROW)
    return Settings(home=tmp_path / "home", mirror=mirror)


def declared(small: SmallRegister, series: dict[str, Any], **changes: Any) -> Register:
    return small.declare(waves={}, series=[series], **changes)


def state(settings: Settings, wave: str) -> str | None:
    status = read_status(settings.layout, Partition(SOURCE, wave))
    return status.state if status else None


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2024-01-01", ("awaited", "due on 14 February 2024, overdue from 15 March 2024")),
        ("2024-03-14", ("awaited", "due since 14 February 2024, overdue from 15 March 2024")),
        ("2024-03-15", ("overdue", "overdue since 15 March 2024, due on 14 February 2024")),
    ],
)
def test_a_wave_is_awaited_until_it_is_overdue(small: SmallRegister, day: str, said: tuple[str, str]) -> None:
    found = expectation(declared(small, YEARLY), "2023", date.fromisoformat(day))
    assert (found.state, found.when) == said


def test_what_is_there_runs_and_what_is_not_is_no_failure(small: SmallRegister, settings: Settings) -> None:
    declared(small, YEARLY)
    batch = plan_batch(settings.layout, settings.access, [SOURCE], day=date(2024, 2, 1))
    assert batch.keys == (f"{SOURCE}|2022",)
    assert (batch.skipped, batch.broken) == ({}, {})
    awaited = batch.awaited[f"{SOURCE}|2023"]
    lacking = f"There is no file permits_2023.csv in the mirror {settings.mirror}."
    assert awaited == Awaited("awaited", "due on 14 February 2024, overdue from 15 March 2024", lacking)
    begin(settings.layout, settings.profile, batch)
    assert (state(settings, "2022"), state(settings, "2023")) == ("running", "awaited")


def test_a_wave_that_has_come_runs(small: SmallRegister, settings: Settings) -> None:
    declared(small, YEARLY)
    begin(
        settings.layout, settings.profile, plan_batch(settings.layout, settings.access, [SOURCE], day=date(2024, 6, 1))
    )
    assert state(settings, "2023") == "overdue"
    assert settings.mirror
    (settings.mirror / "permits_2023.csv").write_text(ROW)
    assert f"{SOURCE}|2023" in plan_batch(settings.layout, settings.access, [SOURCE], day=date(2024, 6, 1)).keys


def test_a_part_of_the_files_is_not_the_wave(small: SmallRegister, settings: Settings) -> None:
    both = [{"name": "permits.csv", "mirror": "permits_{year}.csv"}, {"name": "more.csv", "mirror": "more_{year}.csv"}]
    declared(small, {**YEARLY, "files": both})
    batch = plan_batch(settings.layout, settings.access, [SOURCE], ["2022"], day=date(2024, 2, 1))
    assert batch.keys == ()
    assert batch.awaited[f"{SOURCE}|2022"].lacking.startswith("There is no file more_2022.csv in the mirror")


def test_a_wave_declared_by_itself_is_run_whether_it_is_there_or_not(small: SmallRegister, settings: Settings) -> None:
    small.declare(waves={"2021": {"files": [{"name": "permits.csv", "mirror": "permits_2021.csv"}]}}, series=[YEARLY])
    assert plan_batch(settings.layout, settings.access, [SOURCE], ["2021"]).keys == (f"{SOURCE}|2021",)


def test_files_of_a_wave_that_vanish_once_it_was_fetched_are_a_fault(small: SmallRegister, settings: Settings) -> None:
    declared(small, YEARLY)
    fetch_partition(settings, f"{SOURCE}|2022")
    assert settings.mirror
    (settings.mirror / "permits_2022.csv").unlink()
    assert plan_batch(settings.layout, settings.access, [SOURCE], ["2022"]).keys == (f"{SOURCE}|2022",)
    with pytest.raises(InputError, match=r"no file permits_2022\.csv"):
        fetch_partition(settings, f"{SOURCE}|2022")


def test_sources_show_what_is_overdue_today_though_it_was_awaited_when_it_was_looked_for(
    small: SmallRegister, settings: Settings
) -> None:
    declared(small, YEARLY)
    begin(
        settings.layout, settings.profile, plan_batch(settings.layout, settings.access, [SOURCE], day=date(2024, 2, 1))
    )
    rows = {
        row[1]: row
        for row in partition_states(settings.layout, settings.profile, None, date(2025, 6, 1))
        if row[0] == SOURCE
    }
    assert rows["2023"][2] == "overdue"
    assert rows["2023"][6].startswith("Overdue since 15 March 2024, due on 14 February 2024. There is no file")
    assert [
        row[1]
        for row in partition_states(settings.layout, settings.profile, None, date(2025, 6, 1), "overdue")
        if row[0] == SOURCE
    ] == ["2023"]


def test_a_release_says_nothing_of_a_wave_that_was_never_met(small: SmallRegister, settings: Settings) -> None:
    """Otherwise there would be another release each time that a wave becomes due."""
    register = declared(small, YEARLY)
    begin(
        settings.layout, settings.profile, plan_batch(settings.layout, settings.access, [SOURCE], day=date(2024, 2, 1))
    )
    (ours,) = (each for each in source_candidates(settings.layout, settings.profile, None) if each.source_id == SOURCE)
    assert [each.item.partition.wave for each in ours.candidates] == ["2022"]
    assert "2023" in {partition.wave for partition in ours.to_come}
    assert not is_to_come(settings.layout, register, Partition(SOURCE, "2022"))


def test_a_wave_that_its_file_does_not_hold_yet_is_awaited_and_not_read_again(
    small: SmallRegister, settings: Settings
) -> None:
    declared(small, ONE_FILE, columns=COLUMNS, tables={"permits": BY_YEAR})
    assert settings.mirror
    file, key = settings.mirror / "all.csv", f"{SOURCE}|2023"
    file.write_text("Nationality,Permits,Year\nFrance,7,2022\n")
    assert key in plan_batch(settings.layout, settings.access, [SOURCE]).keys
    fetch_partition(settings, key)
    with pytest.raises(OverdueWave, match="no row of the file is of this wave"):
        harmonise_partition(settings, key)
    assert state(settings, "2023") == "overdue"
    again = plan_batch(settings.layout, settings.access, [SOURCE], ["2023"])
    assert (again.keys, again.awaited[key]) == ((), last_awaited(settings.layout, key, today()))
    file.rename(settings.mirror / "elsewhere.csv")
    gone = plan_batch(settings.layout, settings.access, [SOURCE], ["2023"])
    assert gone.awaited[key].lacking.startswith("There is no file all.csv in the mirror")
    begin(settings.layout, settings.profile, gone)
    assert plan_batch(settings.layout, settings.access, [SOURCE], ["2023"]).awaited == gone.awaited
    file.write_text("Nationality,Permits,Year\nFrance,7,2022\nFrance,8,2023\n")
    assert plan_batch(settings.layout, settings.access, [SOURCE], ["2023"]).keys == (key,)


def test_a_file_of_its_own_that_holds_another_year_is_a_fault(small: SmallRegister, settings: Settings) -> None:
    declared(small, YEARLY, columns=COLUMNS, tables={"permits": BY_YEAR})
    assert settings.mirror
    (settings.mirror / "permits_2023.csv").write_text("Nationality,Permits,Year\nFrance,7,2022\n")
    fetch_partition(settings, f"{SOURCE}|2023")
    with pytest.raises(InputError, match="no row of the file is of this wave"):
        harmonise_partition(settings, f"{SOURCE}|2023")
    assert state(settings, "2023") == "failed"


def test_a_file_with_a_part_of_the_period_is_awaited_as_a_whole(small: SmallRegister, settings: Settings) -> None:
    columns = "column,every_wave\npermits.nationality,Nationality\npermits.permits,Permits\n"
    declared(small, YEARLY, columns=columns)
    assert settings.mirror
    (settings.mirror / "permits_2023.csv").write_text("Nationality,Permits,Month\nFrance,7,1\nFrance,9,2\n")
    fetch_partition(settings, f"{SOURCE}|2023")
    with pytest.raises(OverdueWave, match="counts of January 2023 to February 2023 only"):
        harmonise_partition(settings, f"{SOURCE}|2023")


def test_a_wave_stays_as_it_was_when_the_server_does_not_answer(small: SmallRegister, settings: Settings) -> None:
    register, partition = declared(small, YEARLY), Partition(SOURCE, "2023")
    begin(
        settings.layout,
        settings.profile,
        plan_batch(settings.layout, settings.access, [SOURCE], ["2023"], day=date(2024, 2, 1)),
    )

    def ask(wanted: Wanted, fetch: object) -> Unreachable:
        return Unreachable("The server did not answer.")

    online = Settings(home=settings.home, online=True)
    found = awaited_wave(online.layout, online.access, register, partition, date(2025, 1, 1), ask)
    assert found is not None
    batch = Batch((), {}, {}, {partition.key: found})
    assert list(awaited_lines(batch.awaited)) == [
        f"not known: {SOURCE} 2023. The server did not answer. It stays as it was."
    ]
    begin(online.layout, online.profile, batch)
    assert state(settings, "2023") == "awaited"


def test_the_producer_is_asked_for_the_address_of_the_wave(small: SmallRegister) -> None:
    register, asked = declared(small, YEARLY), []

    def ask(wanted: Wanted, fetch: object) -> Found | Missing:
        asked.append(wanted.address)
        return Missing("the server answered 404") if "2024" in wanted.address else Found()

    there, absent = (look_for(register, Partition(SOURCE, wave), Access(online=True), ask) for wave in ("2023", "2024"))
    assert there.is_there
    assert absent.missing == ("https://example.org/2024.csv: the server answered 404",)
    assert asked == ["https://example.org/2023.csv", "https://example.org/2024.csv"]


def of_producer(small: SmallRegister, server: Site) -> None:
    file = {"name": "permits.csv", "address": f"{server.url}/{{year}}.csv"}
    declared(small, {**YEARLY, "files": [file]}, fetch={"pause_seconds": 0})


def test_a_batch_asks_the_producer_for_what_was_never_fetched(small: SmallRegister, tmp_path: Path) -> None:
    online = Settings(home=tmp_path / "home", online=True)
    with serving() as server:
        of_producer(small, server)
        server.on("/2022.csv", File(ROW.encode()))
        batch = plan_batch(online.layout, online.access, [SOURCE], day=date(2024, 2, 1))
        fetch_partition(online, f"{SOURCE}|2022")
        plan_batch(online.layout, online.access, [SOURCE], ["2022"], day=date(2024, 2, 1))
    assert batch.keys == (f"{SOURCE}|2022",)
    lacking = f"{server.url}/2023.csv: the server answered 404 Not Found."
    lacking = lacking[:1].upper() + lacking[1:]
    assert batch.awaited[f"{SOURCE}|2023"].lacking == lacking
    asked = [(request.method, request.path) for request in server.requests]
    assert asked == [("HEAD", "/2022.csv"), ("HEAD", "/2023.csv"), ("GET", "/2022.csv")]


def test_what_a_producer_does_not_let_programs_fetch_fails_and_says_so(small: SmallRegister, tmp_path: Path) -> None:
    online = Settings(home=tmp_path / "home", online=True)
    with serving() as server:
        of_producer(small, server)
        server.on(ROBOTS, status(200, b"User-agent: *\nDisallow: /\n"))
        assert plan_batch(online.layout, online.access, [SOURCE], ["2022"]).keys == (f"{SOURCE}|2022",)
        with pytest.raises(InputError, match=r"robots\.txt disallows it"):
            fetch_partition(online, f"{SOURCE}|2022")


def test_a_summary_has_a_line_for_what_is_overdue_of_a_source() -> None:
    late = Awaited("overdue", "overdue since 15 March 2024, due on 14 February 2024", "There is no file a_2023.")
    later = Awaited("overdue", "overdue since 15 March 2025, due on 14 February 2025", "There is no file a_2024.")
    soon = Awaited("awaited", "due on 14 February 2026, overdue from 15 March 2026", "There is no file a_2025.")
    never = Awaited("not expected", "not expected: the register was closed", "There is no file b.")
    found = {"AAA.a|2023": late, "AAA.a|2025": soon, "AAA.a|2024": later, "AAA.a|2022": late, "BBB.b|2024": never}
    assert list(awaited_lines({**found, "BBB.b|2023": never})) == [
        "overdue: AAA.a 3 waves, 2022 (since 15 March 2024, due on 14 February 2024) to 2024 (since 15 March 2025, due "
        "on 14 February 2025). There is no file a_2024.",
        "awaited: AAA.a 2025 (due on 14 February 2026, overdue from 15 March 2026).",
        "not expected: BBB.b 2 waves, 2023 and 2024: the register was closed",
    ]


def test_a_wave_that_is_not_expected_is_never_overdue_and_runs_if_it_comes(
    small: SmallRegister, settings: Settings
) -> None:
    ended = {"waves": "from 2023", "because": "the ministry has closed the register"}
    register = declared(small, {**YEARLY, "not_expected": [ended]})
    assert expectation(register, "2022", date(2024, 6, 1)).state == "overdue"
    batch = plan_batch(settings.layout, settings.access, [SOURCE], day=date(2026, 6, 1))
    assert {key: each.state for key, each in batch.awaited.items()} == {
        f"{SOURCE}|{wave}": "not expected" for wave in ("2023", "2024", "2025")
    }
    begin(settings.layout, settings.profile, batch)
    (row,) = (
        row
        for row in partition_states(settings.layout, settings.profile, None, date(2026, 6, 1), "not expected")
        if row[:2] == (SOURCE, "2024")
    )
    assert row[6].startswith("Not expected: the ministry has closed the register. There is no file permits_2024.csv")
    assert settings.mirror
    (settings.mirror / "permits_2024.csv").write_text(ROW)
    assert plan_batch(settings.layout, settings.access, [SOURCE], ["2024"]).keys == (f"{SOURCE}|2024",)


def test_a_wave_asked_for_by_name_that_is_not_over_says_when_it_is(small: SmallRegister, settings: Settings) -> None:
    declared(small, {**YEARLY, "never_taken": {"2023": "the office was closed"}})
    with pytest.raises(DeclarationError, match=r"the period of ZZZ\.permits 2999 ends on 31 December 2999"):
        plan_batch(settings.layout, settings.access, [SOURCE], ["2999"])
    with pytest.raises(DeclarationError, match=r"ZZZ\.permits 2023 was never taken: the office was closed"):
        plan_batch(settings.layout, settings.access, [SOURCE], ["2023"])


def test_without_anywhere_to_look_waves_are_skipped_as_others_are(small: SmallRegister, settings: Settings) -> None:
    declared(small, YEARLY)
    batch = plan_batch(settings.layout, Access(), [SOURCE], day=date(2024, 2, 1))
    assert set(batch.skipped) == {f"{SOURCE}|2022", f"{SOURCE}|2023"}
    assert batch == Batch((), batch.skipped, {})


def test_the_latest_wave_of_a_benchmark_that_is_there_is_read(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its parts name their file as the series does."""
    folder = tmp_path / "sources" / "X01" / "figures"
    folder.mkdir(parents=True)
    columns = {"area": {"type": "text"}, "value": {"type": "number"}}
    part = {"file": "figures_{yy}.csv", "columns": {"area": "Area", "value": "Value"}}
    table = {"meaning": "figures", "unit": "persons", "columns": columns, "key": ["area"], "parts": [part]}
    declaration = {
        **{name: SMALL_REGISTER[name] for name in ("title", "producer", "citation", "licence", "landing_page")},
        **{"kind": "benchmark", "source_type": "XA", "cadence": "annual", "schedule": "@yearly"},
        **{"coverage": {"complete": True}, "tables": {"figures": table}},
        "series": [
            {
                "from": "2021",
                "comes_out_after": 30,
                "files": [{"name": "figures_{yy}.csv", "mirror": "figures_{year}.csv"}],
            }
        ],
    }
    (folder / "source.yaml").write_text(yaml.safe_dump(declaration), encoding="utf-8")
    monkeypatch.setenv("ILMS_SOURCES", str(tmp_path / "sources"))
    assert settings.mirror
    for year, value in ((2021, 5), (2022, 7)):
        (settings.mirror / f"figures_{year}.csv").write_text(f"Area,Value\nAAA,{value}\n")
    kept = fetch_benchmark(settings.layout, settings.access, "X01.figures", date(2024, 6, 1))
    assert kept.partition == Partition("X01.figures", "2022")
    awaited = awaited_benchmarks(settings.layout, date(2024, 6, 1))
    assert {key: each.state for key, each in awaited.items()} == {"X01.figures|2023": "overdue"}
    overdue = partition_states(settings.layout, settings.profile, None, date(2024, 6, 1), "overdue")
    assert [row[:3] for row in overdue if row[0] == "X01.figures"] == [("X01.figures", "2023", "overdue")]
    tables = read_tables(settings.layout, kept, memory_limit="1GB")
    with duckdb.connect() as connection:
        assert connection.execute(f"select area, value from '{tables['figures']}'").fetchall() == [("AAA", 7.0)]
    (settings.mirror / "figures_2023.csv").write_text("Area,Value\nAAA,9\n")
    assert look_for_benchmarks(settings.layout, settings.access, date(2024, 6, 1)) == {}
    fetch_benchmark(settings.layout, settings.access, "X01.figures", date(2024, 6, 1))
    assert awaited_benchmarks(settings.layout, date(2024, 6, 1)) == {}
