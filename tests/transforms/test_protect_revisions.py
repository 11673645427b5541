"""A survey is revised: what a guarded release may give of it beside the one that readers have seen."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest
from small_source import Declare, RawTable
from test_protect_cells import PERSONS_DESIGN, SEED, SMALL, people

from schemas.errors import GateError
from schemas.survey import Survey
from schemas.tables import OBSERVATION_KEY
from transforms.estimate import estimate
from transforms.harmonise import harmonise
from transforms.protect import Earlier, ProtectedPersons, attack_published, protect_cells

Persons = list[tuple[str, ...]]
KEY = ", ".join(OBSERVATION_KEY)
WEIGHT, ACTIVITY = 3, 7


def with_value(person: tuple[str, ...], column: int, value: str) -> tuple[str, ...]:
    return (*person[:column], value, *person[column + 1 :])


def heavier(person: tuple[str, ...], factor: float) -> tuple[str, ...]:
    return with_value(person, WEIGHT, f"{float(person[WEIGHT]) * factor:.6f}")


def one_less(persons: Persons) -> Persons:
    return persons[:-1]


def calibrated_anew(persons: Persons) -> Persons:
    """Every weight is another one."""
    draw = random.Random(7)
    return [heavier(each, draw.uniform(0.97, 1.05)) for each in persons]


def doubled(persons: Persons) -> Persons:
    return [heavier(each, 2) if at < 40 else each for at, each in enumerate(persons)]


def corrected(persons: Persons) -> Persons:
    """One person outside the labour force was unemployed."""
    at = next(at for at, each in enumerate(persons) if each[ACTIVITY] == "3")
    return [*persons[:at], with_value(persons[at], ACTIVITY, "2"), *persons[at + 1 :]]


@dataclass
class Office:
    """A survey whose guarded numbers are released, version after version."""

    source: Survey
    raw_table: RawTable
    folder: Path
    profile: str = "suppression"
    records: list[Path] = field(default_factory=list)

    @property
    def told(self) -> Path:
        return self.folder / "told.parquet"

    @property
    def earlier(self) -> Earlier | None:
        return Earlier(self.told, tuple(self.records)) if self.told.is_file() else None

    def make(self, persons: Persons, name: str, earlier: Earlier | None) -> tuple[Path, Path]:
        """The records and the protected numbers of a version."""
        core, cells, output = (self.folder / f"{name}.{what}.parquet" for what in ("core", "cells", "published"))
        work = self.folder / "work"
        work.mkdir(exist_ok=True)
        harmonise(self.source, SMALL, self.raw_table(persons), core)
        estimate(self.source, SMALL, core, cells, vintage=name)
        records = ProtectedPersons(self.source)
        protect_cells(cells, core, records, SMALL, self.profile, output, work, earlier=earlier, seed=SEED)
        return core, output

    def release(self, persons: Persons) -> Path:
        """Release a first version."""
        core, output = self.make(persons, "first", None)
        rows = f"select {KEY}, obs_status, n, obs_value, 'suppression' as method from '{output}'"
        duckdb.execute(f"copy ({rows}) to '{self.told}' (format parquet)")
        self.records.append(core)
        return output

    def revise(self, persons: Persons) -> Path:
        """The numbers of a second version, made beside the first and attacked together with it."""
        core, output = self.make(persons, "second", self.earlier)
        self.attack(core, output)
        return output

    def attack(self, core: Path, output: Path) -> None:
        records, work = ProtectedPersons(self.source), self.folder / "work"
        attack_published(output, core, records, SMALL, self.profile, work, earlier=self.earlier)


@pytest.fixture
def office(declare: Declare, raw_table: RawTable, tmp_path: Path) -> Office:
    return Office(declare(design=PERSONS_DESIGN), raw_table, tmp_path)


def rows(one: Path, other: Path, where: str) -> int:
    query = f"select count(*) from '{one}' as before inner join '{other}' as after using ({KEY}) where {where}"
    return int(duckdb.execute(query).fetchall()[0][0])


def test_weights_of_all_persons_may_be_revised(office: Office) -> None:
    """What was withheld stays withheld, and nearly all else is given anew."""
    first = office.release(people())
    second = office.revise(calibrated_anew(people()))
    assert rows(first, second, "before.obs_status = 'C' and after.obs_status <> 'C'") == 0
    given = rows(first, second, "before.obs_status <> 'C'")
    again = rows(first, second, "before.obs_status <> 'C' and after.obs_status <> 'C'")
    assert 0.8 * given <= again
    assert rows(first, second, "before.obs_value > 0 and before.obs_value <> after.obs_value") > 0.5 * again


@pytest.mark.parametrize("revised", [one_less, doubled, corrected])
def test_a_revision_that_tells_of_few_persons_is_not_published(
    office: Office, revised: Callable[[Persons], Persons]
) -> None:
    """Too much would have to be withheld: the numbers that readers have stand."""
    office.release(people())
    with pytest.raises(GateError, match="would have to be withheld") as refused:
        office.revise(revised(people()))
    assert "newly_withheld_percent" in refused.value.remedy


@pytest.mark.parametrize("revised", [one_less, corrected])
def test_the_attack_on_a_release_sees_that_it_tells_of_few_persons(
    office: Office, revised: Callable[[Persons], Persons]
) -> None:
    """Numbers that were protected as if there had been no earlier release."""
    office.release(people())
    core, output = office.make(revised(people()), "careless", None)
    with pytest.raises(GateError, match="differ from them by few persons"):
        office.attack(core, output)


@pytest.mark.parametrize(("revised", "is_refused"), [(one_less, True), (calibrated_anew, False)])
def test_perturbed_numbers_of_nearly_the_same_records_are_not_published(
    office: Office, revised: Callable[[Persons], Persons], is_refused: bool
) -> None:
    """Which of them change would tell everything about the persons by whom the records differ."""
    office.profile = "cell_key"
    office.release(people())
    if is_refused:
        with pytest.raises(GateError, match="differ from those of an earlier release by at least one"):
            office.revise(revised(people()))
    else:
        office.revise(revised(people()))
