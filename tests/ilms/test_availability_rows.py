"""What becomes of an indicator about which no stage decided: another kind of record, or a wave that failed."""

from __future__ import annotations

import pytest

from ilms.release.availability import availability_rows, broken_rows
from schemas.availability import load_availability_reasons
from schemas.catalogue import all_indicators, known_indicators
from schemas.partition import Partition
from warehouse.release.inputs import ReleasePartition

SKIPPED = ReleasePartition(
    Partition("NRU.permits", "2024"), "skipped", icls_basis="", synthetic=False, reason="It was never run."
)


def reported(kind: str, indicator: str) -> tuple[object, ...]:
    (row,) = [row for row in availability_rows(kind, SKIPPED, ()) if row["indicator"] == indicator]
    return row["state"], row["reason_code"], row["reason"]


@pytest.mark.parametrize(
    ("kind", "indicator", "code"),
    [
        ("register", "MNA_OEMP_SEX_CDS_NB", "partition_skipped"),
        ("register", "MST_TEMP_SEX_AGE_CBR_NB", "needs_survey"),
        ("survey", "MST_TEMP_SEX_AGE_CBR_NB", "partition_skipped"),
        ("survey", "REG_PERI_CCT_NB", "needs_register"),
        ("survey", "MST_XWAP_SEX_AGE_MIG_NB", "needs_regional"),
        ("regional", "MST_TEMP_SEX_AGE_CBR_NB", "needs_national"),
        ("survey", "INJ_FATL_SEX_MIG_RT", "needs_events"),
        ("register", "SDG_F881_SEX_MIG_RT", "needs_events"),
        ("survey", "INJ_DAYS_SEX_MIG_NB", "needs_other_source"),
    ],
)
def test_a_wave_without_numbers_says_what_each_indicator_lacks(kind: str, indicator: str, code: str) -> None:
    state, reason_code, reason = reported(kind, indicator)
    assert (state, reason_code) == ("not_produced", code)
    assert reason == SKIPPED.reason or code != "partition_skipped"


def test_a_series_that_nobody_feeds_says_which_source_it_needs() -> None:
    _, _, reason = reported("survey", "INJ_DAYS_SEX_MIG_NB")
    assert "occupational injuries" in str(reason)


def test_every_indicator_is_reported_in_every_kind_of_source() -> None:
    for kind in ("survey", "register", "events", "corridors", "published", "regional"):
        rows = list(availability_rows(kind, SKIPPED, ()))
        assert {row["indicator"] for row in rows} == known_indicators() > set(all_indicators())
        assert all(row["state"] == "not_produced" and row["reason_code"] in load_availability_reasons() for row in rows)


def test_a_source_whose_declaration_is_wrong_is_in_the_matrix_without_waves() -> None:
    rows = list(broken_rows("NRU.broken", "1 fault(s) in the declaration of NRU.broken"))
    assert {(row["wave"], row["reason_code"]) for row in rows} == {("", "declaration_wrong")}
    assert {row["indicator"] for row in rows} == known_indicators()
