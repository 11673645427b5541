"""The registry of formats: what each declares, and that releases, manifests and pages take it from there."""

from __future__ import annotations

import json
from pathlib import Path

from release_example import example

from ilms.authoring.format_table import PAGE, format_table
from ilms.authoring.picture import with_picture
from warehouse.layout import Layout
from warehouse.release.build import publish
from warehouse.sdmx.formats import DATA_FORMATS, FORMATS


def test_formats_have_names_media_types_and_files_of_their_own() -> None:
    for facts in ([each.name for each in FORMATS], [each.content_type for each in FORMATS], [e.file for e in FORMATS]):
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
        (each.name, each.content_type, each.writes, f"sdmx/{each.file}") for each in FORMATS
    }
    flow = "DF_MST_TEAP_SEX_AGE_CBR_RT"
    assert {each["files"].format(dataflow=flow) for each in manifest["formats"]} <= set(manifest["files"])


def test_the_page_on_releases_has_the_formats_of_the_registry() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_picture(page, format_table()), "write it again: make picture"
