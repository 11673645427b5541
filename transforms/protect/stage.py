"""The stage between the estimates and the gate: protect the cells of a partition by its protection profile."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from schemas.errors import ExposedNumbers, GateError
from schemas.partition import Partition
from schemas.protection import NoProtection, Perturbation, Suppression, load_protection
from schemas.statuses import CONFIDENTIAL
from schemas.tables import OBSERVATION_KEY
from transforms.duck import connect, parquet_rows
from transforms.protect.attack.attack import Attack, Need
from transforms.protect.attack.deadline import NEVER, Deadline
from transforms.protect.coarse import coarse_numbers, few_numbers
from transforms.protect.combinations import with_combinations
from transforms.protect.differences import with_differences, with_left_over
from transforms.protect.earlier import REMEDY, WHY, Earlier, Known, Told, require_many_revised, revisions_since
from transforms.protect.magnitudes import attack_totals
from transforms.protect.perturbation import check_seed, perturbed
from transforms.protect.perturbed import check_perturbed, write_perturbed
from transforms.protect.primary import needs_of, unsafe_sets
from transforms.protect.protected import ProtectedRecords
from transforms.protect.publication import read_publication, withheld_numbers, write_withheld
from transforms.protect.structure.groups import Flags, Structure
from transforms.protect.suppression import find_pattern
from transforms.relation import Relation, create_table

SHOWN = 5
WITHHELD_CHECK = (
    "attack_on_withheld_numbers",
    "No confidential number was worked out from what is published about the source, by the attack tried here.",
)
PERTURBED_CHECK = (
    "numbers_are_perturbed",
    "Every count is one that the declared perturbation gives, and no error beside it tells what it was before.",
)


@dataclass(frozen=True)
class ProtectionReport:
    """What was done, as counts of numbers, never with their values.

    `unsafe` and `withheld` count sets of persons, among them differences that no number counts; `numbers` the rows
    withheld: a set may be in several rows.
    """

    profile: str
    method: str
    numbers: int = 0
    unsafe: int = 0
    withheld: int = 0
    opened: int = 0

    @property
    def message(self) -> str:
        """One sentence for the log."""
        if self.method == "none":
            return "nothing to protect"
        if self.method == "suppression":
            return (
                f"{self.numbers} number(s) withheld: {self.unsafe} set(s) of persons are unsafe by themselves, "
                f"{self.withheld - self.unsafe} protect them"
            )
        return f"counts perturbed ({self.profile}), {self.numbers} number(s) withheld"


@dataclass(frozen=True)
class AttackReport:
    """A check of what a release holds of a partition that found nothing: which check it was, of how many numbers, and
    what it did in words."""

    check: str
    description: str
    numbers: int
    observed: str


def protect_cells(
    cells: Path,
    core: Path,
    records: ProtectedRecords,
    partition: Partition,
    profile: str,
    output: Path,
    workdir: Path,
    *,
    earlier: Earlier | None = None,
    seed: str | None = None,
    memory_limit: str = "2GB",
) -> ProtectionReport:
    """Write to `output` what may be published of `cells`, estimated from the `records` in `core`.

    The audit attacks the written file, using everything it discloses, and must not come too close to any withheld
    number, neither by itself nor together with what `earlier` releases told. Raises GateError when it does, IlmsError
    when the attack fails, DeclarationError for an unknown profile or no `seed`.
    """
    declared = load_protection(profile)
    if isinstance(declared, NoProtection):
        shutil.copyfile(cells, output)
        return ProtectionReport(profile, declared.method)
    with connect(memory_limit=memory_limit, work=workdir) as connection:
        behind = records.read(connection, core)
        numbers = create_table(connection, "cells", f"from {parquet_rows(cells)}")
        read = records.structured(behind, numbers, partition, declared)
        since = revisions_since(earlier, records, core, cells, partition, declared, workdir)
        if isinstance(declared, Suppression):
            told = Told(declared, earlier, since, partition)
            return _suppress(numbers, read.structure, records.discloses_squares, profile, told, output)
        require_many_revised(since, declared, partition.key)
        secret = check_seed(seed)
        status = records.status(behind, partition, read.structure)
        changed = perturbed(read.structure, records.joint(read, secret), declared, secret)
        withheld = write_perturbed(numbers, read.structure, changed, declared, status, output)
        return ProtectionReport(profile, declared.method, numbers=withheld)


def deadline_of(structure: Structure, partition: Partition, profile: Suppression) -> Deadline:
    """The deadline of an attack on a partition that begins now."""
    where = f"{partition.key}, {len(structure.numbers):,} numbers of {structure.size:,} sets of persons"
    return Deadline.after(profile.attack_time_out_seconds, where)


def _suppress(
    cells: Relation, published: Structure, squares: bool, name: str, told: Told, output: Path
) -> ProtectionReport:
    profile, partition = told.profile, told.partition
    deadline = deadline_of(published, partition, profile)
    structure = with_differences(published, profile)
    coarse = coarse_numbers(cells, structure, profile)
    known = told.known(cells.connection, str(coarse), structure)
    few = few_numbers(cells, structure, profile)
    hidden = known.few_sets if known else frozenset()
    beforehand = hidden | known.sets_withheld(structure) if known else frozenset()
    if known:
        known.require_most_given(withheld_numbers(structure, beforehand, few), profile, partition.key)
    pattern = find_pattern(structure, profile, beforehand=beforehand, hidden=hidden, deadline=deadline)
    withheld = withheld_numbers(
        structure, pattern.withheld, few | (known.to_withhold(structure.numbers) if known else frozenset())
    )
    if known:
        known.require_most_given(withheld, profile, partition.key)
    write_withheld(coarse, withheld, profile, output)
    audit(cells.connection, structure, profile, output, squares=squares, deadline=deadline, where=partition.key)
    if known:
        _together(cells.connection, structure, known, told, output, squares=squares, deadline=deadline)
    return ProtectionReport(
        name,
        profile.method,
        numbers=sum(withheld),
        unsafe=len(pattern.unsafe),
        withheld=len(pattern.withheld),
        opened=pattern.opened,
    )


def _together(
    connection: duckdb.DuckDBPyConnection,
    structure: Structure,
    known: Known,
    told: Told,
    published: Path,
    *,
    squares: bool,
    deadline: Deadline,
) -> None:
    """Attack a published file once more, by a reader who knows what earlier releases told.

    Raises GateError where that gives more away than either of them.
    """
    key = told.partition.key
    rows = f"select obs_status from {parquet_rows(published)} order by {', '.join(OBSERVATION_KEY)}"
    is_withheld = [status == CONFIDENTIAL for (status,) in connection.execute(rows).fetchall()]
    known.require_apart(structure.numbers, is_withheld, key)
    try:
        audit(
            connection,
            structure,
            told.profile,
            published,
            squares=squares,
            deadline=deadline,
            where=key,
            known=known.sets,
            withheld_before=known.sets_withheld(structure),
        )
    except ExposedNumbers as error:
        raise GateError(
            f"together with an earlier release, {error.what}", where=error.where, why=WHY, remedy=REMEDY
        ) from error


def attack_published(
    published: Path,
    core: Path,
    records: ProtectedRecords,
    partition: Partition,
    profile: str,
    workdir: Path,
    *,
    earlier: Earlier | None = None,
) -> AttackReport:
    """Attack what a release discloses about a partition: `published` are its rows in the release, `core` the records
    behind them, and `earlier` what releases before it told.

    Nothing is taken from the stage that made the rows: which numbers are confidential is determined again from the
    records. Perturbed numbers are not attacked; that they are perturbed is looked at. Raises GateError when a
    confidential number is published or can be worked out, or a number is not as its perturbation gives it.
    """
    declared = load_protection(profile)
    if isinstance(declared, NoProtection):
        return AttackReport(*WITHHELD_CHECK, 0, f"protection {profile}; nothing is withheld")
    since = revisions_since(earlier, records, core, published, partition, declared, workdir)
    with connect(work=workdir) as connection:
        if isinstance(declared, Perturbation):
            require_many_revised(since, declared, partition.key)
            checked = check_perturbed(connection, published, declared, partition)
            return AttackReport(*PERTURBED_CHECK, checked, f"protection {profile}; perturbed numbers were not attacked")
        behind = records.read(connection, core)
        rows = f"from {parquet_rows(published)} order by {', '.join(OBSERVATION_KEY)}"
        numbers = create_table(connection, "cells", rows)
        structure = with_differences(records.structured(behind, numbers, partition, declared).structure, declared)
        deadline = deadline_of(structure, partition, declared)
        squares, key = records.discloses_squares, partition.key
        needs = audit(connection, structure, declared, published, squares=squares, deadline=deadline, where=key)
        told = Told(declared, earlier, since, partition)
        if known := told.known(connection, str(numbers), structure):
            _together(connection, structure, known, told, published, squares=squares, deadline=deadline)
        observed = f"protection {profile}; {len(needs)} number(s) were attacked"
        return AttackReport(*WITHHELD_CHECK, len(structure.numbers), observed)


def audit(
    connection: duckdb.DuckDBPyConnection,
    structure: Structure,
    profile: Suppression,
    published: Path,
    *,
    squares: bool,
    deadline: Deadline = NEVER,
    where: str = "",
    known: Flags | None = None,
    withheld_before: frozenset[int] = frozenset(),
) -> list[Need]:
    """Attack a published file from scratch; returns the numbers that must not be worked out.

    Raises ExposedNumbers naming those disclosed too closely, without their values, and GateError naming a partition not
    attacked in time.
    `where` names the partition. The attacker has the sets `known` from earlier releases, which then need no protection;
    nor do those that are withheld only so that nobody learns what has changed since, but were not `withheld_before`.
    """
    publication = read_publication(connection, structure, published, squares=squares)
    elsewhere = frozenset() if known is None else frozenset(map(int, np.flatnonzero(known & ~publication.disclosed)))
    publication = publication.with_known(elsewhere)
    structure = with_left_over(structure, publication.disclosed, profile, deadline=deadline)
    publication = publication.of_sets(structure.size)
    structure = with_combinations(structure, publication, profile, deadline=deadline)
    publication = publication.of_sets(structure.size)
    unsafe = unsafe_sets(structure, profile)
    somebody = {int(group) for group in np.flatnonzero(structure.sums(structure.atoms.cases))}
    unsafe -= elsewhere
    withheld = publication.withheld if known is None else publication.withheld & withheld_before
    needs = needs_of(structure, unsafe, (unsafe | withheld) & somebody, profile)
    exposed = [need.group for need in needs if publication.disclosed[need.group]]
    attack = Attack(structure, publication, deadline=deadline)
    exposed += [each.group for each in attack.too_close(need for need in needs if need.group not in exposed)]
    totals = attack_totals(structure, publication, needs, profile.protection.percent, deadline=deadline)
    exposed += [each.group for each in totals]
    if exposed:
        first = dict.fromkeys(
            f"{number.indicator} {' '.join(part for part in number.key if part)}"
            for number in structure.numbers
            if structure.index[number.counted] in exposed[:SHOWN]
        )
        raise ExposedNumbers(
            f"{len(exposed)} confidential number(s) can be worked out from what would be published",
            where="; ".join([*([where] if where else []), *list(first)[:SHOWN]]),
            why="they concern persons who could be recognised",
            remedy="run the partition again, which makes anew what earlier software protected; if it fails again,"
            " report it as a fault of the pipeline. Nothing of the partition is published meanwhile",
        )
    return needs
