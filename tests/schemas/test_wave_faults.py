"""Columns are looked for in every wave when a declaration is loaded, not when a run gets there."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_register import PERMITS, SmallRegister

from schemas.errors import DeclarationError
from schemas.loader import _load, load_survey, source_folder

FILES = {"files": [{"name": "permits.csv", "mirror": "permits.csv"}]}


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallRegister:
    return SmallRegister(tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("columns", "changes", "lacking"),
    [
        ("column,2023,2024\npermits.nationality,Nationality,\npermits.permits,Permits,Permits\n", {}, "nationality"),
        ("column,2023,2024\npermits.nationality,Nationality,Nationality\npermits.permits,Permits,\n", {}, "permits"),
        (
            "column,2023,2024\npermits.nationality,A,A\npermits.permits,B,B\npermits.kind,C,\n",
            {"where": "raw.kind = 'new'"},
            "kind",
        ),
        (
            "column,2023,2024\npermits.nationality,A,A\npermits.permits,B,B\npermits.case,C,\n",
            {"once": {"by": ["case"], "largest": True, "because": "sub rows"}},
            "case",
        ),
    ],
)
def test_a_table_needs_the_names_of_its_columns_in_every_wave_that_it_covers(
    small: SmallRegister, columns: str, changes: dict[str, object], lacking: str
) -> None:
    waves = {"2023": FILES, "2024": FILES}
    with pytest.raises(DeclarationError) as refused:
        small.declare(columns=columns, waves=waves, tables={"permits": {**PERMITS, **changes}})
    assert f"table 'permits': columns.csv has no name of column 'permits.{lacking}' in wave 2024" in str(refused.value)
    small.declare(
        columns=columns, waves=waves, tables={"permits": {**PERMITS, **changes, "waves": "to 2023"}, **other()}
    )


def other() -> dict[str, dict[str, object]]:
    """A table for the wave that the first one does not cover."""
    return {"rest": {**PERMITS, "waves": ["2024"], "value": {"each_record": True}, "variables": {}, "feeds": {}}}


def test_a_name_for_every_wave_stands_for_a_wave_without_its_own(small: SmallRegister) -> None:
    columns = "column,every_wave,2024\npermits.nationality,Nationality,\npermits.permits,Permits,Granted\n"
    register = small.declare(columns=columns, waves={"2023": FILES, "2024": FILES})
    assert register.table_columns("permits", "2024") == {"nationality": "Nationality", "permits": "Granted"}


@pytest.mark.parametrize(
    ("column", "reported"),
    [
        ("weight", "design needs column 'weight', for which columns.csv has no name in wave 2016-Q4"),
        ("sex", "variables sex needs column 'sex', for which columns.csv has no name in wave 2016-Q4"),
        ("component", "needs column 'component', for which columns.csv has no name in wave 2016-Q4"),
    ],
)
def test_a_survey_needs_its_design_its_identifiers_and_what_is_required_in_every_wave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, column: str, reported: str
) -> None:
    folder = tmp_path / "ARG" / "copy"
    folder.mkdir(parents=True)
    for file in source_folder("ARG.eph").glob("*.*"):
        text = file.read_text(encoding="utf-8")
        if file.name == "columns.csv":
            lines = [f"{column},,," if line.startswith(f"{column},") else line for line in text.splitlines()]
            text = "\n".join(lines) + "\n"
        (folder / file.name).write_text(text, encoding="utf-8")
    monkeypatch.setenv("ILMS_SOURCES", str(tmp_path))
    _load.cache_clear()
    with pytest.raises(DeclarationError, match=reported):
        load_survey("ARG.copy")


def test_a_query_of_a_service_needs_the_method_that_asks_one(small: SmallRegister) -> None:
    query = {"service": "ILO", "flow": "DF_X"}
    waves = {"2023": {"files": [{"name": "permits.csv", "sdmx": query}]}}
    with pytest.raises(DeclarationError, match=r"a file of wave '2023' is the answer .* write `method: service`"):
        small.declare(waves=waves)
    small.declare(waves=waves, fetch={"method": "service"})
