"""Numbers of another declaration, or of earlier software, stand and say so: three small registers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from small_register import COLUMNS
from three_registers import (
    FIRST,
    SECOND,
    THIRD,
    WAVES,
    ask,
    declare,
    numbers,
    permits,
    run,
    standing,
    three_registers,
)

from ilms.release.candidates import release_inputs
from ilms.release.publish import publish_release
from ilms.settings import Settings
from schemas.errors import IlmsError
from schemas.loader import _load
from schemas.partition import Partition
from warehouse.files import sha256


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    with three_registers(tmp_path_factory, monkeypatch) as settings:
        yield settings


def test_a_declaration_that_cannot_be_loaded_a_wave_or_source_that_is_gone_leave_their_numbers(
    house: Settings,
) -> None:
    before = numbers(house)
    folder = house.home.parent
    declare(folder, FIRST, text="kind: register\ntitle: [\n")
    declare(folder, SECOND, waves=("2024",))
    shutil.rmtree(folder / "sources" / "ZZZ")
    _load.cache_clear()
    with pytest.raises(IlmsError):
        run(house, THIRD)
    outcome = run(house, FIRST, SECOND)
    assert set(outcome.failed) == {FIRST}
    assert numbers(house) == before
    why = standing(house)
    assert why.pop(f"{SECOND}|2023") == f"{SECOND} no longer declares this wave."
    assert {why.pop(f"{THIRD}|{wave}") for wave in WAVES} == {f"No folder declares {THIRD} any more."}
    assert set(why) == {f"{FIRST}|2023", f"{FIRST}|2024"}
    assert all(reason.startswith("The declaration is wrong: ") for reason in why.values())
    titles = ask(house, "select distinct source_title from what_was_published where state = 'published'")
    assert titles == [("Small register of permits",)]
    covered = ask(house, f"select count(*) from availability where source = '{THIRD}' and state = 'published'")
    assert covered == [(2,)]


def test_a_comment_or_another_wave_changes_nothing_of_a_wave(house: Settings) -> None:
    """Mending one wave leaves the numbers of all others, in the release and as they are."""
    before = numbers(house)
    place = declare(house.home.parent, FIRST, citation="Small register, second edition")
    file = place / "source.yaml"
    file.write_text(f"# mended on Monday\n{file.read_text()}")
    columns = [line + ("," if at else ",2024") for at, line in enumerate(COLUMNS.splitlines())]
    (place / "columns.csv").write_text("\n".join([*columns[:-1], "permits.permits,Permits,Number"]) + "\n")
    assert house.mirror is not None
    (house.mirror / FIRST / "2024.csv").write_text(permits(555).replace("Permits", "Number"))
    _load.cache_clear()
    outcome = run(house, FIRST, waves=("2024",))
    assert outcome.failed == {}
    assert standing(house) == {}
    kept = [row for row in before if not (row[1] == f"FA:{FIRST}" and row[6] == "2024")]
    assert [row for row in numbers(house) if row in before] == kept
    assert len(numbers(house)) == len(before)


def test_numbers_of_an_earlier_declaration_or_software_stand_until_they_are_made_again(
    house: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = numbers(house)
    note = {"type": "Coverage", "text": {"en": "Without renewals"}}
    declare(house.home.parent, FIRST, notes=[note])
    run(house, FIRST, waves=("2024",))
    assert standing(house) == {f"{FIRST}|2023": "They come from an earlier declaration; `ilms run` makes them again."}
    assert len(numbers(house)) == len(before)
    run(house, FIRST)
    assert standing(house) == {}

    for module in ("pipeline.fingerprints", "release.standing", "pipeline.acceptance"):
        monkeypatch.setattr(f"ilms.{module}.rooms_hash", lambda *_: "of the next version")
    run(house, FIRST)
    assert set(standing(house).values()) == {"They come from earlier software; `ilms run` makes them again."}
    assert {key.partition("|")[0] for key in standing(house)} == {SECOND, THIRD}
    assert len(numbers(house)) == len(before)


def test_numbers_without_the_protection_that_is_asked_for_now_do_not_stand(house: Settings) -> None:
    declare(house.home.parent, FIRST, protection="suppression_of_registers")
    mirror = house.home.parent / "empty"
    mirror.mkdir()
    empty = Settings(home=house.home, mirror=mirror, release_rules="none")
    run(empty, FIRST)
    candidate = {
        each.partition.key: each
        for each in release_inputs(house.layout, house.profile, house.protection_seed).partitions
    }
    assert candidate[f"{FIRST}|2024"].state == "failed"
    assert "went through protection 'none', and this release asks for 'suppression_of_registers'" in (
        candidate[f"{FIRST}|2024"].reason
    )
    declare(house.home.parent, FIRST)
    candidate = {
        each.partition.key: each
        for each in release_inputs(house.layout, house.profile, house.protection_seed).partitions
    }
    assert candidate[f"{FIRST}|2024"].state == "ready"


def test_numbers_of_a_home_that_kept_no_acceptance_stand_too(house: Settings) -> None:
    """As an earlier version of the software left it: the release is the only record of what had passed."""
    before = numbers(house)
    shutil.rmtree(house.layout.accepted_folder())
    assert house.mirror is not None
    shutil.rmtree(house.mirror / FIRST)
    outcome = run(house, FIRST)
    assert set(outcome.failed) == {f"{FIRST}|2023", f"{FIRST}|2024"}
    assert numbers(house) == before
    assert standing(house) == {
        **outcome.failed,
        **{
            f"{source}|{wave}": "They come from earlier software; `ilms run` makes them again."
            for source in (SECOND, THIRD)
            for wave in WAVES
        },
    }


def test_a_column_that_earlier_software_did_not_know_is_empty_where_its_numbers_stand(house: Settings) -> None:
    """The file of the accepted numbers is written again without a column, as earlier software would have left it."""
    folder = house.layout.accepted(Partition(FIRST, "2023"))
    (unit,) = [file.parent for file in folder.glob("*/unit.json")]
    cells = unit / "cells.parquet"
    duckdb.sql(f"copy (select * exclude (degrees_of_freedom) from '{cells}') to '{cells}.new' (format parquet)")
    Path(f"{cells}.new").replace(cells)
    facts = json.loads((unit / "unit.json").read_text())
    facts["files"]["cells.parquet"] = sha256(cells)
    facts["facts"]["software"] = "earlier"
    (unit / "unit.json").write_text(json.dumps(facts))
    before = [row[0] for row in ask(house, "select obs_value from observation order by all")]
    publish_release(house)
    assert set(standing(house)) == {f"{FIRST}|2023"}
    assert [row[0] for row in ask(house, "select obs_value from observation order by all")] == before
