"""One input changed between two runs: the draft waits, and says which file, which numbers, and how much."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from quick_release import leave_out_structures
from small_register import CODES, COLUMNS, SMALL_REGISTER
from small_source import SMALL_CODES, SMALL_COLUMNS, SMALL_SOURCE
from two_surveys import survey_file

from ilms.commands.releases import review_lines
from ilms.pipeline.status import read_status
from ilms.release.decisions import approve_draft, reject_draft, waiting
from ilms.release.publish import standing_release
from ilms.run import run_all
from ilms.settings import Settings
from schemas.loader import _load
from schemas.partition import Partition
from warehouse.release.build import PublishResult
from warehouse.release.review import PAGE

SURVEY, REGISTER = "ZZZ.small", "NRU.permits"


def declare(folder: Path) -> None:
    """A survey and a register of one wave each."""
    survey = {**SMALL_SOURCE, "waves": {"2024": {"files": [{"name": "lfs.csv", "mirror": "lfs.csv"}]}}}
    permits = {**SMALL_REGISTER, "fetch": {"size_change": 100}}
    columns = "\n".join(["column,2024", *(f"{name},{name}" for name in SMALL_COLUMNS)]) + "\n"
    for source, declared, maps, codes in ((SURVEY, survey, columns, SMALL_CODES), (REGISTER, permits, COLUMNS, CODES)):
        place = folder / "sources" / source.replace(".", "/")
        place.mkdir(parents=True)
        (place / "source.yaml").write_text(yaml.safe_dump(declared, sort_keys=False))
        (place / "columns.csv").write_text(maps)
        (place / "code_maps.csv").write_text(codes)


def run(settings: Settings) -> PublishResult:
    outcome = run_all(settings, sources=[SURVEY, REGISTER], say=print)
    assert outcome.failed == {}
    return outcome.publication


def deliver(settings: Settings, name: str, text: str) -> None:
    assert settings.mirror is not None
    (settings.mirror / name).write_text(text)


@pytest.fixture(scope="module")
def house() -> Iterator[Settings]:
    """A home whose first release has both sources."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as name:
        leave_out_structures(patch)
        folder = Path(name)
        patch.setenv("ILMS_SOURCES", str(folder / "sources"))
        _load.cache_clear()
        settings = Settings(home=folder / "home", mirror=folder / "mirror")
        (folder / "mirror").mkdir()
        declare(folder)
        deliver(settings, "lfs.csv", survey_file(1))
        deliver(settings, "permits.csv", "Nationality,Permits\nNepal,500\nElsewhere,90\n")
        assert run(settings).is_current
        yield settings
    _load.cache_clear()


def with_doubled_weights(text: str, records: int) -> str:
    """The file of a survey, the first of its records with twice the weight."""
    head, *lines = text.splitlines()
    fields = [line.split(",") for line in lines]
    for each in fields[:records]:
        each[3] = f"{2 * float(each[3]):.4f}"
    return "\n".join([head, *map(",".join, fields)]) + "\n"


def test_forty_doubled_weights_jump_to_the_eye(house: Settings) -> None:
    deliver(house, "lfs.csv", with_doubled_weights(survey_file(1), 40))
    draft = run(house)
    assert draft.state == "in review"
    assert "many_revisions" in {finding.rule for finding in draft.findings}
    assert standing_release(house) == PublishResult(**{**vars(draft), "is_new": False})
    told = "\n".join(review_lines(house.layout, waiting(house.layout, None)))
    short = next(line for line in told.splitlines() if line.strip().startswith("BA:ZZZ.small"))
    assert "1,790 of 2,412 numbers revised (74 %, by 8.04 % at the median, 1,350 upward)" in short
    assert "ZZZ.small|2024: other files" in told
    assert "lfs.csv changed" in told
    assert "FA:NRU.permits" not in told
    page = (house.layout.review(draft.release_id) / PAGE).read_text(encoding="utf-8")
    assert page.index("What stands against it") < page.index("In short")

    reject_draft(house.layout, None, by="Ana", why="forty weights are doubled")
    assert run(house).state == "rejected"
    deliver(house, "lfs.csv", survey_file(1))
    assert run(house).is_current


def test_one_figure_of_a_table_waits_until_it_is_approved(house: Settings) -> None:
    deliver(house, "permits.csv", "Nationality,Permits\nNepal,5000\nElsewhere,90\n")
    draft = run(house)
    (revision,) = [finding for finding in draft.findings if finding.rule == "revision"]
    # In thousands of permits, which have no standard error: 0.5 and 5 of Nepal, and of all 0.59 and 5.09.
    assert revision.count == 2
    assert any(": 0.5 -> 5, +900 %" in example for example in revision.examples)
    status = read_status(house.layout, Partition(REGISTER, "2024"))
    assert status is not None
    assert status.state == "ready"

    approve_draft(house.layout, None, by="Ana", why="the ministry confirmed it", embargo=None)
    status = read_status(house.layout, Partition(REGISTER, "2024"))
    assert status is not None
    assert status.state == "published"
    assert not run(house).is_new
