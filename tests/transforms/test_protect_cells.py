"""The stage on partitions: person records and their estimates in, what may be published out."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from small_protected import PERSONS_DESIGN, QUANTITIES, SEED, Files, people
from small_source import Declare, RawTable

from schemas.errors import DeclarationError, GateError
from schemas.indicators import load_catalogue
from schemas.protection import Suppression, load_protection
from schemas.tables import OBSERVATION_KEY
from transforms.duck import connect
from transforms.protect.publication import withheld_numbers, write_withheld
from transforms.protect.stage import audit
from transforms.protect.structure.records import read_structure
from transforms.relation import create_table, create_view


@pytest.fixture
def files(declare: Declare, raw_table: RawTable, tmp_path: Path) -> Files:
    return Files(declare(design=PERSONS_DESIGN), raw_table(people()), tmp_path)


def test_withheld_rows_are_empty_and_the_others_are_as_estimated(files: Files) -> None:
    estimated, published = files.rows(files.cells), files.rows(files.protect("suppression"))
    assert len(estimated) == len(published)
    withheld = [row for row in published if row["obs_status"] == "C"]
    assert 0 < len(withheld) < len(published)
    assert all(row[name] is None for row in withheld for name in QUANTITIES)
    for before, after in zip(estimated, published, strict=True):
        if after["obs_status"] != "C":
            assert all(before[name] == after[name] for name in (*OBSERVATION_KEY, *QUANTITIES, "obs_status"))
        assert "Confidentiality: status C is withheld" in str(after["note_indicator"])


def test_no_small_count_is_left_and_rates_follow_their_counts(files: Files) -> None:
    published = files.rows(files.protect("suppression"))
    profile = load_protection("suppression")
    assert isinstance(profile, Suppression)
    limit = profile.minimum_frequency
    counts = {tuple(row[key] for key in OBSERVATION_KEY[2:6]): row for row in published}
    for (indicator, *key), row in counts.items():
        assert row["n"] is None or row["n"] == 0 or row["n"] >= limit or indicator.endswith("_RT")
        number = counts.get((indicator.replace("_RT", "_NB"), *key))
        if indicator.endswith("_RT") and number is not None and number["obs_status"] == "C":
            assert row["obs_status"] == "C"


def test_the_same_number_is_withheld_wherever_it_stands(files: Files) -> None:
    published = files.rows(files.protect("suppression"))
    status = {tuple(row[key] for key in OBSERVATION_KEY[2:6]): row["obs_status"] for row in published}
    for (indicator, sex, age, born), found in status.items():
        if age == "AGE_AGGREGATE_TOTAL":
            assert (found == "C") == (status[indicator, sex, "AGE_YTHADULT_YGE15", born] == "C")
        if born == "CBR_BIR_TOTAL":
            other = indicator.replace("_CBR_", "_CCT_")
            assert (found == "C") == (status[other, sex, age, "CCT_CIT_TOTAL"] == "C")


def test_no_digit_of_a_withheld_number_reaches_the_file(files: Files) -> None:
    estimated, output = files.rows(files.cells), files.protect("suppression")
    published = files.rows(output)
    texts = "\n".join(str(value) for row in published for value in row.values())
    kept = {row["obs_value"] for row in published}
    secret = [
        repr(before["obs_value"])
        for before, after in zip(estimated, published, strict=True)
        if after["obs_status"] == "C" and before["obs_value"] not in kept and len(repr(before["obs_value"])) > 8
    ]
    assert len(secret) > 20
    content = output.read_bytes()
    doubles = {float(value).hex() for value in kept if value is not None}
    for value in secret:
        assert value not in texts
        assert value.encode() not in content
        assert float(value).hex() not in doubles


@pytest.mark.slow
def test_protection_writes_the_same_bytes_again(files: Files) -> None:
    once, again = files.protect("suppression"), files.protect("suppression", "again", again=True)
    assert once.read_bytes() == again.read_bytes()


def test_the_audit_fails_a_table_that_is_withheld_too_little(files: Files) -> None:
    """Only the unsafe numbers are withheld: every one of them follows from its margins."""
    profile = load_protection("suppression")
    assert isinstance(profile, Suppression)
    output = files.folder / "leaky.parquet"
    with connect() as connection:
        core = create_view(connection, "core", f"from '{files.core}'")
        cells = create_table(connection, "cells", f"from '{files.cells}'")
        structure = read_structure(core, cells, load_catalogue()).structure
        cases = structure.sums(structure.atoms.cases)
        unsafe = frozenset(i for i, n in enumerate(cases) if 0 < n < profile.minimum_frequency)
        write_withheld(cells, withheld_numbers(structure, unsafe), profile, output)
        with pytest.raises(GateError, match="can be worked out from what would be published") as caught:
            audit(connection, structure, profile, output, squares=True)
        _, *words = caught.value.what.split()  # after how many there are
        assert not any(f"{n:g}" in words for n in cases if n > 20)


@pytest.mark.parametrize("column", QUANTITIES)
def test_the_audit_fails_a_withheld_row_that_holds_anything(files: Files, column: str) -> None:
    profile = load_protection("suppression")
    assert isinstance(profile, Suppression)
    published, spoiled = files.protect("suppression"), files.folder / "spoiled.parquet"
    duckdb.sql(f"""
        copy (select * replace (case when obs_status = 'C' then 1 else {column} end as {column}) from '{published}')
        to '{spoiled}' (format parquet)
    """)
    with connect() as connection:
        core = create_view(connection, "core", f"from '{files.core}'")
        cells = create_table(connection, "cells", f"from '{files.cells}'")
        structure = read_structure(core, cells, load_catalogue()).structure
        with pytest.raises(GateError, match="still holds a quantity"):
            audit(connection, structure, profile, spoiled, squares=True)


def test_profile_none_publishes_the_estimates_as_they_are(files: Files) -> None:
    assert files.protect("none").read_bytes() == files.cells.read_bytes()


def test_rounded_counts_are_multiples_and_values_are_round_by_themselves(files: Files) -> None:
    published = files.rows(files.protect("rounding"))
    counts = [row for row in published if row["indicator"].endswith("_NB")]
    assert {row["n"] % 5 for row in counts} == {0}
    assert {round(row["obs_value"] * 1000) % 1000 for row in counts} == {0}  # 5 cases of some 160 persons each
    assert len({(row["n"], row["obs_value"]) for row in counts}) > len({row["n"] for row in counts})


@pytest.mark.parametrize("profile", ["rounding", "cell_key"])
def test_rates_follow_from_published_parts_and_lie_within_a_hundred(files: Files, profile: str) -> None:
    published = files.rows(files.protect(profile))
    counts = {tuple(row[key] for key in OBSERVATION_KEY[2:6]): row["obs_value"] for row in published}
    rates = {key: value for key, value in counts.items() if str(key[0]).endswith("_AGE_CBR_RT")}
    assert len(rates) > 100
    for (rate, *classes), value in rates.items():
        whole = "TEAP" if "TUNE" in rate else "XWAP"
        part, base = counts[rate.replace("_RT", "_NB"), *classes], counts[f"MST_{whole}_SEX_AGE_CBR_NB", *classes]
        assert 0 <= value <= 100
        assert value == pytest.approx(min(100 * part / base, 100))
    assert 100 in rates.values()


def test_cell_keys_move_a_number_the_same_way_in_every_table(files: Files) -> None:
    before, after = files.rows(files.cells), files.rows(files.protect("cell_key"))
    counts = {tuple(row[key] for key in OBSERVATION_KEY[2:6]): row for row in after}
    by_birth = counts["MST_TEMP_SEX_AGE_CBR_NB", "SEX_T", "AGE_AGGREGATE_TOTAL", "CBR_BIR_TOTAL"]
    by_citizenship = counts["MST_TEMP_SEX_AGE_CCT_NB", "SEX_T", "AGE_YTHADULT_YGE15", "CCT_CIT_TOTAL"]
    assert (by_birth["n"], by_birth["obs_value"]) == (by_citizenship["n"], by_citizenship["obs_value"])
    true_cases = {tuple(row[key] for key in OBSERVATION_KEY[2:6]): row["n"] for row in before}
    moves = {row["n"] - true_cases[key] for key, row in counts.items()}
    assert {-2, -1, 0, 1, 2} <= moves <= {*range(-10, 11)}
    assert not {1, 2} & {row["n"] for row in after}
    assert all(row["n"] == 0 for key, row in counts.items() if true_cases[key] == 0)


@pytest.mark.parametrize("profile", ["rounding", "cell_key"])
def test_perturbed_numbers_have_no_standard_error_and_say_why(files: Files, profile: str) -> None:
    for row in files.rows(files.protect(profile)):
        assert row["se"] is row["cv"] is row["lower_bound"] is row["upper_bound"] is row["degrees_of_freedom"] is None
        assert "Standard error: not given: it would disclose the numbers" in str(row["note_indicator"])


def test_another_seed_gives_other_numbers_and_none_gives_an_error(files: Files) -> None:
    one, other = files.protect("cell_key", "one"), files.protect("cell_key", "other", seed=SEED[::-1])
    assert [row["n"] for row in files.rows(one)] != [row["n"] for row in files.rows(other)]
    assert SEED.encode() not in one.read_bytes()
    with pytest.raises(DeclarationError, match="secret seed"):
        files.protect("cell_key", "none", seed=None)


def test_an_unknown_profile_is_reported_with_those_there_are(files: Files) -> None:
    with pytest.raises(DeclarationError, match="cell_key"):
        files.protect("hidden")
