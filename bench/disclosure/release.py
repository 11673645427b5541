"""The files of a release as an attacker reads them: every row of numbers, wherever it stands."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from schemas.errors import InputError
from schemas.partition import Partition
from schemas.statuses import CONFIDENTIAL
from warehouse.layout import Layout

DATABASE = "warehouse.duckdb"
TABLES = ("observation", "observation_detail")
COLUMNS = (
    "indicator", "sex", "classif1", "classif2", "obs_status", "obs_value", "n", "se", "lower_bound", "upper_bound",
    "degrees_of_freedom",
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One published row: what it says it counts, and the quantities it gives; all of them None where it is withheld."""

    table: str
    indicator: str
    key: tuple[str, str, str]
    status: str
    value: float | None
    n: int | None
    se: float | None
    lower: float | None
    upper: float | None
    degrees: int | None

    @property
    def is_withheld(self) -> bool:
        """Whether it is marked confidential."""
        return self.status == CONFIDENTIAL

    @property
    def name(self) -> str:
        """Its indicator and codes, for reports."""
        return " ".join([self.indicator, *(code for code in self.key if code)])


def database_of(folder: Path) -> Path:
    """The database of a release, of its folder or of a home with a current release."""
    for place in (folder / DATABASE, folder / "current" / DATABASE):
        if place.exists():
            return place
    raise InputError("there is no release", where=str(folder), remedy=f"name a folder with a {DATABASE}")


def core_in(home: Path, source: str, wave: str) -> Path | None:
    """The core file of a partition in a home, under whichever release profile it was made; None where there is none."""
    places = (Layout(home, profile).core(Partition(source, wave)) for profile in ("internal", "public", "guarded"))
    return next((file for file in places if file.exists()), None)


def partitions_in(folder: Path) -> list[tuple[str, str, str]]:
    """The published partitions of a release: source, wave and the profile of protection."""
    with duckdb.connect(str(database_of(folder)), read_only=True) as connection:
        rows = connection.execute(
            "select source, wave, protection from partition where state in ('published', 'superseded') order by all"
        ).fetchall()
    return [(str(source), str(wave), str(protection)) for source, wave, protection in rows]


def rows_of(folder: Path, source: str, wave: str) -> list[Row]:
    """Every row about a partition."""
    found: list[Row] = []
    with duckdb.connect(str(database_of(folder)), read_only=True) as connection:
        for table in TABLES:
            rows = connection.execute(
                f"select {', '.join(COLUMNS)} from {table} where ends_with(source, ?) and wave = ? order by all",
                [f":{source}", wave],
            ).fetchall()
            found += [_row(table, *row) for row in rows]
    return found


def _row(table: str, indicator: str, sex: str, first: str, second: str, status: str, *quantities: float | None) -> Row:
    value, n, se, lower, upper, degrees = quantities
    count, free = (None if each is None else int(each) for each in (n, degrees))
    return Row(table, indicator, (sex, first, second), status, value, count, se, lower, upper, free)
