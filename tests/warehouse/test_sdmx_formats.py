"""The registry of formats: what each declares, and that releases, manifests and pages take it from there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from release_example import example

from ilms.authoring.format_table import PAGE, format_table
from ilms.authoring.picture import with_picture
from ilms.settings import load_settings
from schemas.errors import DeclarationError
from warehouse.layout import Layout
from warehouse.release.build import publish
from warehouse.sdmx.formats import DATA_FORMATS, FORMATS, RELEASE_FORMATS, formats_of


def test_formats_have_names_media_types_and_files_of_their_own() -> None:
    for facts in (
        [each.id for each in FORMATS],
        [each.name for each in FORMATS],
        [each.content_type for each in FORMATS],
        [e.file for e in FORMATS],
    ):
        assert len(set(facts)) == len(FORMATS)
    assert {each.name: each.content_type for each in FORMATS}.items() >= {
        "SDMX-CSV 1.0": "application/vnd.sdmx.data+csv;version=1.0.0",
        "SDMX-ML 2.1 structure": "application/vnd.sdmx.structure+xml;version=2.1",
    }.items()


def test_data_have_a_file_for_each_dataflow_and_structures_one() -> None:
    assert [each.file_of("DF_X").count("DF_X") for each in DATA_FORMATS] == [1] * len(DATA_FORMATS)
    assert not any("{" in each.file for each in FORMATS if each.writes == "structure")


def test_the_manifest_says_what_every_file_of_sdmx_is(tmp_path: Path) -> None:
    release = publish(Layout(tmp_path / "home"), example(tmp_path / "inputs")).folder
    manifest = json.loads((release / "manifest.json").read_bytes())
    assert {(each["name"], each["media_type"], each["writes"], each["files"]) for each in manifest["formats"]} == {
        (each.name, each.content_type, each.writes, f"sdmx/{each.file}.gz") for each in formats_of(RELEASE_FORMATS)
    }
    flow = "DF_MST_TEAP_SEX_AGE_CBR_RT"
    assert {each["files"].format(dataflow=flow) for each in manifest["formats"]} <= set(manifest["files"])


def test_the_page_on_releases_has_the_formats_of_the_registry() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_picture(page, format_table()), "write it again: make picture"


def test_a_format_that_is_none_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(DeclarationError, match=r"no format of SDMX called 'csv'.*csv-1.0, csv-2.0"):
        formats_of(["csv", "csv-2.0"])


def test_which_formats_a_release_holds_is_a_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ILMS_HOME", str(tmp_path))
    monkeypatch.setenv("ILMS_SDMX_FORMATS", "csv-1.0, structure-ml-2.1")
    chosen = load_settings().sdmx_formats
    first = publish(Layout(tmp_path / "home"), example(tmp_path / "inputs"), formats=chosen)
    assert {file.name for file in (first.folder / "sdmx").iterdir()} >= {"structures.xml.gz"}
    assert not list((first.folder / "sdmx").glob("*.v*"))
    assert publish(Layout(tmp_path / "home"), example(tmp_path / "inputs")).is_new
