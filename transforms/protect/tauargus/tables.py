"""Secondary suppression with tau-argus, table by table, each call in its own process and folder."""

from __future__ import annotations

import itertools
import json
import math
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from transforms.protect.attack.attack import Need
from transforms.protect.structure.groups import Floats, Group, Signature, Structure, Table
from transforms.protect.tauargus.calls import Calls
from transforms.protect.tauargus.trees import Tree, trees

WITHHELD_MARKS = ("U", "M")


@dataclass(frozen=True)
class Cell:
    """One cell of a hierarchical table: its codes, cases, and the group it is, where it is published."""

    codes: tuple[str, ...]
    cases: int
    group: int | None


@dataclass(frozen=True)
class HierarchicalTable:
    """One table as tau-argus reads it: a tree of codes for each dimension, and every cell."""

    levels: tuple[tuple[tuple[str, int], ...], ...]
    cells: tuple[Cell, ...]

    @property
    def groups(self) -> set[int]:
        """The published groups among its cells."""
        return {cell.group for cell in self.cells if cell.group is not None}


def hierarchical_tables(structure: Structure, *, largest: float = math.inf) -> list[HierarchicalTable]:
    """The tables of a structure that tau-argus can handle, one for each combination of trees.

    Tables of one cell or of more than `largest` are left out, and so are those with a single hierarchy, for which the
    modular approach fails with "no variables found".
    """
    cases = structure.sums(structure.atoms.cases)
    result = []
    for table in structure.tables:
        for people, classes in itertools.product(_population_trees(structure, table), _class_trees(structure, table)):
            if _is_for_tau_argus([people, *classes], largest):
                result.append(_hierarchical_table(structure, table, people, classes, cases))
    return result


def _is_for_tau_argus(dimensions: Sequence[Tree[int] | Tree[str]], largest: float) -> bool:
    """Whether a table has more than one cell, is not too large and has more than one hierarchy."""
    levels = [tree.levels for tree in dimensions if tree.levels]
    is_one_hierarchy = len(levels) == 1 and levels[0] > 1
    return bool(levels) and not is_one_hierarchy and math.prod(len(tree.nodes) for tree in dimensions) <= largest


def _population_trees(structure: Structure, table: Table) -> list[Tree[int]]:
    populations = [structure.universe.members(name) for name in table.populations]
    return trees(frozenset[int]().union(*populations), populations)


def _class_trees(structure: Structure, table: Table) -> list[tuple[Tree[str], ...]]:
    """Every combination of the trees of a table's dimensions."""
    dimensions = []
    for name in table.dimensions:
        parts = {dict(group.leaves)[name] for group in structure.groups if name in dict(group.leaves)}
        dimensions.append(trees(frozenset(table.leaves[name]), parts))
    return list(itertools.product(*dimensions))


def _hierarchical_table(
    structure: Structure, table: Table, people: Tree[int], classes: Sequence[Tree[str]], cases: Floats
) -> HierarchicalTable:
    """Unpublished cells, such as those of unknown sex, are included so that the margins add up."""
    every = {name: frozenset(leaves) for name, leaves in table.leaves.items()}
    all_trees: list[Tree[int] | Tree[str]] = [people, *classes]
    codes = [["Total", *(f"{i:04d}" for i in range(1, len(tree.nodes)))] for tree in all_trees]
    cells = []
    on_table = structure.universe.on(table.populations)
    for places in itertools.product(*(range(len(tree.nodes)) for tree in all_trees)):
        leaves = [(name, tree.nodes[at]) for name, tree, at in zip(table.dimensions, classes, places[1:], strict=True)]
        group = Group(people.nodes[places[0]], tuple(sorted((n, some) for n, some in leaves if some != every[n])))
        index = structure.index.get(group)
        count = cases[index] if index is not None else _count(structure, table, group, on_table)
        cells.append(Cell(tuple(code[at] for code, at in zip(codes, places, strict=True)), int(count), index))
    levels = tuple(
        tuple(zip(code[1:], tree.depth[1:], strict=True)) for code, tree in zip(codes, all_trees, strict=True)
    )
    return HierarchicalTable(levels, tuple(cells))


