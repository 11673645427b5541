"""Only a person withdraws published numbers, with a reason, and lets them in again: three small registers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from three_registers import (
    FIRST,
    ask,
    deliver,
    numbers,
    run,
    states,
    three_registers,
)

from ilms.cli import restore, withdraw
from ilms.settings import Settings
from schemas.errors import PublishError
from schemas.partition import Partition
from warehouse.withdrawal import decide


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    with three_registers(tmp_path_factory, monkeypatch) as settings:
        yield settings


def test_only_a_person_takes_numbers_out_and_lets_them_in_again(
    house: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = numbers(house)
    monkeypatch.setenv("ILMS_HOME", str(house.home))
    monkeypatch.setenv("ILMS_MIRROR", str(house.mirror))
    withdraw(FIRST, ["2023"], why="The ministry counts it again", by="A. Statistician")
    left = [row for row in before if not (row[1] == f"FA:{FIRST}" and row[6] == "2023")]
    assert numbers(house) == left
    state, since, reason = states(house)[f"{FIRST}|2023"]
    assert (state, since) == ("withdrawn", None)
    assert reason.startswith("Withdrawn on 20")
    assert reason.endswith("by A. Statistician: The ministry counts it again.")
    page = (house.layout.data_docs() / FIRST / "2023.flow_cells.html").read_text(encoding="utf-8")
    assert "Not published: withdrawn." in page

    deliver(house, FIRST, "2023", 400)
    assert run(house).failed == {}, "it runs, and what passes is kept for the day of its return"
    assert numbers(house) == left
    with pytest.raises(PublishError, match="withdrawn already"):
        decide(house.layout, Partition(FIRST, "2023"), "withdrawn", by="B", why="again")

    restore(FIRST, ["2023"], why="Counted again", by="A. Statistician")
    assert states(house)[f"{FIRST}|2023"] == ("published", None, "")
    assert len(numbers(house)) == len(before)
    (total,) = ask(house, f"select max(obs_value) from observation where source = 'FA:{FIRST}' and time = '2023'")
    assert total == (1200.0,)


def test_a_withdrawal_says_why_and_names_what_was_published(house: Settings) -> None:
    with pytest.raises(PublishError, match="no release holds numbers of ZZZ.other"):
        decide(house.layout, Partition("ZZZ.other", "2024"), "withdrawn", by="A", why="wrong")
    with pytest.raises(PublishError, match="needs a reason"):
        decide(house.layout, Partition(FIRST, "2024"), "withdrawn", by="A", why=" ")
    with pytest.raises(PublishError, match="is not withdrawn"):
        decide(house.layout, Partition(FIRST, "2024"), "restored", by="A", why="right")
