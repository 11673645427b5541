"""A declaration that fails its golden wave, or is not finished, stops its own partitions alone."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from quick_release import leave_out_structures
from small_source import Declare

from ilms.authoring.check import check_source
from ilms.authoring.new_source import new_source
from ilms.pipeline.soundness import is_known_sound, require_sound
from ilms.pipeline.stages import is_settled
from ilms.pipeline.status import read_status
from ilms.run import run_all
from ilms.settings import Settings
from schemas import loader
from schemas.errors import DeclarationError
from schemas.loader import source_folder
from schemas.partition import Partition

SOURCE, OTHER = "ZZZ.small", "NRU.small"
# They stand for 7,200 persons, about as many as live in the smaller of the two countries.
ROWS = "id,str,psu,w,sexcode,years,born,act\n" + "".join(
    f"p{number},s{number % 2},u{number % 6},300,{1 + number % 2},{20 + number},1,1\n" for number in range(24)
)
GOLDEN_ROWS = "id,str,psu,w,sexcode,years,born,act\nnurse,a,1,100,2,34,2,1\nteacher,a,2,150.5,1,44,1,1\n"
CELL = "MST_TEMP_SEX_AGE_CBR_NB,SEX_T,AGE_YTHADULT_YGE15,CBR_BIR_FOREIGN"
CELLS = f"indicator,sex,classif1,classif2,obs_value,n\n{CELL},0.1,1\n"


@pytest.fixture
def golden(declare: Declare) -> Path:
    """The golden wave of the small survey, declared beside another one without."""
    waves = {"2024": {"files": [{"name": "lfs.csv", "mirror": "lfs.csv"}]}}
    for source in (OTHER, SOURCE):
        declare(source, waves=waves)
    folder = source_folder(SOURCE) / "golden" / "2024"
    folder.mkdir(parents=True)
    (folder / "rows.csv").write_text(GOLDEN_ROWS)
    (folder / "cells.csv").write_text(CELLS)
    return folder


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    leave_out_structures(monkeypatch)
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "lfs.csv").write_text(ROWS)
    return Settings(home=tmp_path / "home", mirror=tmp_path / "mirror")


def test_a_golden_wave_that_fails_stops_its_source_with_the_cell_and_no_other(golden: Path, settings: Settings) -> None:
    (golden / "cells.csv").write_text(CELLS.replace("0.1,1", "0.2,1"))

    outcome = run_all(settings, sources=[SOURCE, OTHER], say=print)

    assert list(outcome.failed) == [f"{SOURCE}|2024"]
    reason = outcome.failed[f"{SOURCE}|2024"]
    assert f"differs from what is expected in 1 place(s): ZZZ {CELL.replace(',', ' ')} is 0.1" in reason
    assert "expected 0.2 from 1" in reason
    status = read_status(settings.layout, Partition(SOURCE, "2024"))
    assert status is not None
    assert (status.state, status.stage, status.error_kind) == ("failed", "harmonise", "declaration")
    published = {each.source for each in outcome.publication.partitions if each.state == "published"}
    assert published == {OTHER}


def test_marks_of_the_template_stop_a_source_with_their_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ILMS_SOURCES", str(tmp_path))
    new_source("NRU.permits", "2024", kind="register")
    loader._load.cache_clear()
    settings = Settings(home=tmp_path / "home")
    with pytest.raises(DeclarationError, match=r"\(!\) is left in 5 line\(s\)\. Where: .*lines 6, 9 to 12"):
        require_sound(settings.layout, "NRU.permits")
    file = source_folder("NRU.permits") / "source.yaml"
    file.write_text(file.read_text().replace(" (!) ", " "))
    loader._load.cache_clear()
    require_sound(settings.layout, "NRU.permits")


def test_a_golden_wave_is_checked_again_only_when_something_changed(golden: Path, settings: Settings) -> None:
    assert not is_known_sound(settings.layout, SOURCE)
    require_sound(settings.layout, SOURCE)
    kept = settings.layout.soundness(SOURCE)
    written = kept.stat().st_mtime_ns
    require_sound(settings.layout, SOURCE)
    assert kept.stat().st_mtime_ns == written
    assert is_known_sound(settings.layout, SOURCE)

    (golden / "cells.csv").write_text(CELLS.replace("0.1,1", "0.2,1"))
    assert not is_known_sound(settings.layout, SOURCE)
    for _ in ("found", "kept"):
        with pytest.raises(DeclarationError, match="expected 0.2"):
            require_sound(settings.layout, SOURCE)
    assert not is_known_sound(settings.layout, SOURCE)


def test_a_partition_whose_golden_wave_has_changed_is_not_settled(golden: Path, settings: Settings) -> None:
    run_all(settings, sources=[SOURCE], say=print)
    assert is_settled(settings, f"{SOURCE}|2024")
    (golden / "cells.csv").write_text(CELLS.replace("0.1,1", "0.2,1"))
    assert not is_settled(settings, f"{SOURCE}|2024")


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("cells.csv", "indicator,sex\nA,B\n", "column.s. classif1, classif2, obs_value, n missing.*cells.csv, line 1"),
        ("cells.csv", CELLS.replace("0.1,1", "much,1"), "cells.csv, line 2: obs_value 'much'"),
        ("cells.csv", CELLS + "a,b\n", "more or fewer fields than the header.*cells.csv, line 3"),
        ("rows.csv", "id,street\np,s\n", "golden rows have columns that are not declared: 'street'"),
        ("rows.csv", "id,str\np,s\n", "golden rows lack columns that the declaration cannot do without: psu"),
        ("persons.csv", "case\nnurse\n", "column.s. variable, value missing"),
    ],
)
def test_golden_files_that_are_written_wrongly_are_named_with_their_line(
    golden: Path, settings: Settings, name: str, text: str, says: str
) -> None:
    (golden / name).write_text(text)
    for check in (lambda: require_sound(settings.layout, SOURCE), lambda: list(check_source(SOURCE))):
        with pytest.raises(DeclarationError, match=says):
            check()


def test_a_golden_wave_without_files_or_of_no_wave_is_named(golden: Path, settings: Settings) -> None:
    (golden / "rows.csv").unlink()
    os.mkfifo(golden / "rows.csv")
    with pytest.raises(DeclarationError, match="not a regular file.*rows.csv"):
        require_sound(settings.layout, SOURCE)
    (golden / "cells.csv").unlink()
    with pytest.raises(DeclarationError, match="cannot be read.*cells.csv"):
        require_sound(settings.layout, SOURCE)
    shutil.move(golden, golden.with_name("1999"))
    with pytest.raises(DeclarationError, match="golden wave.s. 1999 of ZZZ.small are not declared"):
        require_sound(settings.layout, SOURCE)
