"""The stage between the estimates and the gate: protect the cells of a partition by its protection profile."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from schemas.errors import GateError
from schemas.partition import Partition
from schemas.protection import NoProtection, Perturbation, Suppression, load_protection
from schemas.tables import OBSERVATION_KEY
from transforms.duck import connect, parquet_rows
from transforms.protect.attack.attack import Attack, Need
from transforms.protect.attack.deadline import NEVER, Deadline
from transforms.protect.coarse import coarse_numbers, few_numbers
from transforms.protect.combinations import with_combinations
from transforms.protect.differences import with_differences, with_left_over
from transforms.protect.magnitudes import attack_totals
from transforms.protect.perturbation import check_seed, perturbed
from transforms.protect.perturbed import check_perturbed, write_perturbed
from transforms.protect.primary import needs_of, unsafe_sets
from transforms.protect.protected import ProtectedRecords
from transforms.protect.publication import read_publication, withheld_numbers, write_withheld
from transforms.protect.structure.groups import Structure
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
    seed: str | None = None,
    memory_limit: str = "2GB",
) -> ProtectionReport:
    """Write to `output` what may be published of `cells`, estimated from the `records` in `core`.

    The audit attacks the written file, using everything it discloses, and must not come too close to any withheld
    number. Raises GateError when it does, IlmsError when the attack fails, DeclarationError for an unknown profile or
    no `seed`.
    """
    declared = load_protection(profile)
    if declared.method == "none":
        shutil.copyfile(cells, output)
        return ProtectionReport(profile, declared.method)
    with connect(memory_limit=memory_limit, work=workdir) as connection:
        behind = records.read(connection, core)
        numbers = create_table(connection, "cells", f"from {parquet_rows(cells)}")
        read = records.structured(behind, numbers, partition, declared)
        if isinstance(declared, Suppression):
            return _suppress(numbers, read.structure, records, partition, profile, declared, output)
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
    cells: Relation,
    published: Structure,
    records: ProtectedRecords,
    partition: Partition,
    name: str,
    profile: Suppression,
    output: Path,
) -> ProtectionReport:
    deadline = deadline_of(published, partition, profile)
    structure = with_differences(published, profile)
    pattern = find_pattern(structure, profile, deadline=deadline)
    withheld = withheld_numbers(structure, pattern.withheld, few_numbers(cells, structure, profile))
    write_withheld(coarse_numbers(cells, structure, profile), withheld, profile, output)
    squares = records.discloses_squares
    audit(cells.connection, structure, profile, output, squares=squares, deadline=deadline, where=partition.key)
    return ProtectionReport(
        name,
        profile.method,
        numbers=sum(withheld),
        unsafe=len(pattern.unsafe),
        withheld=len(pattern.withheld),
        opened=pattern.opened,
    )


def attack_published(
    published: Path, core: Path, records: ProtectedRecords, partition: Partition, profile: str, workdir: Path
) -> AttackReport:
    """Attack what a release discloses about a partition: `published` are its rows in the release, `core` the records
    behind them.

    Nothing is taken from the stage that made the rows: which numbers are confidential is determined again from the
    records. Perturbed numbers are not attacked; that they are perturbed is looked at. Raises GateError when a
    confidential number is published or can be worked out, or a number is not as its perturbation gives it.
    """
    declared = load_protection(profile)
    if isinstance(declared, NoProtection):
        return AttackReport(*WITHHELD_CHECK, 0, f"protection {profile}; nothing is withheld")
    with connect(work=workdir) as connection:
        if isinstance(declared, Perturbation):
            checked = check_perturbed(connection, published, declared, partition)
            return AttackReport(*PERTURBED_CHECK, checked, f"protection {profile}; perturbed numbers were not attacked")
        behind = records.read(connection, core)
        rows = f"from {parquet_rows(published)} order by {', '.join(OBSERVATION_KEY)}"
        numbers = create_table(connection, "cells", rows)
        structure = with_differences(records.structured(behind, numbers, partition, declared).structure, declared)
        deadline = deadline_of(structure, partition, declared)
        squares, key = records.discloses_squares, partition.key
        needs = audit(connection, structure, declared, published, squares=squares, deadline=deadline, where=key)
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
) -> list[Need]:
    """Attack a published file from scratch; returns the numbers that must not be worked out.

    Raises GateError naming numbers disclosed too closely, without their values, or the partition not attacked in time.
    `where` names the partition.
    """
    publication = read_publication(connection, structure, published, squares=squares)
    structure = with_left_over(structure, publication.disclosed, profile)
    publication = publication.of_sets(structure.size)
    structure = with_combinations(structure, publication, profile)
    publication = publication.of_sets(structure.size)
    unsafe = unsafe_sets(structure, profile)
    somebody = {int(group) for group in np.flatnonzero(structure.sums(structure.atoms.cases))}
    needs = needs_of(structure, unsafe, (unsafe | publication.withheld) & somebody, profile)
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
        raise GateError(
            f"{len(exposed)} confidential number(s) can be worked out from what would be published",
            where="; ".join([*([where] if where else []), *list(first)[:SHOWN]]),
            why="they concern persons who could be recognised",
            remedy="run the partition again, which makes anew what earlier software protected; if it fails again,"
            " report it as a fault of the pipeline. Nothing of the partition is published meanwhile",
        )
    return needs
