"""One figure of a real workbook is another one: what the draft says of it, as text and as a page."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import openpyxl
import pytest
from quick_release import leave_out_structures

from ilms.release.decisions import waiting
from ilms.run import RunOutcome, run_all
from ilms.settings import Settings
from warehouse.release.review import PAGE

SOURCE, WAVE, WORKBOOK = "CAN.lmia", "2023-Q3", "admin/can_lmia/tfwp_2023q3_pos_en.xlsx"
Figures = Mapping[str, tuple[int, int]]
ONE: Figures = {"H5": (1, 4_001)}
"""The positions of one employer, and what they are made to be."""
EXCHANGED: Figures = {"H5": (1, 190), "H299": (190, 1)}
"""The positions of a physician's employer and of one of nurse aides, each in the other's line."""


def with_figures(file: Path, figures: Figures) -> None:
    """Put other numbers into cells of a workbook's first sheet."""
    workbook = openpyxl.load_workbook(file)
    sheet = workbook.worksheets[0]
    for cell, (before, after) in figures.items():
        assert sheet[cell].value == before
        sheet[cell] = after
    workbook.save(file)


@pytest.mark.mirror
def test_a_wrong_figure_of_a_real_workbook_stops_or_comes_first_in_the_draft(
    mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_out_structures(monkeypatch)
    copied = tmp_path / "mirror" / WORKBOOK
    copied.parent.mkdir(parents=True)
    shutil.copyfile(mirror / WORKBOOK, copied)
    settings = Settings(home=tmp_path / "home", mirror=tmp_path / "mirror")
    first = run(settings)
    assert first.publication.is_current

    with_figures(copied, ONE)
    second = run(settings)
    assert "table 'workbook' sums to 51,284, and the published figure is 47,284" in second.failed[f"{SOURCE}|{WAVE}"]
    assert second.publication.observations == first.publication.observations

    shutil.copyfile(mirror / WORKBOOK, copied)
    with_figures(copied, EXCHANGED)
    draft = run(settings).publication
    assert draft.state == "in review"
    lines = [line.split() for line in waiting(settings.layout, None).text.splitlines()]
    title = "The largest revisions, by their share of the earlier value"
    nurse_aides = ["OCU_ISCO08_5", "2023Q3", "1,244", "1,055", "-15.2"]
    physicians = ["OCU_ISCO08_2", "2023Q3", "2,196", "2,385", "+8.61"]
    at = lines.index(title.split())
    assert [line[-5:] for line in lines[at + 2 : at + 4]] == [nurse_aides, physicians]
    page = (settings.layout.review(draft.release_id) / PAGE).read_text(encoding="utf-8")
    largest = page[page.index(title) :].split("<tr>")[2]
    assert "OCU_ISCO08_5 2023Q3" in largest
    assert re.findall(r'number">([^<]+)<', largest) == nurse_aides[2:]
    assert f"{WORKBOOK.rpartition('/')[2]} changed" in page


def run(settings: Settings) -> RunOutcome:
    return run_all(settings, sources=[SOURCE], waves=[WAVE], say=print)
