"""A source proposed from its file: what is sure stands, what is not waits for a person, and nothing marked runs."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pyreadstat
import pytest
from pandas import DataFrame

from ilms.authoring.propose import ProposedSource, propose_source
from ilms.run import run_all
from ilms.settings import Settings
from schemas import loader
from schemas.errors import DeclarationError, InputError
from schemas.loader import load_survey
from schemas.marks import lines_in_words, undecided

ID, WAVE = "LIE.lfs", "2024"
LABELS = {
    "hh": "Household number",
    "line": "Person number",
    "wt": "Sampling weight",
    "ea": "Enumeration area",
    "strat": "Stratum",
    "b4": "Sex",
    "b5": "Age",
    "born": "Country of birth",
    "stat": "Employment status",
    "f7": "Main occupation",
    "h1": "Usual hours",
    "edu": "Highest level of education",
    "yr": "Survey year",
}
VALUES = {
    "b4": {1: "Male", 2: "Female"},
    "born": {1: "Liechtenstein", 2: "Fiji", 3: "Kiribati", 4: "Rest of the Pacific"},
    "stat": {1: "Employed", 2: "Unemployed", 3: "Not in the labour force"},
    "f7": {1: "Managers", 2: "Professionals", 3: "Clerks", 9: "Do not know"},
    "edu": {1: "Primary", 2: "Form six leaver", 3: "Degree"},
}


def people() -> DataFrame:
    """400 persons in 100 households of 20 areas, two in each stratum; children under 15 are not asked about work."""
    rows: list[dict[str, Any]] = []
    for number in range(400):
        age = (7 * number) % 80
        adult = age >= 15
        rows.append(
            {
                "hh": number // 4 + 1,
                "line": number % 4 + 1,
                "wt": 150.5 + number % 37,
                "ea": 100 + number // 20,
                "strat": 1 + number // 40,
                "b4": 1 + number % 2,
                "b5": age,
                "born": 1 + number % 4,
                "stat": 1 + number % 3 if adult else None,
                "f7": (1, 2, 3, 9)[number // 3 % 4] if adult and number % 3 == 0 else None,
                "h1": 40 - number % 11 if adult and number % 3 == 0 else None,
                "edu": 1 + number % 3,
                "yr": 2024,
            }
        )
    return DataFrame(rows)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mirror with the file, and beside it what is proposed of it."""
    folder = tmp_path_factory.mktemp("proposed")
    (folder / "mirror" / "lfs").mkdir(parents=True)
    labels = [LABELS[name] for name in people().columns]
    file = folder / "mirror" / "lfs" / "lfs_2024.dta"
    pyreadstat.write_dta(people(), file, column_labels=labels, variable_value_labels=VALUES)
    return folder


@pytest.fixture(scope="module")
def proposed(folder: Path) -> ProposedSource:
    file = folder / "mirror" / "lfs" / "lfs_2024.dta"
    return propose_source(ID, WAVE, [file], folder / "sources", mirror=folder / "mirror")


def variables(proposed: ProposedSource, *, sure: bool) -> dict[str, tuple[str, ...]]:
    return {name: each.columns for name, each in proposed.proposals.variables.items() if each.sure == sure}


def code_map(proposed: ProposedSource, name: str) -> dict[str, str]:
    with (proposed.folder / "code_maps.csv").open(encoding="utf-8", newline="") as stream:
        return {row["code"]: row["value"] for row in csv.DictReader(stream) if row["map"] == name}


def test_what_labels_and_values_bear_out_is_sure_and_the_rest_is_not(proposed: ProposedSource) -> None:
    assert variables(proposed, sure=True) == {
        "person_id": ("hh", "line"),
        "sex": ("b4",),
        "age": ("b5",),
        "labour_force_status": ("stat",),
    }
    assert set(variables(proposed, sure=False)) == {
        "household_id",
        "country_of_birth",
        "occupation_isco08",
        "education_isced11",
        "hours_usual",
    }
    assert {name: proposed.proposals.roles[name].columns for name in ("weight", "stratum", "psu")} == {
        "weight": ("wt",),
        "stratum": ("strat",),
        "psu": ("ea",),
    }


