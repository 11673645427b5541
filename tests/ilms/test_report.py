"""What people read at the end of a run."""

from __future__ import annotations

from ilms.commands.report import availability_line, shortened, skipped_lines, standing_lines, warning_lines
from warehouse.release.manifest import PartitionOutcome


def outcome(source: str, wave: str, state: str, reason: str) -> PartitionOutcome:
    return PartitionOutcome(
        source=source,
        wave=wave,
        state=state,
        reason=reason,
        vintage=None,
        persons=None,
        cells=0,
        icls_basis="13",
        synthetic=False,
    )


def test_skipped_partitions_of_one_reason_share_a_line() -> None:
    outcomes = (
        outcome("ZZZ.one", "2023", "skipped", "No mirror."),
        outcome("ZZZ.one", "2024", "skipped", "No mirror."),
        outcome("NRU.two", "2024", "skipped", "No mirror."),
        outcome("NRU.three", "2024", "skipped", "It was never run."),
        outcome("NRU.four", "2024", "failed", "A bad file."),
    )
    assert list(skipped_lines(outcomes)) == [
        "skipped: ZZZ.one (2), NRU.two. No mirror.",
        "skipped: NRU.three. It was never run.",
    ]


def test_numbers_that_stand_are_reported_by_source_with_their_date_and_the_reason() -> None:
    stands = {"standing_since": "2026-11-30T09:00:00+00:00"}
    outcomes = [
        outcome("ZZZ.one", "2023", "published", "The server did not answer.").model_copy(update=stands),
        outcome("ZZZ.one", "2024", "published", "The server did not answer.").model_copy(update=stands),
        outcome("ZZZ.one", "2025", "published", ""),
    ]
    assert list(standing_lines(tuple(outcomes))) == [
        "stands: ZZZ.one 2023, 2024, numbers of 2026-11-30. The server did not answer."
    ]


def test_warnings_are_reported_by_source_with_their_number_text_and_waves() -> None:
    warnings = {
        "ZZZ.one|2023": ["age unknown for 25 per cent of persons"],
        "ZZZ.one|2024": ["age unknown for 25 per cent of persons", "nobody is unemployed"],
        "NRU.two|2024": [f"warning {number}" for number in range(9)],
    }
    one, two = warning_lines(warnings)
    assert one == "ZZZ.one: 3 warnings. 2023, 2024: age unknown for 25 per cent of persons; 2024: nobody is unemployed"
    assert two.startswith("NRU.two: 9 warnings. 2024: warning 0; ")
    assert two.endswith("2024: warning 5; and 3 more, all in Data Docs")


def test_a_long_reason_is_cut_at_a_word() -> None:
    assert shortened("short") == "short"
    assert shortened("word " * 50, width=12) == "word word ..."


def test_availability_is_counted_by_state_best_first() -> None:
    reported = availability_line({"not_produced": 6876, "totals_only": 148, "published": 77})
    assert reported.startswith("Indicator by source by wave: 77 published, 148 totals only, 6,876 not produced;")
