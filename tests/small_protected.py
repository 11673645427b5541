"""A small partition of a survey, its records and estimates, and what protection makes of them."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import duckdb
from small_source import Row

from schemas.partition import Partition
from schemas.survey import Survey
from schemas.tables import OBSERVATION_KEY
from transforms.estimate import estimate
from transforms.harmonise import harmonise
from transforms.protect import ProtectedPersons, protect_cells

SMALL = Partition("ZZZ.small", "2024")
SEED = "a seed of the tests, long enough"
QUANTITIES = ("obs_value", "n", "se", "cv", "lower_bound", "upper_bound", "degrees_of_freedom")
PERSONS_DESIGN = {"kind": "persons", "weight": {"column": "w"}, "reason": "no design variables"}


def people(count: int = 260, seed: int = 5) -> list[tuple[str, ...]]:
    """Records (id, str, psu, w, sexcode, years, born, act): few foreign-born, hardly any of them unemployed."""
    draw = random.Random(seed)
    records: list[tuple[str, ...]] = []
    for i in range(count):
        born = draw.choices(["1", "2", "9"], [85, 13, 2])[0]
        act = draw.choices(["1", "2", "3"], [60, 8, 32])[0]
        weight = f"{draw.uniform(80, 240):.6f}"
        records.append((f"p{i}", "a", str(i), weight, draw.choice("12"), str(draw.randint(16, 80)), born, act))
    return records


class Files:
    """The core and the cells of one partition, and what protection makes of them; made once for all tests
    whose records have the same `name`."""

    made: ClassVar[dict[str, bytes]] = {}

    def __init__(self, source: Survey, raw: Path, folder: Path, name: str = "") -> None:
        self.source, self.folder, self.name = source, folder, name
        self.core, self.cells = folder / "core.parquet", folder / "cells.parquet"
        self._once(self.core, "core", lambda: harmonise(source, SMALL, raw, self.core))
        self._once(self.cells, "cells", lambda: estimate(source, SMALL, self.core, self.cells, vintage="abc"))

    def protect(self, profile: str, name: str = "published", seed: str | None = SEED, *, again: bool = False) -> Path:
        output, work = self.folder / f"{name}.parquet", self.folder / "work"
        work.mkdir(exist_ok=True)

        def make() -> object:
            return protect_cells(
                self.cells, self.core, ProtectedPersons(self.source), SMALL, profile, output, work, seed=seed
            )

        if again:
            make()
        else:
            self._once(output, f"{profile} {seed}", make)
        return output

    def _once(self, file: Path, what: str, make: Callable[[], object]) -> None:
        what = f"{self.name} {what}"
        if what in self.made:
            file.write_bytes(self.made[what])
        else:
            make()
            self.made[what] = file.read_bytes()

    def rows(self, table: Path) -> list[Row]:
        relation = duckdb.default_connection().sql(f"select * from '{table}' order by {', '.join(OBSERVATION_KEY)}")
        return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
