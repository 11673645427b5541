"""Every key of a declaration has its meaning and an example, on one page that is made from the models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo

from ilms.authoring.key_page import PAGE, key_page, own_keys
from ilms.authoring.picture import with_picture
from schemas import loader
from schemas.errors import DeclarationError
from schemas.kinds import KINDS
from schemas.known_keys import known_keys, places
from schemas.loader import load_survey
from schemas.survey import Survey

MODELS = {
    base
    for kind in KINDS.values()
    for _, model in places(kind.model)
    for base in model.__mro__
    if issubclass(base, BaseModel) and base is not BaseModel
}
KEYS = sorted(
    ((model.__name__, key, found) for model in MODELS for key, found in own_keys(model).items()),
    key=lambda each: each[:2],
)


def is_sound(found: FieldInfo, example: object) -> bool:
    """Whether a key takes an example; raises ValidationError where it does not."""
    declared: Any = Annotated[found.annotation, *found.metadata] if found.metadata else found.annotation
    TypeAdapter(declared).validate_python(example)
    return True


@pytest.mark.parametrize(("model", "key", "found"), KEYS, ids=[f"{model}.{key}" for model, key, _ in KEYS])
def test_every_key_has_its_meaning_and_an_example_that_it_takes(model: str, key: str, found: FieldInfo) -> None:
    assert found.description, f"say what `{key}` means: Field(description=...)"
    assert found.examples, f"give an example of `{key}`: Field(examples=[...])"
    assert all(is_sound(found, example) for example in found.examples)


def test_the_page_of_keys_is_that_of_the_models() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_picture(page, key_page()), "write it again: make picture"


@pytest.mark.parametrize(
    ("key", "row"),
    [
        ("multiply", "number (above 0)"),
        ("single_psu", "`error`, `average`, `adjust`, `remove`, `certainty` | `error`"),
        ("consolidate", "[keys](#consolidation)"),
        ("comes_out_after", "whole number (from -1,000, to 10,000) | **needed**"),
        ("hours_threshold", "`hours_threshold: 35`"),
    ],
)
def test_a_line_says_which_values_a_key_takes_and_what_holds_without_it(key: str, row: str) -> None:
    (line,) = (line for line in key_page().splitlines() if line.startswith(f"| `{key}` |") and line.count(" | ") > 2)
    assert row in line


def test_characters_with_a_meaning_in_markdown_are_escaped() -> None:
    prose = "".join(key_page().split("`")[::2])
    assert "raw.&lt;column>" in prose
    assert "<column>" not in prose


def test_places_are_written_as_they_nest() -> None:
    found = {place for place, _ in places(Survey)}
    assert {"design.weight", "waves.<name>.files[]", "variables.<name>.bands.<name>"} <= found
    assert "code_maps.<name>.<name>" not in found


def test_what_the_tables_beside_a_declaration_hold_is_no_key_of_it() -> None:
    assert not {"id", "columns", "code_maps"} & known_keys(Survey, ())
    assert "columns" in known_keys(Survey, ("design", "replicates"))


@pytest.mark.parametrize(
    ("written", "belongs"),
    [
        ("id: NRU.other", "line 2: `id` is no key of source.yaml; the folder gives it: <ISO3>/<name>"),
        ("columns: {age: {'2024': AGE}}", "line 2: `columns` is no key of source.yaml; write it in columns.csv"),
        ("code_maps: {sex: {'1': male}}", "line 2: `code_maps` is no key of source.yaml; write it in code_maps.csv"),
        ("codes_in_waves: []", "line 2: `codes_in_waves` is no key of source.yaml; write it in code_maps.csv"),
    ],
)
def test_what_stands_beside_the_declaration_is_not_written_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, belongs: str
) -> None:
    folder = tmp_path / "NRU" / "lfs"
    folder.mkdir(parents=True)
    (folder / "source.yaml").write_text(f"kind: survey\n{written}\n")
    (folder / "columns.csv").write_text("column,every_wave\nage,AGE\n")
    monkeypatch.setattr(loader, "SOURCES_FOLDER", tmp_path)
    with pytest.raises(DeclarationError) as raised:
        load_survey("NRU.lfs")
    assert belongs in raised.value.message
    assert "would be left out" in raised.value.message


def test_an_unknown_key_is_reported_with_the_page_of_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "NRU" / "lfs"
    folder.mkdir(parents=True)
    (folder / "source.yaml").write_text("kind: survey\nminimum_agee: 15\n")
    (folder / "columns.csv").write_text("column,every_wave\nage,AGE\n")
    monkeypatch.setattr(loader, "SOURCES_FOLDER", tmp_path)
    with pytest.raises(DeclarationError, match=r"minimum_age.*docs/keys\.md has every key") as raised:
        load_survey("NRU.lfs")
    assert "line 2: minimum_agee" in raised.value.message
