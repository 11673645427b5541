"""Codes at the beginning of a register's fields: a word that begins like one is not a code."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_register import CODES, COLUMNS, PERMITS, SmallRegister

from schemas.errors import InputError
from transforms.flows.words import leading_codes

SECTORS = """Sector,Nationality,Permits
A - Agriculture,India,10
N - Administrative services,India,94
"""
SECTOR = {"column": "sector", "map": "sector", "starts": 1}
SECTOR_CODES = CODES + "sector,A,A,\nsector,I,I,\nsector,N,N,\n"


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallRegister:
    return SmallRegister(tmp_path, monkeypatch)


def run(small: SmallRegister, content: str, *, codes: str = SECTOR_CODES, **sector: object) -> dict[str, float]:
    variables = {**PERMITS["variables"], "activity_isic4": {**SECTOR, **sector}}
    columns = COLUMNS + "permits.sector,Sector\n"
    register = small.declare(columns=columns, codes=codes, tables={"permits": {**PERMITS, "variables": variables}})
    small.harmonise(register, {"permits.csv": content})
    return dict(small.flows("activity_isic4", "value"))


def test_the_code_at_the_beginning_of_a_field_is_read(small: SmallRegister) -> None:
    assert run(small, SECTORS) == {"A": 10, "N": 94}


def test_a_word_that_begins_like_a_code_is_none_and_all_of_them_are_named(small: SmallRegister) -> None:
    content = SECTORS + "No Sector Entered,India,186\nInvalid,India,2\nI do not know,India,3\nno sector,India,1\n"
    with pytest.raises(InputError, match=r"4 value\(s\) of 'activity_isic4' have no meaning") as refused:
        run(small, content)
    for word in ("'No Sector Entered'", "'Invalid'", "'I do not know'", "'no sector'"):
        assert word in refused.value.what


def test_a_total_without_a_meaning_is_not_advised_to_be_mapped_alone(small: SmallRegister) -> None:
    """Mapped to any class, it would double the numbers."""
    with pytest.raises(InputError, match=r"'Total'.*the sum of others is declared under `totals` instead"):
        run(small, SECTORS + "Total,India,104\n")


def test_the_whole_field_is_looked_up_first(small: SmallRegister) -> None:
    codes = SECTOR_CODES + "sector,No Sector Entered,unknown,\n"
    assert run(small, SECTORS + "No Sector Entered,India,186\n", codes=codes) == {"A": 10, "N": 94, "unknown": 186}


def test_a_field_that_the_map_has_need_not_look_as_the_codes_do(small: SmallRegister) -> None:
    codes = SECTOR_CODES + "sector,No Sector Entered,unknown,\n"
    content = SECTORS + "No Sector Entered,India,186\n"
    assert run(small, content, codes=codes, pattern="[A-U] - .*")["unknown"] == 186
    with pytest.raises(InputError, match="2 value.* do not match .*: 'A. Agriculture'; 'N. Administration'"):
        run(small, content + "A. Agriculture,India,1\nN. Administration,India,1\n", codes=codes, pattern="[A-U] - .*")


@pytest.mark.parametrize(
    ("field", "length", "code"),
    [
        ("A - Agriculture", 1, "A"),
        ("A", 1, "A"),
        ("A01.1 Growing of rice", 1, "A"),
        ("2512 Software developers", 1, "2"),
        ("2512 Software developers", 2, "25"),
        ("15-1252 Software Developers", 2, "15"),
        ("N Administration", 1, "N"),
        ("No sector", 1, None),
        ("3D printing", 1, None),
        ("1st class", 1, None),
        ("B-E Industry", 1, None),
        ("G, H, I Trade and transport", 1, None),
        ("01-03 Agriculture", 2, None),
        ("6322-Cooks", 2, "63"),
        ("N/A", 1, None),
        ("N.A.", 1, None),
        ("A. Agriculture", 1, "A"),
        ("25.11 Metal structures", 2, "25"),
    ],
)
def test_a_letter_never_follows_a_code(field: str, length: int, code: str | None) -> None:
    assert leading_codes([field], length).get(field) == code


def test_fields_declared_to_look_so_may_have_a_number_after_the_code() -> None:
    assert leading_codes(["15-12 Mathematicians"], 2) == {}
    assert leading_codes(["15-12 Mathematicians"], 2, of_known_form=True) == {"15-12 Mathematicians": "15"}
