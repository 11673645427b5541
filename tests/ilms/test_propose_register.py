"""A register proposed from its tables: what is sure stands, what is not waits for a person, and then it is counted."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from ilms.authoring.proposed_register import propose_register
from ilms.cli import app
from schemas.errors import DeclarationError
from schemas.loader import _load, load_of_kind
from schemas.marks import undecided, unfilled
from schemas.partition import Partition
from schemas.register_faults import REGISTER
from transforms.flows import harmonise_flows
from transforms.read import RawInput

LONG = """Nationality,Sex,Permits
India,M,10
India,F,5
Brasil,M,3
Nowhereland,F,1
Total,,19
"""


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ILMS_SOURCES", str(tmp_path / "sources"))
    return tmp_path / "sources"


def decide(folder: Path) -> None:
    """What a person does with the proposals: takes each as it is, and says the rest."""
    file = folder / "source.yaml"
    text = file.read_text(encoding="utf-8").replace("?feeds: {}", "feeds: {REG_PERI_CCT_NB: every_wave}")
    file.write_text(re.sub(r"^( *)\?", r"\1", text.replace("(!)", "Our"), flags=re.MULTILINE), encoding="utf-8")
    codes = folder / "code_maps.csv"
    codes.write_text(codes.read_text(encoding="utf-8").replace(",?,", ",other,"), encoding="utf-8")
    _load.cache_clear()


def test_a_proposed_register_is_not_loaded_before_it_is_decided_and_then_counts(sources: Path, tmp_path: Path) -> None:
    file = tmp_path / "permits.csv"
    file.write_text(LONG, encoding="utf-8")
    found = propose_register("IRL.new", "2024", [file])
    assert {each.about for each in undecided(found.folder)} >= {"facts", "event", "totals", "feeds", "complete"}
    assert len(unfilled(found.folder)) == 6
    with pytest.raises(DeclarationError, match="not decided|nobody has decided|undecided|marked"):
        load_of_kind(REGISTER, "IRL.new")

    decide(found.folder)
    register = load_of_kind(REGISTER, "IRL.new")
    core = tmp_path / "core.parquet"
    harmonise_flows(register, Partition("IRL.new", "2024"), [RawInput(file, "data")], core, workdir=tmp_path / "work")
    with duckdb.connect() as connection:
        flows = connection.execute(f"select citizenship, sex, value from '{core}' order by all").fetchall()
    assert flows == [
        ("BRA", "male", 3.0),
        ("IND", "female", 5.0),
        ("IND", "male", 10.0),
        ("other", "female", 1.0),
    ]


def test_the_command_writes_the_folder_and_says_what_is_left(sources: Path, tmp_path: Path) -> None:
    file = tmp_path / "permits.csv"
    file.write_text(LONG, encoding="utf-8")
    said = CliRunner().invoke(app, ["propose", "IRL.new", "2024", str(file), "--kind", "register"])
    assert said.exit_code == 0
    assert "counts in Permits; citizenship from Nationality; sex from Sex" in said.output
    assert (sources / "IRL" / "new" / "source.yaml").is_file()
