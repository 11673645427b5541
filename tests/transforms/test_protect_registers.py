"""Protection of a register: departures by country and sex, where one woman went to Malta and two to Fiji."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from small_departures import COUNTRIES, PARTITION, SKILLS, Departures
from small_register import SmallRegister

from schemas.errors import GateError
from schemas.protection import Perturbation, load_protection
from transforms.duck import connect
from transforms.protect import attack_published
from transforms.protect.attack.attack import Attack, Need
from transforms.protect.attack.system import Publication
from transforms.protect.structure.flow_records import read_flow_structure
from transforms.relation import create_table, create_view

PROFILE = "suppression_of_registers"
Key = tuple[str, str]


@pytest.fixture
def departures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Departures:
    return Departures(SmallRegister(tmp_path, monkeypatch))


def numbers(file: Path) -> dict[Key, tuple[float | None, str]]:
    rows = duckdb.execute(f"select sex, classif1, n, obs_status from '{file}'").fetchall()
    return {(sex, code): (n, status) for sex, code, n, status in rows}


def withhold(departures: Departures, *keys: Key) -> Path:
    """The numbers as they are, but for some that are withheld."""
    listed = ", ".join(f"('{sex}', '{code}')" for sex, code in keys)
    hidden = f"(sex, classif1) in ({listed})"
    duckdb.sql(f"""
        copy (
            select * replace (
                case when not {hidden} then n end as n,
                case when not {hidden} then obs_value end as obs_value,
                case when {hidden} then 'C' else obs_status end as obs_status
            ) from '{departures.cells}'
        ) to '{departures.published}' (format parquet)
    """)
    return departures.published


def attack(departures: Departures) -> None:
    attack_published(departures.published, departures.core, departures.records, PARTITION, PROFILE, departures.work)


def test_few_women_are_withheld_with_others_that_would_reveal_them(departures: Departures) -> None:
    report = departures.protect()
    found = numbers(departures.published)
    withheld = {key for key, (_, status) in found.items() if status == "C"}
    assert report.unsafe == 2
    assert {("SEX_F", "CDS_DES_MLT"), ("SEX_F", "CDS_DES_FJI")} <= withheld
    assert withheld & {("SEX_M", "CDS_DES_MLT"), ("SEX_T", "CDS_DES_MLT")}  # women are both less men
    assert all((n is None) == (status == "C") for n, status in found.values())
    assert found["SEX_T", "CDS_DES_TOTAL"] == (231, "")
    attack(departures)


def test_two_that_are_withheld_alone_follow_from_both_sexes_less_men(departures: Departures) -> None:
    withhold(departures, ("SEX_F", "CDS_DES_MLT"), ("SEX_F", "CDS_DES_FJI"))
    with pytest.raises(GateError, match="can be worked out") as caught:
        attack(departures)
    assert "CDS_DES_MLT" in str(caught.value.where)
    assert PARTITION.key in str(caught.value.where)


def test_a_number_that_is_not_withheld_at_all_is_found(departures: Departures) -> None:
    withhold(departures, ("SEX_F", "CDS_DES_MLT"), ("SEX_M", "CDS_DES_MLT"), ("SEX_T", "CDS_DES_MLT"))
    with pytest.raises(GateError, match="can be worked out"):
        attack(departures)


def test_two_tables_with_the_same_sums_reveal_each_other(departures: Departures) -> None:
    """Women by country are hidden with their total; the total by skill is the same number."""
    with connect() as connection:
        core = create_view(connection, "core", f"from '{departures.core}'")
        cells = create_table(connection, "cells", f"from '{departures.cells}'")
        structure = read_flow_structure(core, cells, departures.source, PARTITION).structure
    groups = {(*number.key[:2],): structure.index[number.counted] for number in structure.numbers}
    hidden = [groups[sex, code] for sex in ("SEX_F", "SEX_M") for code in ("CDS_DES_TOTAL", "CDS_DES_MLT")]
    wanted = Need(groups["SEX_F", "CDS_DES_TOTAL"], 1)
    reported = Publication.without(structure, hidden)
    assert [each.group for each in Attack(structure, reported).too_close([wanted])] == [wanted.group]
    hidden += [groups[sex, code] for sex in ("SEX_F", "SEX_M") for code in ("OCU_SKILL_TOTAL", "OCU_SKILL_L3-4")]
    hidden += [groups[sex, "OCU_SKILL_L1"] for sex in ("SEX_F", "SEX_M")]
    assert Attack(structure, Publication.without(structure, hidden)).too_close([wanted]) == []


@pytest.mark.parametrize("profile", ["rounding", "cell_key"])
def test_counts_are_perturbed_by_declaration(departures: Departures, profile: str) -> None:
    """Empty combinations have no row, so that one of zero departures would tell that there are some."""
    declared = load_protection(profile)
    assert isinstance(declared, Perturbation)
    noise, before = declared.counts, numbers(departures.cells)
    departures.protect(profile)
    after = {key: n or 0 for key, (n, _) in numbers(departures.published).items()}
    true_counts = {key: n or 0 for key, (n, _) in before.items()}
    assert all(true_counts[key] <= noise.maximum for key in true_counts.keys() - after.keys())
    assert len({n - true_counts[key] for key, n in after.items()}) > 3
    assert all(abs(n - true_counts[key]) <= noise.maximum for key, n in after.items())
    assert all(n >= noise.smallest and n % noise.multiples_of == 0 for n in after.values())


def test_one_departure_more_changes_the_noise_of_everything_it_is_in(departures: Departures) -> None:
    """With the noise of the year before, the difference of two years would be exact."""
    departures.protect("cell_key")
    before, true_before = numbers(departures.published), numbers(departures.cells)
    departures.count(COUNTRIES.replace("M,Kuwait,70", "M,Kuwait,71"), SKILLS.replace("M,high,60", "M,high,61"))
    departures.protect("cell_key")
    after, true_after = numbers(departures.published), numbers(departures.cells)
    moves, moves_after = (
        {key: (n or 0) - (true[key][0] or 0) for key, (n, _) in given.items()}
        for given, true in ((before, true_before), (after, true_after))
    )
    changed = {key for key in true_before if true_before[key] != true_after[key]}
    assert {(sex, code) for sex in ("SEX_M", "SEX_T") for code in ("CDS_DES_KWT", "CDS_DES_TOTAL")} <= changed
    assert any(moves[key] != moves_after[key] for key in changed)
    assert all(moves.get(key) == moves_after.get(key) for key in true_before.keys() - changed)


@pytest.mark.parametrize("profile", ["rounding", "cell_key"])
def test_tables_that_count_the_same_departures_get_the_same_noise(departures: Departures, profile: str) -> None:
    """By sex their sums agree, as declared: the average of both would be closer to the truth than either."""
    departures.protect(profile)
    after = numbers(departures.published)
    for sex in ("SEX_T", "SEX_M", "SEX_F"):
        assert after[sex, "CDS_DES_TOTAL"] == after[sex, "OCU_SKILL_TOTAL"]


@pytest.mark.parametrize("change", ["n + 1 as n", "0.5 as se", "231.0 as upper_bound"])
def test_a_perturbed_release_with_numbers_that_are_not_is_stopped(departures: Departures, change: str) -> None:
    departures.protect("rounding")
    attack_published(departures.published, departures.core, departures.records, PARTITION, "rounding", departures.work)
    spoiled = departures.folder / "spoiled.parquet"
    duckdb.sql(f"copy (select * replace ({change}) from '{departures.published}') to '{spoiled}' (format parquet)")
    with pytest.raises(GateError, match="not as the protection"):
        attack_published(spoiled, departures.core, departures.records, PARTITION, "rounding", departures.work)
