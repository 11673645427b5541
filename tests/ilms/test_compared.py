"""What sets a wave of a register apart from the one before travels with its numbers in a release."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from quick_release import leave_out_structures
from small_register import SmallRegister

from ilms.release.compared import with_earlier
from ilms.release.standing import Candidate
from ilms.run import run_all
from ilms.settings import Settings
from schemas.partition import Partition
from schemas.register import Register
from warehouse.release.inputs import ReleasePartition

SOURCE = "ZZZ.permits"
WAVES = ("2022", "2023", "2024", "2025")


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallRegister:
    leave_out_structures(monkeypatch)
    return SmallRegister(tmp_path, monkeypatch)


def quality_notes(settings: Settings) -> dict[str, str]:
    """The notes on quality of each wave, as an analyst reads them."""
    with duckdb.connect(str(settings.layout.current() / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.execute("select distinct wave, note_source from observation order by all").fetchall()
    return dict(rows)


def run(settings: Settings, *waves: str) -> dict[str, str]:
    assert not run_all(settings, sources=[SOURCE], waves=waves, say=print).failed
    return quality_notes(settings)


def test_a_wave_says_what_sets_it_apart_and_says_so_whichever_wave_ran_last(small: SmallRegister) -> None:
    files = {wave: {"files": [{"name": "permits.csv", "mirror": f"{wave}.csv"}]} for wave in WAVES}
    anew = {"status": "break", "note": {"en": "renewals count from 2025"}}
    small.declare(waves=files, statuses={"2025": anew})
    mirror = small.folder / "mirror"
    mirror.mkdir()
    contents = {
        "2022": "India,60\nNepal,40\n",
        "2023": "India,63\nNepal,41\n",
        "2024": "India,250\nPeru,30\n",
        "2025": "India,190\nChile,100\n",
    }
    for wave, rows in contents.items():
        (mirror / f"{wave}.csv").write_text(f"Nationality,Permits\n{rows}")
    settings = Settings(home=small.folder / "home", mirror=mirror)

    assert run(settings, "2024") == {"2024": ""}, "there is nothing yet to compare it with"

    notes = run(settings)
    assert notes["2022"] == notes["2023"] == ""
    assert notes["2024"] == (
        "Quality: compared with 2023: the total of issued is 280 and was 104;"
        " country of citizenship 'NPL' has vanished, with 39.4 per cent before;"
        " country of citizenship 'IND' is 89.3 per cent and was 60.6;"
        " country of citizenship 'PER' appears, with 10.7 per cent"
    )
    assert notes["2025"] == "", "nothing is compared across a break"
    assert run(settings) == notes


def test_nothing_is_reported_of_a_register_whose_numbers_are_protected(small: SmallRegister) -> None:
    files = {wave: {"files": [{"name": "permits.csv", "mirror": f"{wave}.csv"}]} for wave in WAVES[:2]}
    small.declare(waves=files, protection="suppression_of_registers")
    mirror = small.folder / "mirror"
    mirror.mkdir()
    (mirror / "2022.csv").write_text("Nationality,Permits\nIndia,600\nNepal,400\n")
    (mirror / "2023.csv").write_text("Nationality,Permits\nIndia,2500\nNepal,1\n")
    notes = run(Settings(home=small.folder / "home", mirror=mirror))
    assert not any("compared with" in note for note in notes.values())


def compared_with(source: Register, *waves: str, without_numbers: str = "") -> dict[str, tuple[str | None, bool]]:
    """The wave that the published numbers of each wave are compared with, and whether a break lies between them."""
    candidates = {
        wave: Candidate(
            ReleasePartition(Partition(SOURCE, wave), "failed", icls_basis="", synthetic=True, reason="no file")
            if wave == without_numbers
            else ReleasePartition(
                Partition(SOURCE, wave), "ready", icls_basis="", synthetic=True, cells=Path("cells.parquet")
            )
        )
        for wave in waves
    }
    return {wave: (each.item.earlier, each.item.since_break) for wave, each in with_earlier(source, candidates).items()}


def test_numbers_are_compared_with_the_last_wave_of_the_same_length_that_has_any(small: SmallRegister) -> None:
    waves = ("2020", "2022", "2023", "2024", "2024-Q1", "2024-Q2", "2024-Q3", "2028")
    source = small.declare(waves={wave: {"files": [{"name": "permits.csv", "mirror": "p.csv"}]} for wave in waves})
    assert compared_with(source, *reversed(waves), without_numbers="2023") == {
        "2020": (None, False),
        "2022": ("2020", False),
        "2023": (None, False),
        "2024": ("2022", False),
        "2024-Q1": (None, False),
        "2024-Q2": ("2024-Q1", False),
        "2024-Q3": ("2024-Q2", False),
        "2028": (None, False),
    }, "2028 begins more than two years after the last one"


def test_a_declared_break_between_two_waves_is_known_even_where_the_wave_that_declares_it_has_no_numbers(
    small: SmallRegister,
) -> None:
    files = {"files": [{"name": "permits.csv", "mirror": "p.csv"}]}
    source = small.declare(
        waves={"2022": files, "2023": files, "2024": files},
        statuses={"2023": {"status": "break", "note": {"en": "renewals count from 2023"}}},
    )
    assert compared_with(source, "2022", "2023", "2024", without_numbers="2023")["2024"] == ("2022", True)
    assert compared_with(source, "2022", "2023", "2024")["2024"] == ("2023", False)
