"""Codes are texts: leading zeros distinguish them, and a lost one is restored only where nothing else can be meant."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.source import CodeValue
from transforms.codes import CodeMap, Resolved, resolve


def resolved(codes: dict[str, str], column: list[str], **options: Any) -> Resolved:
    return CodeMap({code: CodeValue(value=value) for code, value in codes.items()}, **options).resolve(column)


OCCUPATIONS = {"011": "01", "021": "02", "11": "11", "111": "11", "21": "21", "921": "92"}


def test_codes_may_differ_in_leading_zeros_and_a_column_that_lost_them_is_ambiguous() -> None:
    lost = resolved(OCCUPATIONS, ["11", "21", "111", "921"])
    assert lost.values == {"111": "11", "921": "92"}
    assert set(lost.unknown) == {"11", "21"}
    assert "11 and 011 of the map differ by leading zeros alone" in lost.unknown["11"]
    kept = resolved(OCCUPATIONS, ["011", "11", "21", "111"])
    assert kept.values == {"011": "01", "11": "11", "21": "21", "111": "11"}


def test_a_column_declared_to_keep_its_zeros_needs_none_to_occur() -> None:
    assert resolved(OCCUPATIONS, ["11", "111"], zeros_kept=True).values == {"11": "11", "111": "11"}


def test_a_code_with_zeros_that_the_map_lacks_is_unknown() -> None:
    found = resolved({"11": "11", "21": "21", "111": "11"}, ["011", "021", "111"])
    assert found.values == {"111": "11"}
    assert found.unknown["011"] == " (the map has 11, and leading zeros are part of a code)"


def test_activities_that_lost_their_zeros_are_ambiguous_too() -> None:
    activities = {"011..016": "01", "11": "11", "110": "11"}
    assert set(resolved(activities, ["11", "110"]).unknown) == {"11"}
    assert resolved(activities, ["011", "110"]).values == {"011": "01", "110": "11"}


def test_a_range_with_zeros_and_one_without_are_distinguished() -> None:
    ranges = {"0110..0310": "0", "100..400": "other"}
    assert resolved(ranges, ["0110", "0310", "150"]).values == {"0110": "0", "0310": "0", "150": "other"}
    assert set(resolved(ranges, ["150", "300"], zeros_kept=False).unknown) == {"150", "300"}


def test_a_code_that_a_range_has_but_for_zeros_is_reported() -> None:
    found = resolved({"0111..0322": "01", "1101..1104": "11"}, ["111", "1101", "01102"])
    assert found.values == {"1101": "11"}
    assert found.unknown["111"] == " (the map has 0111..0322, and leading zeros are part of a code)"
    assert found.unknown["01102"] == " (the map has 1101..1104, and leading zeros are part of a code)"


@pytest.mark.parametrize("column", [["1", "10", "96"], ["1.0", "10.0", "96.0"], ["1.", "10.", "99."]])
def test_numbers_of_a_statistical_file_are_the_codes_that_they_stand_for(column: list[str]) -> None:
    divisions = {"01": "a", "10": "b", "96": "c", "9": "unknown", "99": "unknown"}
    assert list(resolved(divisions, column, zeros_kept=False).values.values())[:2] == ["a", "b"]


def test_a_text_without_zeros_is_no_code_with_them() -> None:
    found = resolved({"01": "a", "02": "b"}, ["1", "2"])
    assert found.unknown["1"] == " (the map has 01, and leading zeros are part of a code)"
    assert resolved({"01": "a", "02": "b"}, ["1.0", "2.0"]).values == {"1.0": "a", "2.0": "b"}


def test_a_number_with_decimals_is_no_whole_code() -> None:
    assert set(resolved({"1": "a"}, ["1.5", "1.0"]).unknown) == {"1.5"}


def test_where_other_zeros_stand_in_the_column_none_was_lost() -> None:
    assert set(resolved({"01": "a", "02": "b"}, ["01", "2"], zeros_kept=False).unknown) == {"2"}


def test_where_the_map_has_codes_as_short_one_of_them_may_be_meant() -> None:
    assert set(resolved({"011": "01", "111": "11", "21": "21"}, ["11", "111"], zeros_kept=False).unknown) == {"11"}


def test_codes_that_differ_in_zeros_but_mean_the_same_are_accepted() -> None:
    assert resolved({"1": "male", "01": "male"}, ["1"]).values == {"1": "male"}


def test_digits_of_other_scripts_are_no_digits_of_a_code() -> None:
    assert set(resolved({"1..20": "a", "12": "b"}, ["\uff11\uff12", "\u0661"]).unknown) == {"\uff11\uff12", "\u0661"}


def test_namibia_and_what_r_writes_for_missing_are_distinguished_by_the_map() -> None:
    assert "Namibia" in resolve(["NA", "FR"], None, country="iso2").unknown["NA"]
    code_map = CodeMap({"NA": CodeValue(value="unknown")})
    assert resolve(["NA", "FR"], code_map, country="iso2").values == {"NA": "unknown", "FR": "FRA"}


@pytest.mark.parametrize("scheme", ["m49", "iso3", "name"])
def test_words_for_what_is_missing_are_like_no_country(scheme: str) -> None:
    found = resolve(["NA", "n/a"], None, country=scheme)
    assert found.values == {} and all("a missing value" in remark for remark in found.unknown.values())


def test_a_number_of_any_length_is_no_code() -> None:
    assert set(resolved({"1": "a", "10..20": "b"}, ["9" * 5000]).unknown) == {"9" * 5000}
