"""What sets a wave of a register apart from the one before travels with its numbers in a release."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from quick_release import leave_out_structures
from small_register import SmallRegister

from ilms.run import run_all
from ilms.settings import Settings

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
