"""Every reason that the pipeline gives is declared, with the state that it explains."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from schemas import availability
from schemas.availability import STATES, load_availability_reasons
from schemas.errors import DeclarationError

AVAILABILITY_SQL = Path(__file__).parents[2] / "warehouse" / "release" / "availability.sql"


def test_reasons_that_the_release_adds_by_itself_are_declared() -> None:
    added = set(re.findall(r"then '([a-z_]+)'", AVAILABILITY_SQL.read_text(encoding="utf-8")))
    assert added == {"superseded", "no_number", "no_workers", "numbers_withheld"}
    assert added <= load_availability_reasons().keys()


@pytest.mark.parametrize("kind", ["not_asked", "not_available"])
def test_each_kind_of_missing_has_a_reason_to_leave_out_and_one_to_give_totals(kind: str) -> None:
    reasons = load_availability_reasons()
    assert reasons[f"variable_{kind}"].state == "not_produced"
    assert reasons[f"classification_{kind}"].state == "totals_only"


def test_every_reason_is_reported_in_three_languages() -> None:
    for code, reason in load_availability_reasons().items():
        assert reason.state in STATES[1:], f"{code}: what is published needs no reason"
        assert reason.label.en and reason.label.fr and reason.label.es, code


@pytest.mark.parametrize(
    "row", ["no_value,not_produced,a,b,c\nno_value,not_produced,a,b,c", "\nno_value,unknown,a,b,c"]
)
def test_a_wrong_row_is_a_fault_with_its_line(row: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "reasons.csv"
    file.write_text(f"code,state,label_en,label_fr,label_es\n{row}\n", encoding="utf-8")
    monkeypatch.setattr(availability, "AVAILABILITY_REASONS_FILE", file)
    with pytest.raises(DeclarationError, match="line"):
        load_availability_reasons.__wrapped__()
