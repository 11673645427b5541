"""Secondary suppression by tau-argus: each hierarchical table by itself, in several rounds, as tables share numbers."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from schemas.protection import Suppression
from transforms.protect.primary import needs_of
from transforms.protect.structure.groups import Structure
from transforms.protect.tauargus.calls import Calls
from transforms.protect.tauargus.tables import HierarchicalTable, hierarchical_tables, suppress

Found = tuple[set[int], int]


@dataclass
class ByTables:
    """What tau-argus withholds in all tables together.

    `calls` is the number of calls with a result; `left` the number of cells that the last audit of each table found
    unsafe.
    """

    withheld: set[int]
    calls: int = 0
    left: int = 0


def table_by_table(
    structure: Structure, profile: Suppression, unsafe: set[int], *, fewer_than: int, workdir: Path
) -> ByTables:
    """Let tau-argus protect each table, in rounds: a number withheld in one table must be protected in the others that
    have it.

    Small tables come first, and what is withheld in them helps larger ones; tables of one size are protected in
    parallel, without regard to each other. Stops unfinished once it withholds `fewer_than` groups or more.
    """
    tables = sorted(hierarchical_tables(structure, largest=profile.largest_table), key=_size)
    result = ByTables(set(unsafe))
    protected: dict[int, set[int]] = {}
    left: dict[int, int] = {}
    with Calls(profile.time_out_seconds) as calls:
        for _ in range(profile.maximum_rounds):
            before = result.calls
            for _, same in groupby(enumerate(tables), key=lambda each: _size(each[1])):
                jobs: dict[int, Future[Found]] = {}
                for at, table in same:
                    inside = result.withheld & table.groups
                    if inside != protected.get(at, set()):
                        needs = {need.group: need for need in needs_of(structure, unsafe & inside, inside, profile)}
                        jobs[at] = calls.pool.submit(suppress, table, needs, calls=calls, workdir=workdir)
                        protected[at] = inside
                for at, job in jobs.items():
                    found, left[at] = job.result()
                    result.withheld |= found
                    protected[at] |= found
                result.calls += len(jobs)
                if len(result.withheld) >= fewer_than:
                    return result
            if result.calls == before:
                break
    result.left = sum(left.values())
    return result


def _size(table: HierarchicalTable) -> int:
    return len(table.cells)
