"""The declared shape of data structures: every column of `observation` has its place, and faults name their line."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas import sdmx
from schemas.errors import DeclarationError
from schemas.tables import OBSERVATION

IN_THE_DATAFLOW = {"indicator", "sex", "classif1", "classif2"}


def test_nothing_of_an_observation_is_lost() -> None:
    placed = [component.column for component in sdmx.load_shape().components.values() if component.column]
    assert len(placed) == len(set(placed))
    assert set(placed) | IN_THE_DATAFLOW == {column.name for column in OBSERVATION}


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        (
            "column: cv",
            "column: variance",
            r"line \d+: COEFFICIENT_OF_VARIATION: `observation` has no column 'variance'",
        ),
        ("codelist: CL_FREQ", "codelist: CL_OFTEN", r"line \d+: FREQ: there is no code list 'CL_OFTEN'"),
        ("scheme: CS_NOTE_TYPE", "scheme: CS_NOTES", r"line \d+: SOURCE: there is no concept scheme 'CS_NOTES'"),
        (
            "    codelist: CL_UNIT_MULT\n",
            "",
            r"line \d+: attributes.UNIT_MULT: .*either by a `codelist` or by a `type`",
        ),
        ("attached: source", "attached: country", r"line \d+: attributes.SOURCE.attached"),
    ],
)
def test_a_fault_is_named_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, right: str, wrong: str, fault: str
) -> None:
    text = sdmx.SDMX_FILE.read_text(encoding="utf-8")
    assert right in text
    (tmp_path / "sdmx.yaml").write_text(text.replace(right, wrong, 1), encoding="utf-8")
    monkeypatch.setattr(sdmx, "SDMX_FILE", tmp_path / "sdmx.yaml")
    with pytest.raises(DeclarationError, match=fault):
        sdmx.load_shape.__wrapped__()
