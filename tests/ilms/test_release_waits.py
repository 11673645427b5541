"""One input changed between two runs: the draft waits, and says which file, which numbers, and how much."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import yaml
from quick_release import leave_out_structures
from rich.console import Console
from small_register import CODES, COLUMNS, SMALL_REGISTER, table
from small_source import SMALL_CODES, SMALL_COLUMNS, SMALL_SOURCE
from two_surveys import survey_file
from typer.testing import CliRunner
from workbooks import workbook

from ilms.commands.releases import review_lines
from ilms.commands.report import print_summary
from ilms.pipeline.status import read_status
from ilms.release.decisions import approve_draft, reject_draft, waiting
from ilms.release.publish import standing_release
from ilms.release_cli import release_app
from ilms.run import run_all
from ilms.settings import Settings
from schemas.loader import _load
from schemas.partition import Partition
from warehouse.release.build import PublishResult
from warehouse.release.pointer import current_release
from warehouse.release.review import PAGE

SURVEY, REGISTER = "ZZZ.small", "NRU.permits"
WORKBOOK = "permits.xlsx"
LARGEST = "The largest revisions, by their share of the earlier value"


def declare(folder: Path) -> None:
    """A survey and a register of one wave each."""
    survey = {**SMALL_SOURCE, "waves": {"2024": {"files": [{"name": "lfs.csv", "mirror": "lfs.csv"}]}}}
    permits = {
        **SMALL_REGISTER,
        "waves": {"2024": {"files": [{"name": WORKBOOK, "mirror": WORKBOOK}]}},
        "tables": table(file=WORKBOOK, read={"format": "excel", "header_row": 2}),
    }
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


def deliver(settings: Settings, name: str, content: str | bytes) -> None:
    assert settings.mirror is not None
    (settings.mirror / name).write_bytes(content.encode() if isinstance(content, str) else content)


def permits(nepal: int) -> bytes:
    """The workbook of the ministry, a title above its table, with one figure of a test's choice."""
    counts = [("Nepal", nepal), ("India", 700), ("Brazil", 12), ("Elsewhere", 90)]
    return workbook({"Permits": [["Permits of 2024"], ["Nationality", "Permits"], *counts]})


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
        deliver(settings, WORKBOOK, permits(nepal=500))
        assert run(settings).is_current
        yield settings
    _load.cache_clear()


def lines_after(title: str, lines: Iterable[str]) -> list[str]:
    """The lines of a section of a review."""
    found = [line.strip() for line in lines]
    return found[found.index(title) + 1 :]


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
    # How many numbers that are depends on the catalogue of indicators.
    assert re.search(r"of [\d,]+ numbers revised \(74 %, by 8\.04 % at the median, [\d,]+ upward\)", short)
    assert "ZZZ.small|2024: other files" in told
    assert "lfs.csv changed" in told
    assert "FA:NRU.permits" not in told
    page = (house.layout.review(draft.release_id) / PAGE).read_text(encoding="utf-8")
    assert page.index("What stands against it") < page.index("In short")

    reject_draft(house.layout, None, by="Ana", why="forty weights are doubled")
    assert run(house).state == "rejected"
    deliver(house, "lfs.csv", survey_file(1))
    assert run(house).is_current


def test_one_figure_of_a_workbook_waits_until_it_is_approved(house: Settings) -> None:
    deliver(house, WORKBOOK, permits(nepal=5000))
    draft = run(house)
    (revision,) = [finding for finding in draft.findings if finding.rule == "revision"]
    # Permits have no standard error: of Nepal 500 and 5,000, and of all 1,302 and 5,802.
    assert revision.count == 2
    assert any(": 500 -> 5,000, +900 %" in example for example in revision.examples)
    largest = lines_after(LARGEST, review_lines(house.layout, waiting(house.layout, None)))
    assert [line.split()[-6:] for line in largest[1:3]] == [
        ["REG_PERI_CCT_NB", "CCT_CTZ_NPL", "2024", "500", "5,000", "+900"],
        ["REG_PERI_CCT_NB", "CCT_CTZ_TOTAL", "2024", "1,302", "5,802", "+346"],
    ]
    page = (house.layout.review(draft.release_id) / PAGE).read_text(encoding="utf-8")
    (row, *_) = re.findall("<tr>(.*?)</tr>", page[page.index(LARGEST) :])[1:]
    assert re.findall(">([^<>]+)</td>", row)[1:4] == ["500", "5,000", "+900"]
    assert "permits.xlsx changed" in page

    status = read_status(house.layout, Partition(REGISTER, "2024"))
    assert status is not None
    assert status.state == "ready"
    console = Console(record=True, width=200)
    print_summary(console, house.layout, draft)
    (line,) = [each for each in console.export_text().splitlines() if each.startswith(f"{REGISTER}|2024")]
    assert line.split()[1:4] == ["in", "the", "draft"]

    approve_draft(house.layout, None, by="Ana", why="the ministry confirmed it", embargo=None)
    status = read_status(house.layout, Partition(REGISTER, "2024"))
    assert status is not None
    assert status.state == "published"
    assert not run(house).is_new


def told(house: Settings, *arguments: str) -> str:
    """What `ilms release ...` prints."""
    ran = CliRunner().invoke(release_app, arguments, env={"ILMS_HOME": str(house.home), "ILMS_MIRROR": ""})
    assert ran.exception is None, ran.output
    return ran.output


def test_the_commands_of_releases_from_a_draft_to_its_history(house: Settings, tmp_path: Path) -> None:
    before = current_release(house.layout)
    assert before is not None
    deliver(house, WORKBOOK, permits(nepal=4000))
    draft = run(house)
    assert f"{draft.release_id}  " in told(house, "list").splitlines()[0]
    review = told(house, "review")
    assert f"Compared with {before.id}, by the rules `careful`" in review
    assert "ilms release approve" in review
    assert "is embargoed until 2999-01-01 08:00 UTC" in told(
        house, "approve", "--why", "at nine", "--by", "Ana", "--embargo", "2999-01-01T09:00+01:00"
    )
    assert told(house, "due") == "No embargo has ended.\n"
    assert f"The current release is {before.id}." in told(house, "withdraw", draft.release_id, "--why", "not yet")

    deliver(house, WORKBOOK, permits(nepal=4001))
    second = run(house)
    # The count of the others was neither revised nor held back; that of Nepal is another one.
    assert [finding.rule for finding in second.findings] == ["revision", "many_revisions"]
    assert "is current on" in told(house, "approve", second.release_id, "--why", "confirmed", "--by", "Ana")
    assert "every file is as it was published" in told(house, "verify")
    page = tmp_path / "page.html"
    assert f"{before.id} -> {second.release_id}" in told(house, "diff", "--page", str(page))
    assert "Nepal" not in page.read_text(encoding="utf-8")
    history = told(house, "history", "REG_PERI_CCT_NB", "--area", "NRU")
    assert re.search(r"CCT_CTZ_NPL 2024  revision \d: 4,001  .* to now", history)
    then = told(house, "history", "REG_PERI_CCT_NB", "--as-of", before.id)
    assert "4,001" not in then
    assert "0 release(s) would be removed." in told(house, "prune")
    assert told(house, "use", before.id) == f"The current release is now {before.id}.\n"
