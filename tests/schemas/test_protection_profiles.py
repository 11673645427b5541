"""Release profiles, reliability profiles and the two spaces of status codes."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb
import pytest
from pydantic import ValidationError
from small_source import Declare

from schemas.codelists import load_codelist
from schemas.errors import DeclarationError
from schemas.protection import Suppression, is_additive, load_protection, withholds
from schemas.reliability import Reliability, load_reliability
from schemas.statuses import load_status_map, to_ilo, to_sdmx
from transforms.reliability import declared_status_note, status_sql

SDMX_CODES = "ABDEFGHIJKLMNOPQSUVW"  # SDMX:CL_OBS_STATUS(2.1)


def status(
    profile: str, n: int, cv: float | None = None, nonresponse: float | None = None, declared: Iterable[str | None] = ()
) -> str:
    """The status of a number of so many cases, CV and item non-response."""
    values = ["null" if value is None else str(value) for value in (n, cv, nonresponse)]
    sql = status_sql(load_reliability(profile), declared, n=values[0], cv=values[1], nonresponse=values[2])
    return str(duckdb.execute(f"select {sql}").fetchall()[0][0])


@pytest.mark.parametrize(("n", "flag"), [(0, "S"), (4, "S"), (5, "U"), (14, "U"), (15, "")])
def test_ilo_flags_by_cases(n: int, flag: str) -> None:
    assert status("ilo", n, cv=80) == flag


@pytest.mark.parametrize(
    ("n", "nonresponse", "flag"),
    [
        (19, 0, "S"),
        (20, 0, "U"),
        (49, 0, "U"),
        (50, 0, ""),
        (500, 20, ""),
        (500, 21, "U"),
        (500, 51, "S"),
        (30, 51, "S"),
    ],
)
def test_eurostat_flags_by_cases_and_item_nonresponse(n: int, nonresponse: int, flag: str) -> None:
    assert status("eurostat", n, nonresponse=nonresponse) == flag


@pytest.mark.parametrize(("cv", "flag"), [(None, ""), (16.6, ""), (16.7, "U"), (33.3, "U"), (33.4, "S")])
def test_the_coefficient_of_variation_flags_where_the_profile_says_so(cv: float | None, flag: str) -> None:
    assert status("ilo_with_cv", 100, cv=cv) == flag


@pytest.mark.parametrize(
    ("n", "declared", "expected"),
    [
        (3, ["B"], "S"),
        (10, ["B"], "U"),
        (100, ["B"], "B"),
        (100, ["P", None], "P"),
        (100, ["P", "B"], "B"),
        (100, ["E", "I"], "I"),
    ],
)
def test_a_flag_hides_what_is_declared_and_a_break_the_rest(n: int, declared: list[str | None], expected: str) -> None:
    assert status("ilo", n, declared=declared) == expected


def test_statuses_hidden_by_a_graver_one_are_named_in_words() -> None:
    assert declared_status_note(load_reliability(), ["P", None, "B"]) == "break in series; provisional"
    assert declared_status_note(load_reliability(), [None]) == ""


def test_limits_that_contradict_each_other_are_refused() -> None:
    order = list("CSUBIEP")
    with pytest.raises(ValidationError, match="not_significant_below"):
        Reliability(reference="x", unreliable_below=5, not_significant_below=15, precedence=order)
    with pytest.raises(ValidationError, match="once"):
        Reliability(reference="x", unreliable_below=15, not_significant_below=5, precedence=order[:-1])


def test_every_status_of_both_spaces_has_one_in_the_other() -> None:
    ours = {"", *(code.code for code in load_codelist("CL_OBS_STATUS").codes)}
    maps = load_status_map()
    assert set(maps["ilo", "sdmx"]) == ours
    assert set(maps["sdmx", "ilo"]) == set(SDMX_CODES)
    assert set(maps["ilo", "sdmx"].values()) <= set(SDMX_CODES)
    assert set(maps["sdmx", "ilo"].values()) <= ours


def test_letters_that_both_use_for_different_things_are_translated() -> None:
    # SDMX: S strike, N not significant, M cannot exist, L not collected, Q suppressed
    assert [to_sdmx(code) for code in ("S", "N", "M", "L", "C", "U", "")] == ["N", "O", "E", "E", "Q", "U", "A"]
    assert [to_ilo(code) for code in ("S", "N", "M", "L", "Q", "U", "A")] == ["", "S", "X", "N", "C", "U", ""]


@pytest.mark.parametrize("code", ["", "B", "C", "E", "F", "I", "N", "P", "S", "U", "X"])
def test_statuses_are_translated_back_from_sdmx(code: str) -> None:
    assert to_ilo(to_sdmx(code)) == code


def test_a_status_of_neither_space_is_reported() -> None:
    with pytest.raises(DeclarationError, match="'q'"):
        to_sdmx("q")


def test_profiles_say_what_they_do_to_margins_and_counts() -> None:
    assert [is_additive(load_protection(name)) for name in ("none", "suppression", "rounding", "cell_key")] == [
        True, True, False, False,
    ]  # fmt: skip
    assert not withholds(load_protection("none"))
    assert withholds(load_protection("suppression_of_registers"))


def test_a_source_protects_nothing_unless_it_says_so_and_names_a_profile_that_exists(declare: Declare) -> None:
    assert declare().protection == "none"
    with pytest.raises(DeclarationError, match="no protection profile 'secret'"):
        declare(protection="secret")
    with pytest.raises(DeclarationError, match="no reliability profile 'strict'"):
        declare(reliability="strict")


def test_dominance_without_contributions_is_refused() -> None:
    profile = load_protection("suppression")
    assert isinstance(profile, Suppression)
    with pytest.raises(ValidationError, match="contributions"):
        Suppression.model_validate({**profile.model_dump(), "contributions": None})
