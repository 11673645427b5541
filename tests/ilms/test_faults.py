"""An unforeseen error stops its own partition alone, and no value of a record is shown."""

from __future__ import annotations

import errno
from pathlib import Path

import duckdb
import pyarrow
import pytest
from quick_release import leave_out_structures
from small_source import Declare

from ilms.kinds.survey import SurveyKind
from ilms.pipeline.faults import in_words
from ilms.pipeline.status import read_status
from ilms.regional.inputs import nowhere_to_read
from ilms.run import run_all
from ilms.settings import Settings
from schemas.errors import IlmsError, InputError, MachineError, UnexpectedError, naming
from schemas.partition import Partition
from warehouse.intake.access import Access
from warehouse.layout import Layout

GOOD, CRASHING = "NRU.small", "ZZZ.small"
PERSON = "Maria 4711"
ROWS = "id,str,psu,w,sexcode,years,born,act\n" + "".join(
    f"p{number},s{number % 2},u{number % 6},300,{1 + number % 2},{20 + number},1,1\n" for number in range(24)
)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "home")


@pytest.fixture
def house(tmp_path: Path, declare: Declare, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Two small sources with good files."""
    leave_out_structures(monkeypatch)
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "lfs.csv").write_text(ROWS)
    for source in (GOOD, CRASHING):
        declare(source, waves={"2024": {"files": [{"name": "lfs.csv", "mirror": "lfs.csv"}]}})
    return Settings(home=tmp_path / "home", mirror=tmp_path / "mirror")


def test_a_crash_in_one_source_leaves_the_others_published(house: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    harmonise = SurveyKind.harmonise

    def crash_in_one(kind, layout, source, *rest, **named):  # type: ignore[no-untyped-def]
        if source.id == CRASHING:
            raise ValueError(PERSON)
        return harmonise(kind, layout, source, *rest, **named)

    monkeypatch.setattr(SurveyKind, "harmonise", crash_in_one)
    lines: list[str] = []

    outcome = run_all(house, sources=[GOOD, CRASHING], say=lines.append)

    states = {each.source: each.state for each in outcome.publication.partitions if each.state != "skipped"}
    assert states == {GOOD: "published", CRASHING: "failed"}
    status = read_status(house.layout, Partition(CRASHING, "2024"))
    assert status is not None
    assert (status.state, status.stage, status.error_kind) == ("failed", "harmonise", "unexpected")
    assert "the harmonise stage stopped with an unexpected ValueError" in status.reason
    assert "a fault of ILMS" in status.reason
    assert outcome.failed == {f"{CRASHING}|2024": status.reason}
    kept = next((house.home / "faults").iterdir()).read_text()
    assert "crash_in_one" in kept
    assert PERSON not in kept + "".join(lines) + status.reason


@pytest.mark.parametrize(
    ("query", "beginning"),
    [
        ("select cast(name as integer) from person", "Conversion Error: Could not convert string"),
        ("select cast(earned as decimal(5, 2)) from person", "Conversion Error: Casting value"),
        ("select error(name) from person", "an unexpected InvalidInputException. Where"),
    ],
)
def test_the_message_of_an_engine_ends_before_it_quotes_a_value(layout: Layout, query: str, beginning: str) -> None:
    with duckdb.connect() as connection, pytest.raises(UnexpectedError) as raised, in_words(layout, "ABC.lfs", "it"):
        connection.execute("create table person as select 'Maria 4711' as name, 123456.75 as earned")
        connection.execute(query).fetchall()
    assert beginning in raised.value.message
    assert not {"4711", "123456", "Maria"} & set(raised.value.message.replace("'", " ").split())


def test_the_message_of_arrow_ends_before_it_quotes_a_value(layout: Layout) -> None:
    with pytest.raises(UnexpectedError, match="ArrowInvalid") as raised, in_words(layout, "ABC.lfs", "it"):
        pyarrow.array([PERSON]).cast(pyarrow.int64())
    assert "4711" not in raised.value.message


def test_an_unforeseen_error_is_reported_with_its_place(layout: Layout) -> None:
    with (
        pytest.raises(UnexpectedError, match=r"Where: ABC\.lfs\|2024, table 'visas', variable 'age'\."),
        in_words(layout, "ABC.lfs|2024", "it"),
        naming("table 'visas'"),
        naming("variable 'age'"),
    ):
        raise KeyError(PERSON)


def test_our_own_errors_pass_without_their_causes(layout: Layout) -> None:
    with pytest.raises(InputError, match="no number") as raised, in_words(layout, "ABC.lfs", "it"):
        try:
            int(PERSON)
        except ValueError as error:
            raise InputError("no number") from error
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device", "/data/core"),
            "the disk is full.*Where: ABC.lfs; /data/core",
        ),
        (PermissionError(errno.EACCES, "Permission denied", "/data/core"), "may not be used by this user"),
        (MemoryError(), "ran out of memory"),
        (duckdb.OutOfMemoryException("failed to allocate"), "ran out of memory.*ILMS_MEMORY_LIMIT"),
    ],
)
def test_a_fault_of_the_machine_is_reported_as_such_and_is_worth_another_try(
    layout: Layout, error: Exception, words: str
) -> None:
    with pytest.raises(MachineError, match=words) as raised, in_words(layout, "ABC.lfs", "it"):
        raise error
    assert raised.value.retryable


def test_recursion_without_end_is_contained(layout: Layout) -> None:
    def again() -> None:
        again()

    with pytest.raises(UnexpectedError, match="RecursionError"), in_words(layout, "ABC.lfs", "it"):
        again()


def test_a_home_that_cannot_be_written_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where a folder should be")
    with pytest.raises(IlmsError, match=r"test_faults\.py:\d+"), in_words(Layout(tmp_path / "home"), "ABC.lfs", "it"):
        raise KeyError(PERSON)


def test_a_wrongly_declared_benchmark_is_reported_by_the_regional_stage(declare: Declare, tmp_path: Path) -> None:
    declare()
    folder = tmp_path / "sources" / "NRU" / "odd"
    folder.mkdir(parents=True)
    (folder / "source.yaml").write_text("kind: benchmark\n")
    assert nowhere_to_read(Layout(tmp_path / "home"), Access()) == ""
