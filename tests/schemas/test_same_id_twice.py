"""A source of ILMS_SOURCES with the id of another: never left out, and never taken, silently."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from small_source import Declare

from ilms.pipeline.batches import plan_batch
from schemas.errors import DeclarationError
from schemas.loader import load_survey, source_folder
from warehouse.intake.access import Access
from warehouse.layout import Layout


def copied(folder: Path, elsewhere: Path, line: str = "") -> Path:
    """The same source in another folder, its title changed, with a further line."""
    target = elsewhere / folder.parent.name / folder.name
    target.mkdir(parents=True)
    for file in folder.glob("*.*"):
        text = file.read_text(encoding="utf-8")
        if file.name == "source.yaml":
            text = text.replace("producer:", f"{line}producer: Another office of", 1)
        (target / file.name).write_text(text, encoding="utf-8")
    return target


@pytest.fixture
def elsewhere(tmp_path: Path, declare: Declare, monkeypatch: pytest.MonkeyPatch) -> Path:
    declare()
    monkeypatch.setenv("ILMS_SOURCES", os.pathsep.join([str(tmp_path / "sources"), str(tmp_path / "elsewhere")]))
    return tmp_path / "elsewhere"


def test_two_sources_of_one_id_are_refused_with_both_folders(elsewhere: Path, tmp_path: Path) -> None:
    first = source_folder("ZZZ.small")
    second = copied(first, elsewhere)
    with pytest.raises(DeclarationError) as refused:
        load_survey("ZZZ.small")
    assert all(str(folder) in refused.value.where for folder in (first, second))
    batch = plan_batch(Layout(tmp_path / "home"), Access(mirror=tmp_path))
    assert "declared in 2 folders" in batch.broken["ZZZ.small"]


def test_one_that_is_declared_to_override_holds(elsewhere: Path) -> None:
    first = source_folder("ZZZ.small")
    second = copied(first, elsewhere, "override: true\n")
    assert source_folder("ZZZ.small") == second
    assert load_survey("ZZZ.small").producer.startswith("Another office of")


def test_two_that_override_are_refused(elsewhere: Path) -> None:
    first = source_folder("ZZZ.small")
    (first / "source.yaml").write_text("override: true\n" + (first / "source.yaml").read_text(encoding="utf-8"))
    copied(first, elsewhere)
    with pytest.raises(DeclarationError, match="2 of them with `override: true`"):
        source_folder("ZZZ.small")


def test_the_same_folder_named_twice_is_one(elsewhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ILMS_SOURCES", os.pathsep.join([str(tmp_path / "sources")] * 2))
    assert load_survey("ZZZ.small").id == "ZZZ.small"
