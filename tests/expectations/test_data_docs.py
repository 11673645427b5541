"""Data Docs: pages that report what was found, show no record, and load nothing from elsewhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from sound_tables import Spoil

from expectations import data_docs
from expectations.checks import CheckResult, list_checks
from expectations.data_docs import PartitionState, publish_page, settle_pages, show_state, write_index
from expectations.gate import run_gate
from expectations.parameters import GateParameters
from expectations.suites import load_suite

LOADING = {
    "script",
    "img",
    "link",
    "iframe",
    "object",
    "embed",
    "audio",
    "video",
    "source",
    "base",
    "form",
    "svg",
    "use",
}


class Page(HTMLParser):
    """What a browser would load, where links lead, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.text: list[str] = []
        self.policy = ""
        self._style = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self._style = tag == "style"
        if tag in LOADING:
            self.loads += [values.get(name, "") for name in ("src", "href", "data", "action") if name in values]
            self.loads += ["inline script"] if tag == "script" and "src" not in values else []
        if tag == "a":
            self.links.append(values.get("href", ""))
        if values.get("http-equiv") == "Content-Security-Policy":
            self.policy = values["content"]
        self.loads += [value for name, value in values.items() if name.startswith("on") or "url(" in value]

    def handle_data(self, data: str) -> None:
        if self._style:
            self.loads += [data] if "url(" in data or "@import" in data else []
        elif data.strip():
            self.text.append(" ".join(data.split()))


