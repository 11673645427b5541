"""Numbers whose files were damaged are accepted or made again, and hold up no other source: three small registers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from three_registers import (
    FIRST,
    SECOND,
    deliver,
    numbers,
    run,
    standing,
    three_registers,
)

from ilms.release.publish import publish_release
from ilms.settings import Settings
from schemas.errors import PublishError
from schemas.partition import Partition
from warehouse.accepted import accepted_vintages
from warehouse.withdrawal import decide

pytestmark = pytest.mark.slow


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    with three_registers(tmp_path_factory, monkeypatch) as settings:
        yield settings


def flip(file: Path) -> None:
    """Change one byte of a file, which keeps its size, its time and its inode."""
    look, content = file.stat(), bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    with file.open("r+b") as stream:
        stream.write(content)
    os.utime(file, ns=(look.st_atime_ns, look.st_mtime_ns))


@pytest.mark.parametrize("copies", ["accepted", "made", "both"])
def test_damaged_numbers_of_one_source_hold_up_no_other(house: Settings, copies: str) -> None:
    """They are accepted again from what the stages left behind, or made again of the files kept."""
    before, partition = numbers(house), Partition(FIRST, "2023")
    if copies != "made":
        flip(next(house.layout.accepted(partition).glob("*/cells.parquet")))
    if copies != "accepted":
        flip(house.layout.cells(partition))
        flip(house.layout.core(partition))
    deliver(house, SECOND, "2024", 700)
    outcome = run(house, SECOND)
    assert outcome.failed == {}
    assert standing(house) == {}
    assert len(numbers(house)) == len(before)
    of_first = [row for row in before if row[1] == f"FA:{FIRST}"]
    assert [row for row in numbers(house) if row[1] == f"FA:{FIRST}"] == of_first != []
    assert any(row[7] == 700 for row in numbers(house))


def test_numbers_damaged_everywhere_stop_the_release_and_a_person_may_let_it_pass(house: Settings) -> None:
    partition = Partition(FIRST, "2023")
    before = numbers(house)
    flip(next(house.layout.accepted(partition).glob("*/cells.parquet")))
    flip(house.layout.cells(partition))
    flip(next(house.layout.raw(partition).glob("*/permits.csv")))
    with pytest.raises(PublishError, match="accepted numbers were changed or lost since: cells.parquet"):
        publish_release(house)
    assert numbers(house) == before
    decide(house.layout, partition, "withdrawn", by="A curator", why="the disk was damaged")
    assert publish_release(house).is_new


@pytest.mark.parametrize("damage", ["{", '{"units": {"none": "gone"}}'])
def test_a_damaged_list_of_what_stands_is_read_from_the_units(house: Settings, damage: str) -> None:
    before, partition = numbers(house), Partition(FIRST, "2023")
    vintages = accepted_vintages(house.layout, partition)
    (house.layout.accepted(partition) / "accepted.json").write_text(damage)
    assert accepted_vintages(house.layout, partition) == vintages
    deliver(house, SECOND, "2024", 700)
    assert run(house, SECOND).failed == {}
    assert standing(house) == {}
    assert len(numbers(house)) == len(before)


def test_a_damaged_unit_is_accepted_again(house: Settings) -> None:
    before, partition = numbers(house), Partition(FIRST, "2023")
    next(house.layout.accepted(partition).glob("*/unit.json")).write_text("{")
    deliver(house, SECOND, "2024", 700)
    assert run(house, SECOND).failed == {}
    assert standing(house) == {}
    assert len(numbers(house)) == len(before)
