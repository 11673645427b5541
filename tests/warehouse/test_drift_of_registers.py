"""The counts of a register's wave are compared with those accepted before: ten times as many, or as few, stop it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from small_register import SMALL_REGISTER, SmallRegister, table

from ilms.kinds import kind_of
from schemas.errors import InputError
from schemas.partition import Partition
from schemas.register import Register
from warehouse.accepted import AcceptedVintage, accept_vintage
from warehouse.files import sha256
from warehouse.intake.drift import find_count_faults
from warehouse.intake.vintage import Vintage, VintageFile
from warehouse.layout import Layout

SOURCE = "ZZZ.permits"
FILES: dict[str, Any] = SMALL_REGISTER["waves"]["2024"]
ISSUED = "issued in table 'permits'"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "home")


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallRegister:
    return SmallRegister(tmp_path, monkeypatch)


def declared(small: SmallRegister, **changes: Any) -> Register:
    """The register in three years and a quarter."""
    return small.declare(waves=dict.fromkeys(("2022", "2023", "2024", "2024-Q1"), FILES), **changes)


def counted(name: str, **counts: float) -> AcceptedVintage:
    """A vintage that counts so many by event."""
    told = {f"{event} in table 'permits'": number for event, number in counts.items()}
    return AcceptedVintage(vintage=name, accepted_at=datetime(2026, 1, 31, tzinfo=UTC), bytes=1, counts=told)


def faults(register: Register, layout: Layout, now: AcceptedVintage, **before: AcceptedVintage) -> list[str]:
    """What is wrong with 2024, once these vintages of waves are accepted (`of_2023`)."""
    for wave, vintage in before.items():
        accept_vintage(layout, Partition(SOURCE, wave.removeprefix("of_").replace("_", "-")), vintage)
    return find_count_faults(register, Partition(SOURCE, "2024"), now, layout, "mirror")


@pytest.mark.parametrize(
    ("issued", "times"), [(120_000, None), (210_000, "11 times"), (19_000_000, "1e+03 times"), (1_800, "0.095 times")]
)
def test_a_count_is_compared_with_that_of_the_nearest_year(
    small: SmallRegister, layout: Layout, issued: int, times: str | None
) -> None:
    before = {
        "of_2022": counted("a", issued=1),
        "of_2023": counted("b", issued=19_000),
        "of_2024_Q1": counted("c", issued=5),
    }
    found = faults(declared(small), layout, counted("new", issued=issued), **before)
    assert found == ([f"{issued:,} {ISSUED}, {times} the 19,000 of wave 2023"] if times else [])


def test_a_revision_of_the_same_wave_is_compared_too(small: SmallRegister, layout: Layout) -> None:
    before = counted("before", issued=19_000)
    (found,) = faults(declared(small), layout, counted("new", issued=0), of_2024=before)
    assert found == f"0 {ISSUED}, 0 times the 19,000 of vintage before of this wave"
    assert faults(declared(small), layout, before) == []


def test_of_a_few_anything_can_be(small: SmallRegister, layout: Layout) -> None:
    found = faults(
        declared(small), layout, counted("new", issued=999, refused=3), of_2023=counted("b", issued=7, applied=9)
    )
    assert found == []


@pytest.mark.parametrize(
    "changes",
    [
        {"guards": {"plausible": {"change": {"maximum": 30, "waves": ["2024"], "because": "borders opened"}}}},
        {"statuses": {"2024": {"status": "break", "note": {"en": "another law"}}}},
        {"statuses": {"2024": {"status": "partial", "note": {"en": "January alone"}}}},
    ],
    ids=["wider", "break", "partial"],
)
def test_a_real_change_is_declared_with_its_reason(
    small: SmallRegister, layout: Layout, changes: dict[str, Any]
) -> None:
    assert (
        faults(declared(small, **changes), layout, counted("new", issued=400_000), of_2023=counted("b", issued=19_000))
        == []
    )


def test_a_wave_with_a_digit_too_many_is_not_harmonised(small: SmallRegister, layout: Layout) -> None:
    register = declared(small, tables=table())
    accept_vintage(layout, Partition(SOURCE, "2023"), counted("b", issued=19_000))
    file = small.folder / "permits.csv"
    file.write_text("Nationality,Permits\nIndia,210000\nBrazil,5\n", encoding="utf-8")
    kept = VintageFile("permits.csv", "data", file, file.stat().st_size, sha256(file), "mirror:permits.csv")
    vintage = Vintage("new", small.folder, (kept,), datetime(2026, 1, 31, tzinfo=UTC), True)
    work = small.folder / "work"
    with pytest.raises(InputError, match=f"210,005 {ISSUED}, 11 times the 19,000 of wave 2023") as stopped:
        kind_of(register).harmonise(
            layout,
            register,
            Partition(SOURCE, "2024"),
            vintage,
            small.folder / "core.parquet",
            work,
            memory_limit="1GB",
        )
    assert "`guards: plausible: change`" in stopped.value.remedy
