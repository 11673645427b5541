"""A survey or register is revised: what a guarded release may give of it beside the one that readers have seen."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

import duckdb
import pytest
from small_departures import COUNTRIES, PARTITION, SKILLS, Departures
from small_protected import PERSONS_DESIGN, SEED, SMALL, people
from small_register import SmallRegister
from small_source import Declare, RawTable

from schemas.errors import GateError
from schemas.protection import load_protection
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
    made: ClassVar[dict[str, tuple[bytes, bytes]]] = {}

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

    def release(self) -> Path:
        """Release a first version, which is made once for all tests of a profile."""
        core, output = (self.folder / f"first.{what}.parquet" for what in ("core", "published"))
        if self.profile not in self.made:
            self.make(people(), "first", None)
            self.made[self.profile] = (core.read_bytes(), output.read_bytes())
        for file, content in zip((core, output), self.made[self.profile], strict=True):
            file.write_bytes(content)
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
    first = office.release()
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
    office.release()
    with pytest.raises(GateError, match="would have to be withheld") as refused:
        office.revise(revised(people()))
    assert "newly_withheld_percent" in refused.value.remedy


@pytest.mark.parametrize("revised", [one_less, corrected])
def test_the_attack_on_a_release_sees_that_it_tells_of_few_persons(
    office: Office, revised: Callable[[Persons], Persons]
) -> None:
    """Numbers that were protected as if there had been no earlier release."""
    office.release()
    core, output = office.make(revised(people()), "careless", None)
    with pytest.raises(GateError, match="differ from them by few persons"):
        office.attack(core, output)


@pytest.mark.parametrize(("revised", "is_refused"), [(one_less, True), (calibrated_anew, False)])
def test_perturbed_numbers_of_nearly_the_same_records_are_not_published(
    office: Office, revised: Callable[[Persons], Persons], is_refused: bool
) -> None:
    """Which of them change would tell everything about the persons by whom the records differ."""
    office.profile = "cell_key"
    office.release()
    if is_refused:
        with pytest.raises(GateError, match="differ from those of an earlier release by at least one"):
            office.revise(revised(people()))
    else:
        office.revise(revised(people()))


REGISTER = "suppression_of_registers"
MEN, WOMEN = "M,Kuwait,70", "F,Kuwait,30"


@dataclass
class Register:
    """A register of departures after the release of its first numbers, and what it would publish after a revision."""

    departures: Departures
    earlier: Earlier

    def revise(self, *changes: tuple[str, str]) -> list[tuple[str, str, int | None, int | None]]:
        """Sex, country, cases before and now of every number by country."""
        countries = COUNTRIES
        for before, after in changes:
            countries = countries.replace(before, after)
        ours = self.departures
        ours.count(countries, SKILLS)
        protect_cells(
            ours.cells, ours.core, ours.records, PARTITION, REGISTER, ours.published, ours.work, earlier=self.earlier
        )
        attack_published(ours.published, ours.core, ours.records, PARTITION, REGISTER, ours.work, earlier=self.earlier)
        return duckdb.execute(
            f"select sex, classif1, told.n, now.n from '{ours.published}' as now"
            f" inner join '{self.earlier.numbers}' as told using ({KEY}) where classif1 like 'CDS%' order by 1, 2"
        ).fetchall()


@pytest.fixture
def register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Register:
    departures = Departures(SmallRegister(tmp_path, monkeypatch), agreements=[])
    departures.protect()
    core, told = tmp_path / "first.parquet", tmp_path / "told.parquet"
    shutil.copy(departures.core, core)
    rows = f"select {KEY}, obs_status, n, obs_value, 'suppression' as method from '{departures.published}'"
    duckdb.execute(f"copy ({rows}) to '{told}' (format parquet)")
    return Register(departures, Earlier(told, (core,)))


def test_many_permits_more_replace_the_earlier_numbers(register: Register) -> None:
    found = {(sex, country): now for sex, country, _, now in register.revise((MEN, "M,Kuwait,90"))}
    assert (found["SEX_M", "CDS_DES_KWT"], found["SEX_T", "CDS_DES_TOTAL"]) == (90, 251)
    assert found["SEX_F", "CDS_DES_MLT"] is None


def test_one_permit_more_would_take_too_much_away(register: Register) -> None:
    with pytest.raises(GateError, match="4 of 18 numbers that were given before would have to be withheld"):
        register.revise((MEN, "M,Kuwait,71"))


def test_what_differs_by_few_is_withheld_with_what_would_tell_it(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty men more, and one woman: who knows all and the men knows the women."""
    lenient = load_protection(REGISTER).model_copy(update={"newly_withheld_percent": 50.0})
    monkeypatch.setattr("transforms.protect.stage.load_protection", lambda _: lenient)
    revised = register.revise((MEN, "M,Kuwait,90"), (WOMEN, "F,Kuwait,31"))
    differences = {now - before for _, _, before, now in revised if before is not None and now is not None}
    assert differences <= {0, 20, 21}
    given = {(sex, country) for sex, country, _, now in revised if now is not None}
    for country in ("CDS_DES_KWT", "CDS_DES_TOTAL"):
        assert ("SEX_F", country) not in given
        assert not {("SEX_M", country), ("SEX_T", country)} <= given


def test_what_was_withheld_stays_so_although_it_would_be_safe_by_itself(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    revised = register.revise(("F,Malta,1", "F,Malta,40"), ("F,Fiji,2", "F,Fiji,50"))
    assert {now for _, _, before, now in revised if before is None} == {None}


def test_without_the_earlier_records_counts_may_not_differ_by_few(register: Register) -> None:
    """The release went out under an earlier version, which kept none."""
    register.earlier = replace(register.earlier, records=(), all_kept=False)
    assert (register.revise((MEN, "M,Kuwait,90"))) != []
    with pytest.raises(GateError, match="would have to be withheld"):
        register.revise((MEN, "M,Kuwait,71"))


def test_what_readers_know_protects_nothing(register: Register) -> None:
    """Of the men only two are left. The women cannot be withheld in their favour, as everybody knows their number."""
    with pytest.raises(GateError, match="together with an earlier release, 1 confidential number"):
        register.revise((MEN, "M,Kuwait,2"), ("M,Qatar,20", "M,Qatar,88"))
