"""Published numbers stand until newer ones have passed everything, whatever fails: three small registers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from three_registers import (
    FIRST,
    SECOND,
    SOURCES,
    THIRD,
    WAVES,
    ask,
    deliver,
    numbers,
    permits,
    run,
    standing,
    three_registers,
)

from ilms.commands.report import partition_states
from ilms.release.publish import publish_release
from ilms.settings import Settings
from schemas.errors import PublishError
from schemas.partition import Partition
from warehouse.accepted import accepted_vintages
from warehouse.layout import Layout


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    with three_registers(tmp_path_factory, monkeypatch) as settings:
        yield settings


def test_a_fetch_that_fails_leaves_every_published_number(house: Settings) -> None:
    before = numbers(house)
    assert standing(house) == {}
    mirror = house.home.parent / "empty"
    mirror.mkdir()
    empty = Settings(home=house.home, mirror=mirror, release_rules="none")
    outcome = run(empty, FIRST)
    assert set(outcome.failed) == {f"{FIRST}|2023", f"{FIRST}|2024"}
    assert numbers(house) == before
    assert standing(house) == outcome.failed
    reported = {
        row[:2]: (row[2], row[6]) for row in partition_states(house.layout, house.profile, house.protection_seed)
    }
    assert reported[FIRST, "2023"][0] == "stands"
    assert "its numbers of 20" in reported[FIRST, "2023"][1]
    assert not publish_release(house).is_new, "the same once more is no new release"

    assert run(house).failed == {}
    assert numbers(house) == before
    assert standing(house) == {}


def test_a_file_that_is_refused_and_a_gate_not_passed_leave_them_too(house: Settings) -> None:
    before = numbers(house)
    mirror = house.mirror
    assert mirror is not None
    (mirror / FIRST / "2024.csv").write_text("Nationality,Permits\nNepal,many\n")
    (mirror / SECOND / "2024.csv").write_text("Nationality,Permits\nAtlantis,7\n")
    outcome = run(house)
    assert set(outcome.failed) == {f"{FIRST}|2024", f"{SECOND}|2024"}
    assert numbers(house) == before
    assert standing(house) == outcome.failed


def test_one_source_that_crashes_leaves_its_numbers_and_the_others_get_new_ones(
    house: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ilms.kinds.register import RegisterKind

    harmonise = RegisterKind.harmonise

    def crash(kind: RegisterKind, layout: Layout, source: Any, *arguments: Any, **named: Any) -> Any:
        if source.id == SECOND:
            raise ZeroDivisionError("nobody foresaw this")
        return harmonise(kind, layout, source, *arguments, **named)

    monkeypatch.setattr(RegisterKind, "harmonise", crash)
    before = numbers(house)
    for source in SOURCES:
        deliver(house, source, "2024", 555)
    outcome = run(house)
    assert set(outcome.failed) == {f"{SECOND}|2024"}
    assert standing(house) == outcome.failed
    assert "ZeroDivisionError" in outcome.failed[f"{SECOND}|2024"]
    totals = ask(house, "select source, max(obs_value) from observation where time = '2024' group by all order by 1")
    assert dict(totals) == {f"FA:{FIRST}": 1665.0, f"FA:{SECOND}": 606.0, f"FA:{THIRD}": 1665.0}
    assert len(numbers(house)) == len(before)


def test_checks_in_the_release_are_of_its_numbers_and_those_of_an_attempt_are_called_so(
    house: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ilms.pipeline import stages

    def fail(*_: Any, **__: Any) -> Any:
        raise PublishError("the estimates cannot be made")

    assert house.mirror is not None
    (house.mirror / FIRST / "2024.csv").write_text(f"{permits(555)}Fiji,7\n")
    monkeypatch.setattr(stages, "estimate_core", fail)
    before = ask(house, "select source, wave, stage, check_id, success, observed from quality_result order by all")
    assert set(run(house).failed) == {f"{FIRST}|2024"}
    kept = "select source, wave, stage, check_id, success, observed from quality_result where belongs_to = 'published'"
    assert ask(house, f"{kept} order by all") == before
    refused = ask(house, "select distinct source, wave, stage from quality_result where belongs_to = 'refused'")
    assert refused == [(FIRST, "2024", "flows")]
    docs = house.layout.data_docs()
    index = " ".join((docs / "index.html").read_text(encoding="utf-8").split())
    assert "flow records</a> of an attempt" in index
    attempt = (docs / FIRST / "2024.flows.attempt.html").read_text(encoding="utf-8")
    assert "These checks are of an attempt. None of its numbers is in a release." in attempt


def test_a_vintage_is_compared_with_those_that_passed(house: Settings) -> None:
    partition = Partition(FIRST, "2024")
    (first,) = accepted_vintages(house.layout, partition)
    assert (first.records, first.bytes) == (2, len(permits(102)))
    assert house.mirror is not None
    (house.mirror / FIRST / "2024.csv").write_text("Nationality,Permits\nAtlantis,7\n")
    assert run(house).failed
    deliver(house, FIRST, "2024", 1_000)
    assert run(house).failed == {}
    assert [each.bytes for each in accepted_vintages(house.layout, partition)] == [first.bytes, len(permits(1_000))]


def test_numbers_that_earlier_software_accepted_stand_when_their_source_is_no_longer_declared(house: Settings) -> None:
    """What that software kept of the source lacks the columns that came later."""
    before = numbers(house)
    for wave in WAVES:
        (facts,) = house.layout.accepted(Partition(THIRD, wave)).glob("*/unit.json")
        kept = json.loads(facts.read_text())
        for row in kept["facts"]["sources"]:
            del row["coverage_fr"], row["coverage_es"]
        facts.write_text(json.dumps(kept))
    assert house.mirror is not None
    shutil.rmtree(house.mirror.parent / "sources" / THIRD.replace(".", "/"))
    deliver(house, FIRST, "2024", 105)
    assert run(house, FIRST, SECOND).failed == {}
    mine = f"FA:{THIRD}"
    assert [row for row in numbers(house) if mine in row] == [row for row in before if mine in row] != []
    assert ask(house, f"select coverage, coverage_fr from source where source = '{mine}'") == [("", None)]