def _count(structure: Structure, table: Table, group: Group, on_table: Sequence[Signature]) -> float:
    """The cases of an unpublished cell, from the atoms of its table. `on_table`: the signatures restricted to that
    table."""
    members = {table.signatures.index(on_table[signature]) for signature in group.population}
    return float(structure.atoms.cases[table.atoms(members, dict(group.leaves))].sum())


def suppress(
    table: HierarchicalTable, withheld: Mapping[int, Need], *, calls: Calls, workdir: Path
) -> tuple[set[int], int]:
    """The groups that tau-argus withholds besides those given, and how many cells its audit then finds unsafe.

    Uses the modular approach (MOD), which is deterministic. Raises IlmsError when the call crashes, takes too long or
    leaves no result.
    """
    with tempfile.TemporaryDirectory(prefix="tauargus-", dir=workdir) as name:
        folder = Path(name)
        dimensions = _write(table, withheld, folder)
        calls.run(folder)
        at_codes = {tuple(cell.codes[i] for i in dimensions): cell.group for cell in table.cells}
        found = set()
        for line in (folder / "out.tab").read_text(encoding="utf-8").splitlines():
            fields = [field.strip().strip('"').strip() for field in line.split(";")]
            group = at_codes.get(tuple(fields[: len(dimensions)]))
            if fields[-3] in WITHHELD_MARKS and group is not None and group not in withheld:
                found.add(group)
        return found, int(json.loads((folder / "audit.json").read_text(encoding="utf-8"))["unsafe"])


def _write(table: HierarchicalTable, withheld: Mapping[int, Need], folder: Path) -> list[int]:
    """Write data, metadata and batch; return the dimensions that have more than one code."""
    dimensions = [i for i, levels in enumerate(table.levels) if levels]
    rows = []
    for cell in table.cells:
        if cell.cases == 0:
            continue
        need = withheld.get(cell.group) if cell.group is not None else None
        low, high = _protection(cell.cases, need)
        codes = [cell.codes[i] for i in dimensions]
        rows.append(";".join([*codes, str(cell.cases), str(cell.cases), str(low), str(high), "U" if need else "S"]))
    (folder / "table.tab").write_text("\n".join(rows) + "\n", encoding="utf-8")
    metadata = ['<SEPARATOR> ";"', "<SAFE> S", "<UNSAFE> U", "<PROTECT> P"]
    for i in dimensions:
        metadata += [f"d{i}", "  <RECODEABLE>", '  <TOTCODE> "Total"']
        if max(depth for _, depth in table.levels[i]) > 1:
            lines = ["@" * (depth - 1) + code for code, depth in table.levels[i]]
            (folder / f"d{i}.hrc").write_text("\n".join(lines) + "\n", encoding="utf-8")
            metadata += [f'  <HIERCODELIST> "d{i}.hrc"', '  <HIERLEADSTRING> "@"', "  <HIERARCHICAL>"]
    metadata += ["cases", "  <NUMERIC>", "  <DECIMALS> 0", "number", "  <FREQUENCY>"]
    metadata += ["low", "  <NUMERIC> <LOWERPL>", "high", "  <NUMERIC> <UPPERPL>", "mark", "  <STATUS>"]
    (folder / "table.rda").write_text("\n".join(metadata) + "\n", encoding="utf-8")
    batch = [
        '<OPENTABLEDATA> "table.tab"',
        '<OPENMETADATA> "table.rda"',
        "<SPECIFYTABLE> " + "".join(f'"d{i}"' for i in dimensions) + '|"cases"||',
        "<SAFETYRULE> ",
        "<READTABLE> ",
        "<SUPPRESS> MOD(1)",
        '<WRITETABLE> (1, 5, SO+, "out.tab")',
    ]
    (folder / "batch.arb").write_text("\n".join(batch) + "\n", encoding="utf-8")
    return dimensions


def _protection(cases: int, need: Need | None) -> tuple[int, int]:
    """How far below and above its true cases a withheld cell must appear possible, in whole cases."""
    if need is None:
        return 0, 0
    width = max(1, round(need.cases + 0.5 - 1e-9))
    low = min(width // 2, cases - 1)
    return low, width - low