def test_codes_are_translated_by_whole_labels_and_marked_where_a_word_is_only_near(proposed: ProposedSource) -> None:
    assert code_map(proposed, "sex") == {"1": "male", "2": "female"}
    assert code_map(proposed, "labour_force_status") == {
        "1": "employed",
        "2": "unemployed",
        "3": "outside",
        "": "?not_in_universe",
    }
    assert code_map(proposed, "country_of_birth") == {"1": "LIE", "2": "FJI", "3": "KIR", "4": "?"}
    assert code_map(proposed, "occupation_isco08") == {
        "1": "1",
        "2": "2",
        "3": "?4",
        "9": "unknown",
        "": "?not_in_universe",
    }


def test_each_proposal_has_its_reason_above_it(proposed: ProposedSource) -> None:
    text = (proposed.folder / "source.yaml").read_text(encoding="utf-8")
    assert "  # b4 (sure): its label is 'Sex'\n  sex: {column: sex, map: sex}\n" in text
    assert re.search(r"# h1 \(unsure, it must be the hours of all jobs\): .*\n  \?hours_usual: ", text)
    assert 'mirror: "lfs/lfs_2024.dta"' in text and "wave_in_file: {year: raw.year}" in text
    assert "?minimum_age: 15" in text


def test_ages_show_who_was_asked_a_question(proposed: ProposedSource) -> None:
    text = (proposed.folder / "code_maps.csv").read_text(encoding="utf-8")
    assert re.search(
        r"labour_force_status,,\?not_in_universe,empty in \d+ records aged 0 to 14; the others are 15 to 79", text
    )


def test_a_declaration_with_marks_is_refused_and_every_mark_is_listed_with_its_line(
    proposed: ProposedSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ILMS_SOURCES", str(proposed.folder.parents[1]))
    loader._load.cache_clear()
    with pytest.raises(DeclarationError) as caught:
        load_survey(ID)
    marks = undecided(proposed.folder)
    lines = (proposed.folder / "source.yaml").read_text(encoding="utf-8").splitlines()
    assert {mark.about for mark in marks} > {"minimum_age", "hours_usual", "country_of_birth"}
    for mark in marks:
        if mark.file == "source.yaml":
            assert "?" in lines[mark.line - 1] and f"{mark.about} (line {mark.line})" in caught.value.what
    assert re.search(r"map country_of_birth, line \d+ of code_maps.csv", caught.value.what)
    assert "and (!) in source.yaml, lines 9 to 13" in caught.value.what


def test_an_existing_folder_is_never_written_to(proposed: ProposedSource, folder: Path) -> None:
    file = folder / "mirror" / "lfs" / "lfs_2024.dta"
    with pytest.raises(DeclarationError, match="exists already"):
        propose_source(ID, WAVE, [file], folder / "sources")
    assert not list((folder / "sources" / "LIE").glob(".*"))


def test_after_a_few_decisions_the_source_runs(
    proposed: ProposedSource, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The facts are filled in, what is unsure is kept or thrown out line by line."""
    target = tmp_path / "sources" / "LIE" / "lfs"
    target.mkdir(parents=True)
    for name in ("source.yaml", "columns.csv", "code_maps.csv"):
        text = (proposed.folder / name).read_text(encoding="utf-8")
        if name == "source.yaml":
            thrown = ("occupation_isco08", "education_isced11", "household_id", "hours_usual")
            text = "\n".join(
                line for line in text.splitlines() if not line.startswith(tuple(f"  ?{each}" for each in thrown))
            )
        text = text.replace("country_of_birth,4,?,", "country_of_birth,4,abroad,")
        (target / name).write_text(text.replace("(!) ", "").replace("?", ""), encoding="utf-8")
    monkeypatch.setenv("ILMS_SOURCES", str(tmp_path / "sources"))
    loader._load.cache_clear()
    outcome = run_all(Settings(home=tmp_path / "home", mirror=folder / "mirror"), sources=[ID], say=print)
    assert not outcome.failed
    assert load_survey(ID).minimum_age == 15
    loader._load.cache_clear()


def test_a_codebook_alone_is_no_source(tmp_path: Path) -> None:
    for name in ("a.xml", "b.xml"):
        (tmp_path / name).write_text("<codeBook><dataDscr><var name='v1'/></dataDscr></codeBook>")
    with pytest.raises(InputError, match="none of the files holds data"):
        propose_source(ID, WAVE, [tmp_path / "a.xml", tmp_path / "b.xml"], tmp_path / "sources")


def test_lines_that_follow_one_another_are_a_range() -> None:
    assert lines_in_words([7]) == "line 7"
    assert lines_in_words([2, 5, 6, 7, 9]) == "lines 2, 5 to 7, 9"
