"""What earlier releases of the same partition told, which is part of what a reader knows.

The reader is assumed to have every earlier release. Of a set that was given in two of them he knows how many persons of
which weights were added and taken away. A number that was given, and since then concerns the same persons but for few,
he knows today as well, whether it is withheld or not; of others he knows nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from schemas.errors import GateError
from schemas.partition import Partition
from schemas.protection import Perturbation, Suppression
from schemas.statuses import CONFIDENTIAL
from schemas.tables import OBSERVATION_KEY
from transforms.duck import parquet_rows, quote_text
from transforms.measures import measure_of
from transforms.protect.protected import ProtectedRecords
from transforms.protect.revision import Revision, compare_records
from transforms.protect.structure.groups import Flags, Number, Structure
from transforms.sql import load_sql

SHOWN = 5
ROUNDING = 1e-9
REMEDY = (
    "nothing, where the revision is small: the earlier numbers stand until more records are revised; where nobody can"
    " be told apart by it, `earlier_releases: ignored` in protection.yaml lets it out"
)
WHY = "whoever compares the releases could work out the persons by whom they differ"


@dataclass(frozen=True)
class Earlier:
    """What earlier releases told of a partition.

    numbers  every number that they gave or withheld (Parquet: the key, `obs_status`, `n`, `obs_value`, `method`)
    records  the records behind each version that they told of, as far as these are kept
    all_kept whether they are kept of every version
    """

    numbers: Path
    records: tuple[Path, ...] = ()
    all_kept: bool = True


@dataclass(frozen=True)
class ToldNumber:
    """What earlier releases told of one number of today.

    given     in one of them
    withheld  in all that have it
    by_few    its cases differ from those given by at least one, and by fewer than are published of any set
    revised   its cases or value are others than were given
    """

    given: bool
    withheld: bool
    by_few: bool
    revised: bool


@dataclass(frozen=True)
class Known:
    """What a reader of earlier releases knows of the numbers of today.

    told      of each number, in their order
    few       numbers that were given, and differ by few persons
    few_sets  the sets behind these
    sets      sets of which numbers were given that are still about the same persons, but for few
    """

    told: tuple[ToldNumber, ...]
    few: frozenset[int]
    few_sets: frozenset[int]
    sets: Flags

    def to_withhold(self, numbers: Sequence[Number]) -> frozenset[int]:
        """Numbers that were withheld before, and those that differ by few persons."""
        return self.few | {number.row for number in numbers if self.told[number.row].withheld}

    def sets_withheld(self, structure: Structure) -> frozenset[int]:
        """The sets behind counts that were withheld before."""
        counts = (number for number in structure.numbers if measure_of(number).is_sum)
        return frozenset(structure.index[number.counted] for number in counts if self.told[number.row].withheld)

    def require_apart(self, numbers: Sequence[Number], is_withheld: Sequence[bool], where: str) -> None:
        """Raise GateError where numbers to be published tell, together with those of earlier releases, what was
        withheld, or the few persons by whom they differ."""
        given = [number for number in numbers if not is_withheld[number.row]]
        on = [number for number in given if self.told[number.row].withheld]
        few = [number for number in given if number.row in self.few]
        if on or few:
            raise GateError(
                f"{len(on)} number(s) were withheld in earlier releases and would be given now, and {len(few)} differ"
                " from them by few persons",
                where="; ".join([where, *names_of([*on, *few])]),
                why=WHY,
                remedy=REMEDY,
            )

    def require_most_given(self, is_withheld: Sequence[bool], profile: Suppression, where: str) -> None:
        """Raise GateError where a revision would withhold more of what was given before than the profile allows."""
        before = [row for row, told in enumerate(self.told) if told.given]
        lost = sum(is_withheld[row] for row in before)
        if lost * 100 > profile.newly_withheld_percent * len(before):
            raise GateError(
                f"{lost} of {len(before)} numbers that were given before would have to be withheld, so that nobody can"
                " work out the few persons by whom the releases differ, and only"
                f" {profile.newly_withheld_percent:g} per cent of them may be",
                where=where,
                why="readers lose more by such a revision than they learn from it",
                remedy=f"{REMEDY}. `newly_withheld_percent` there says how many numbers a revision may take away",
            )


def names_of(numbers: Sequence[Number]) -> list[str]:
    """Some numbers, without their values."""
    names = dict.fromkeys(f"{each.indicator} {' '.join(part for part in each.key if part)}" for each in numbers)
    return list(names)[:SHOWN]


def read_told(
    connection: duckdb.DuckDBPyConnection, numbers: str, earlier: Path, minimum: int
) -> tuple[ToldNumber, ...]:
    """What earlier releases told of numbers (a relation with the columns of `observation`), in the order of their key.

    `minimum`: a count of fewer persons is unsafe. Only numbers that were exact count.
    """
    rows = connection.execute(
        load_sql(__file__, "earlier").substitute(
            numbers=numbers,
            earlier=parquet_rows(earlier),
            key=", ".join(OBSERVATION_KEY),
            confidential=quote_text(CONFIDENTIAL),
            minimum=str(minimum),
            rounding=repr(ROUNDING),
        )
    ).fetchall()
    return tuple(ToldNumber(*map(bool, row)) for row in rows)


def known_before(
    told: tuple[ToldNumber, ...], structure: Structure, revisions: Sequence[Revision | None], minimum: int
) -> Known:
    """What a reader knows: `revisions` are what each earlier version of the records has not in common with today's;
    None for versions of which the records are not kept, so that only the difference of cases is known."""
    few: set[int] = set()
    few_sets: set[int] = set()
    known: set[int] = set()
    given = [number for number in structure.numbers if told[number.row].given]
    for revision in revisions:
        tells = revision.tells_of_few(minimum, _given(revision.structure, told)) if revision else None
        for number in given:
            sets = _sets_of(structure, number)
            whom = _sets_of(revision.structure, revision.structure.numbers[number.row]) if revision else []
            persons = max((revision.of_sets[each] for each in whom), default=0.0) if revision else None
            differs = tells is not None and any(tells[each] for each in whom)
            if differs or _differs_by_few(number, told[number.row], persons):
                few.add(number.row)
                few_sets.update(sets)
            elif persons == 0 and told[number.row].revised and not _is_of_cases(number):
                few.add(number.row)  # what single persons report was revised
            if not told[number.row].revised if persons is None else persons < minimum:
                known.update(sets)
    flags = np.zeros(structure.size, dtype=np.bool_)
    flags[list(known | few_sets)] = True
    return Known(told, frozenset(few), frozenset(few_sets), flags)


def _differs_by_few(number: Number, told: ToldNumber, persons: float | None) -> bool:
    """Whether cases differ by few where the records do not say it: they are not kept, or the same, and it is the
    definition that is another."""
    return not persons and told.by_few and _is_of_cases(number)


def _is_of_cases(number: Number) -> bool:
    """Whether it follows from the persons and their weights alone."""
    measure = measure_of(number)
    return measure.is_sum or measure.is_share


def _sets_of(structure: Structure, number: Number) -> list[int]:
    return [structure.index[each] for each in (number.counted, number.base) if each]


def _given(structure: Structure, told: Sequence[ToldNumber]) -> Flags:
    found = np.zeros(structure.size, dtype=np.bool_)
    for number in structure.numbers:
        if told[number.row].given:
            found[_sets_of(structure, number)] = True
    return found


@dataclass(frozen=True)
class Told:
    """What earlier releases told of a partition under suppression; `revisions` are what each version of its records has
    not in common with today's."""

    profile: Suppression
    earlier: Earlier | None
    revisions: Sequence[Revision]
    partition: Partition

    def known(self, connection: duckdb.DuckDBPyConnection, numbers: str, structure: Structure) -> Known | None:
        """What a reader knows of numbers (a relation) as they would be published; None where no earlier release had
        exact numbers of the partition, or these do not matter."""
        if self.earlier is None or self.profile.earlier_releases == "ignored":
            return None
        minimum = self.profile.minimum_frequency
        told = read_told(connection, numbers, self.earlier.numbers, minimum)
        if not any(each.given or each.withheld for each in told):
            return None
        versions = self.revisions if self.earlier.all_kept else [*self.revisions, None]
        return known_before(told, structure, versions, minimum)


def revisions_since(
    earlier: Earlier | None,
    records: ProtectedRecords,
    core: Path,
    numbers: Path,
    partition: Partition,
    profile: Suppression | Perturbation,
    workdir: Path,
) -> list[Revision]:
    """What each earlier version of the records has not in common with those in `core`, where that matters."""
    if earlier is None or profile.earlier_releases == "ignored":
        return []
    return [compare_records(records, core, then, numbers, partition, profile, workdir) for then in earlier.records]


def require_many_revised(revisions: Sequence[Revision], profile: Perturbation, where: str) -> None:
    """Raise GateError where so few records were revised that the numbers that changed tell of them: noise follows from
    the persons counted, and what has another noise has other persons."""
    most = profile.counts.maximum
    if any(0 < revision.persons <= most for revision in revisions):
        raise GateError(
            f"the records differ from those of an earlier release by at least one, and by no more than {most:g}",
            where=where,
            why="the same persons get the same noise, so whoever compares the releases sees which numbers changed, and"
            " so all characteristics of the persons by whom they differ",
            remedy=REMEDY,
        )