@pytest.fixture(scope="module")
def docs(good_core: Path, good_cells: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data Docs of a partition that passes and of one that does not."""
    from sound_tables import PARAMETERS

    folder = tmp_path_factory.mktemp("docs")
    output = folder / "quality.parquet"
    run_gate("core", good_core, PARAMETERS, output=output, data_docs=folder / "docs")
    run_gate("cells", good_cells, PARAMETERS, output=output, data_docs=folder / "docs")
    settle_pages(folder / "docs", PARAMETERS.source, PARAMETERS.wave)
    show_state(folder / "docs", PARAMETERS.source, PARAMETERS.wave, PartitionState("Published.", is_published=True))
    strict = replace(PARAMETERS, wave="2025", minimum_age=20, maximum_unknown_share=0.2, published_population=1.0)
    run_gate("core", good_core, strict, output=output, data_docs=folder / "docs")
    return folder / "docs"


def _pages(docs: Path) -> dict[str, Page]:
    return {str(file.relative_to(docs)): Page(file.read_text(encoding="utf-8")) for file in docs.rglob("*.html")}


def test_there_is_a_page_for_each_partition_and_stage_and_an_index(docs: Path) -> None:
    assert set(_pages(docs)) == {
        "index.html",
        "ABC.lfs/2024.core.html",
        "ABC.lfs/2024.cells.html",
        "ABC.lfs/2025.core.attempt.html",
    }


def test_no_page_loads_anything(docs: Path) -> None:
    for name, page in _pages(docs).items():
        assert set(page.loads) <= {"data:,"}, name
        assert page.policy.startswith("default-src 'none'"), name
        assert not [link for link in page.links if "//" in link], name


def test_every_link_leads_somewhere(docs: Path) -> None:
    for name, page in _pages(docs).items():
        html = (docs / name).read_text(encoding="utf-8")
        for link in page.links:
            file, _, anchor = link.partition("#")
            assert not file or ((docs / name).parent / file).resolve().is_file(), (name, link)
            assert not anchor or f'id="{anchor}"' in html, (name, link)


def test_a_page_shows_expectations_by_area_with_what_was_found(docs: Path) -> None:
    text = " ".join(_pages(docs)["ABC.lfs/2025.core.attempt.html"].text)

    assert "ABC.lfs 2025: person records" in text
    headings = [text.index(f"{area} Status Expectation") for area in ("Structure", "Content", "Agreement")]
    assert headings == sorted(headings)
    assert "Nobody below 20 years is employed." in text
    assert "children_not_employed · critical" in text
    assert "3 of 60 rows" in text  # employed at 15 to 17
    assert "COALESCE(age, age_to) < 20 AND labour_force_status = 'employed'" in text
    assert "The source does not ask children about work" in text


def test_the_index_lists_partitions_with_their_counts(docs: Path) -> None:
    text = _pages(docs)["index.html"].text
    rows = " ".join(text).split("ABC.lfs ")[1:]
    counts = json.loads((docs / "ABC.lfs" / "2025.core.attempt.json").read_text(encoding="utf-8"))

    assert len(rows) == 3
    assert rows[0].startswith("2024 Published. person records ✓ passed")
    assert rows[1].startswith("2024 Published. estimates ✓ passed")
    assert f"{counts['checked']} {counts['met']} {counts['critical']} {counts['warnings']}" in rows[2]
    assert rows[2].startswith("2025 person records of an attempt ✗ stopped")
    assert counts["critical"] == 3


def test_no_page_of_a_partition_that_failed_looks_as_if_it_had_passed(good_core: Path, tmp_path: Path) -> None:
    """Numbers were accepted; a later attempt met every check of its records and failed in its estimates."""
    from sound_tables import PARAMETERS

    docs, output = tmp_path / "docs", tmp_path / "quality.parquet"
    run_gate("core", good_core, PARAMETERS, output=output, data_docs=docs)
    settle_pages(docs, PARAMETERS.source, PARAMETERS.wave)
    run_gate("core", good_core, PARAMETERS, output=output, data_docs=docs)
    stands = "Its last run failed. The numbers of 2026-11-30 stand. <1 estimate> is wrong."
    show_state(docs, PARAMETERS.source, PARAMETERS.wave, PartitionState(stands, is_published=True))
    write_index(docs)

    pages = _pages(docs)
    assert stands in pages["ABC.lfs/2024.core.html"].text
    assert any(f"of an attempt. None of its numbers is in a release. {stands}" in each
               for each in pages["ABC.lfs/2024.core.attempt.html"].text)  # fmt: skip
    rows = " ".join(pages["index.html"].text).split("ABC.lfs ")[1:]
    assert rows[0].startswith(f"2024 {stands} person records ✓ passed")
    assert rows[1].startswith(f"2024 {stands} person records of an attempt not published")

    show_state(docs, PARAMETERS.source, PARAMETERS.wave, PartitionState("Withdrawn.", is_published=False))
    write_index(docs)
    assert "✓ passed" not in " ".join(_pages(docs)["index.html"].text)


def test_the_same_results_give_the_same_bytes_and_leave_other_pages_alone(
    good_core: Path, parameters: GateParameters, tmp_path: Path
) -> None:
    docs, output = tmp_path / "docs", tmp_path / "quality.parquet"
    other = replace(parameters, source="XYZ.lfs")
    run_gate("core", good_core, other, output=output, data_docs=docs)
    run_gate("core", good_core, parameters, output=output, data_docs=docs)
    before = {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in docs.rglob("*.*") if file.is_file()}

    run_gate("core", good_core, parameters, output=output, data_docs=docs)

    after = {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in docs.rglob("*.*") if file.is_file()}
    assert {file: content for file, (content, _) in after.items()} == {
        file: content for file, (content, _) in before.items()
    }
    assert {file.parent.name for file in after if after[file][1] == before[file][1] and file.suffix == ".html"} == {
        "XYZ.lfs"
    }


def test_an_index_of_nothing_says_so(tmp_path: Path) -> None:
    index = write_index(tmp_path / "docs")

    assert "No partition has been checked yet." in index.read_text(encoding="utf-8")


def test_what_a_declaration_says_is_text_not_markup(parameters: GateParameters, tmp_path: Path) -> None:
    checks = list_checks(load_suite("core"), parameters)[:1]
    results = [
        CheckResult(replace(check, description="<b>a</b>", why="<b>b</b>", rule="<b>c"), success=False, observed="<b>d")
        for check in checks
    ]

    page = publish_page(tmp_path, "core", "<b>Person</b> records", parameters, results)

    assert "<b>" not in page.read_text(encoding="utf-8")


def test_pages_published_at_the_same_time_are_all_in_the_index(
    parameters: GateParameters, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first to read the folder is the slowest to write: it must not overwrite pages that appeared since."""
    look, delays = data_docs._partitions, iter([0.4, 0.3, 0.2, 0.1, 0.0, 0.0])

    def look_and_linger(folder: Path) -> list[dict[str, Any]]:
        seen = look(folder)
        time.sleep(next(delays))
        return seen

    monkeypatch.setattr(data_docs, "_partitions", look_and_linger)
    waves = [replace(parameters, wave=str(year)) for year in range(2000, 2006)]

    with ThreadPoolExecutor(max_workers=6) as pool:
        list(pool.map(lambda each: publish_page(tmp_path, "core", "Person records", each, []), waves))

    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert all(f"ABC.lfs/{each.wave}.core.attempt.html" in index for each in waves)


def test_no_page_is_renamed_while_another_partition_reads_them_for_the_index(
    parameters: GateParameters, tmp_path: Path
) -> None:
    attempt = publish_page(tmp_path, "core", "Person records", parameters, [])
    with ThreadPoolExecutor(max_workers=1) as pool:
        with data_docs._locked(tmp_path):
            settled = pool.submit(settle_pages, tmp_path, parameters.source, parameters.wave)
            time.sleep(0.2)
            assert attempt.is_file()
        settled.result()
    assert not attempt.is_file()


def test_the_gate_is_quiet_and_writes_nowhere_else(
    good_core: Path, spoil: Spoil, parameters: GateParameters, tmp_path: Path
) -> None:
    """A process of its own, with an empty home and working folder: it prints nothing, not even as it ends."""
    home, here = tmp_path / "home", tmp_path / "here"
    home.mkdir()
    here.mkdir()
    script = (
        "import sys; from pathlib import Path\n"
        "from expectations.gate import run_gate\n"
        "from sound_tables import PARAMETERS\n"
        "core, output, docs = map(Path, sys.argv[1:])\n"
        "run_gate('core', core, PARAMETERS, output=output, data_docs=docs).require()\n"
    )
    project = Path(__file__).parents[2]
    environment = {**os.environ, "HOME": str(home), "PYTHONPATH": f"{project}:{project / 'tests'}"}

    ended = subprocess.run(
        [sys.executable, "-c", script, good_core, tmp_path / "quality.parquet", tmp_path / "docs"],
        cwd=here, env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert list(here.iterdir()) == []
    assert [path for path in home.rglob("*") if path.is_file()] == []
