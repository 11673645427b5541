"""YAML is read strictly: what may be several numbers is queried, and what people mean as text is text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from small_source import SMALL_SOURCE, Declare

from schemas import loader
from schemas.errors import DeclarationError
from schemas.loader import load_survey
from schemas.survey import Survey
from schemas.yaml_lines import load_yaml

Read = Callable[[str], object]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def value(text: str) -> object:
        file = tmp_path / "some.yaml"
        file.write_text(f"key: {text}\n", encoding="utf-8")
        return load_yaml(file)[0]["key"]

    return value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("-12", -12),
        ("0", 0),
        ("12.5", 12.5),
        ("1e3", 1000.0),
        ("0.08333333333333333", 0.08333333333333333),
        ("true", True),
        ("False", False),
        ("", None),
        ("null", None),
        ("NO", "NO"),
        ("no", "no"),
        ("on", "on"),
        ("Y", "Y"),
        ("2024-01-01", "2024-01-01"),
        ("2024-Q1", "2024-Q1"),
        ("1.2.3", "1.2.3"),
        ("'012'", "012"),
        ('"12"', "12"),
        ("[NO, SE, 12]", ["NO", "SE", 12]),
        (
            "{no: yes, 012: x, 1_0: x, 2024: x, 1.10: x}",
            {"no": "yes", "012": "x", "1_0": "x", "2024": "x", "1.10": "x"},
        ),
    ],
)
def test_words_and_numbers_are_what_they_look_like(read: Read, text: str, value: object) -> None:
    found = read(text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("012", "write 12 for the number, or '012' in quotes"),
        ("08", "write 8 for the number, or '08' in quotes"),
        ("1_189", "write 1189 for the number, or '1_189' in quotes"),
        ("00", "write 0 for the number, or '00' in quotes"),
        ("007.5", "write 7.5 for the number"),
        ("0x1F", "write '0x1F' in quotes"),
        ("0o14", "write '0o14' in quotes"),
        ("1:30", "write '1:30' in quotes"),
        ("190:20:30.15", "in quotes"),
        (".inf", "write '.inf' in quotes"),
        ("-.INF", "in quotes"),
        (".nan", "in quotes"),
        ("1234567890123456", "more than 15 digits; a code belongs in quotes"),
        ("1e300", "larger than any number"),
    ],
)
def test_a_value_that_may_be_several_numbers_is_refused_with_its_line(read: Read, text: str, instead: str) -> None:
    with pytest.raises(DeclarationError, match=r"some\.yaml, line 1") as raised:
        read(text)
    assert instead in raised.value.what


def redeclared(tmp_path: Path, old: str, new: str) -> Survey:
    file = tmp_path / "sources" / "ZZZ" / "small" / "source.yaml"
    text = yaml.safe_dump(SMALL_SOURCE, sort_keys=False)
    assert old in text
    file.write_text(text.replace(old, new))
    loader._load.cache_clear()
    return load_survey("ZZZ.small")


def test_an_age_of_012_is_refused_and_never_read_as_ten(declare: Declare, tmp_path: Path) -> None:
    declare()
    with pytest.raises(
        DeclarationError, match=r"'012' can be read as several numbers.*write 12.*source.yaml, line \d+"
    ):
        redeclared(tmp_path, "minimum_age: 15", "minimum_age: 012")


def test_yes_and_no_are_understood_in_any_spelling(declare: Declare, tmp_path: Path) -> None:
    declare()
    assert not redeclared(tmp_path, "complete: true", "complete: no").coverage.complete


def test_a_number_where_a_text_belongs_says_how_to_write_it(declare: Declare, tmp_path: Path) -> None:
    declare()
    with pytest.raises(DeclarationError, match=r"line \d+: licence: .* write it in quotes: '4'"):
        redeclared(tmp_path, "licence: CC0", "licence: 4")
