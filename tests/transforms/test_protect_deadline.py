"""An attack that does not come to its end in time stops what was to be published."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from protection_examples import group, three_by_three
from small_departures import PARTITION, Departures
from small_register import SmallRegister

from schemas.errors import GateError
from schemas.protection import Suppression, load_protection
from transforms.protect import attack_published, stage
from transforms.protect.attack.attack import Attack, Need
from transforms.protect.attack.deadline import Deadline
from transforms.protect.attack.system import Publication
from transforms.protect.combinations import with_combinations
from transforms.protect.differences import with_left_over

PROFILE = "suppression_of_registers"
COUNTS = [[2, 20, 30], [15, 25, 40], [30, 35, 45]]


class JustEnough(Deadline):
    """There is hardly any time left when the next programme begins."""

    def left(self) -> float:
        return 1e-12


def attack(deadline: Deadline) -> Attack:
    table = three_by_three(COUNTS)
    hidden = [group(table, region, branch) for region in ("north", "middle") for branch in ("farm", "shop")]
    return Attack(table, Publication.without(table, hidden), deadline=deadline)


@pytest.mark.parametrize("kind", [Deadline, JustEnough])
def test_nothing_is_found_safe_when_the_time_is_up(kind: type[Deadline]) -> None:
    table = three_by_three(COUNTS)
    late = attack(kind.after(0, "ABC.lfs|2024, 16 numbers"))
    with pytest.raises(GateError, match="did not finish within 0 seconds") as caught:
        late.finds_none([Need(group(table, "north", "farm"), 3)])
    assert caught.value.where == "ABC.lfs|2024, 16 numbers"
    assert not np.any(late.seen)


def test_in_time_the_same_number_is_safe() -> None:
    table = three_by_three(COUNTS)
    assert attack(Deadline.after(60, "")).finds_none([Need(group(table, "north", "farm"), 3)])


def test_sets_that_no_number_counts_are_looked_for_no_longer_than_allowed() -> None:
    table, profile, late = three_by_three(COUNTS), load_protection(PROFILE), Deadline.after(0, "")
    assert isinstance(profile, Suppression)
    everything = Publication.without(table, ())
    with pytest.raises(GateError, match="did not finish"):
        with_left_over(table, everything.disclosed, profile, deadline=late)
    with pytest.raises(GateError, match="did not finish"):
        with_combinations(table, everything, profile, deadline=late)


@pytest.fixture
def departures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Departures:
    return Departures(SmallRegister(tmp_path, monkeypatch), protection=PROFILE)


def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    profile = load_protection(PROFILE)
    assert isinstance(profile, Suppression)
    short = profile.model_copy(update={"attack_time_out_seconds": 1e-9})
    monkeypatch.setattr(stage, "load_protection", lambda _: short)


def test_numbers_that_cannot_be_protected_in_time_are_not_written(
    departures: Departures, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurried(monkeypatch)
    with pytest.raises(GateError) as caught:
        departures.protect()
    assert not departures.published.exists()
    assert caught.value.where.startswith("ZZZ.permits|2024, 24 numbers of ")
    assert "`attack_time_out_seconds`" in caught.value.remedy


def test_a_release_that_cannot_be_attacked_in_time_does_not_leave(
    departures: Departures, monkeypatch: pytest.MonkeyPatch
) -> None:
    departures.protect()
    hurried(monkeypatch)
    with pytest.raises(GateError, match="did not finish within"):
        attack_published(
            departures.published,
            departures.core,
            departures.records,
            PARTITION,
            PROFILE,
            departures.work,
        )
