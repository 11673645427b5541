"""A register with so few persons from Nepal that a guarded release withholds them, and a home that releases it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
from three_registers import FIRST, declare

from ilms.settings import Settings
from schemas.partition import Partition

WAVE = "2023"
GUARDED = Partition(FIRST, WAVE)


def flows(*, nepal: int = 2, elsewhere: int = 4321, unknown: int = 30) -> str:
    """The producer's file, with so many permits by nationality."""
    return f"Nationality,Permits\nNepal,{nepal}\nElsewhere,{elsewhere}\nUnknown,{unknown}\n"


def declare_guarded(folder: Path, source: str = FIRST, *, maximum_unknown_share: float = 0.5) -> None:
    """Declare the register: one wave, whose file may have permits of which no nationality is known."""
    declared = declare(folder, source, waves=(WAVE,), maximum_unknown_share=maximum_unknown_share)
    with (declared / "code_maps.csv").open("a") as codes:
        codes.write("nationality,Unknown,unknown,\n")


def deliver_flows(settings: Settings, text: str, source: str = FIRST) -> None:
    """Put the producer's file into the mirror."""
    assert settings.mirror is not None
    place = settings.mirror / source / f"{WAVE}.csv"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)


@dataclass
class Guarded:
    """A home of the register that is released under the profile `guarded`."""

    settings: Settings

    @classmethod
    def at(cls, folder: Path) -> Guarded:
        """A home in a folder whose `sources` are those that are declared, before its first run."""
        declare_guarded(folder)
        guarded = cls(Settings(folder / "home", folder / "mirror", release_rules="none", release_profile="guarded"))
        guarded.deliver()
        return guarded

    def under(self, profile: str) -> Settings:
        """The home under another release profile."""
        return replace(self.settings, release_profile=profile)

    def deliver(self, **changes: int) -> None:
        """The producer's file, with so many permits by nationality."""
        deliver_flows(self.settings, flows(**changes))

    def released(self) -> list[tuple[str, float | None]]:
        """The numbers of the current release by nationality."""
        database = self.settings.layout.current() / "warehouse.duckdb"
        with duckdb.connect(str(database), read_only=True) as connection:
            return connection.execute("select classif1, obs_value from observation order by 1").fetchall()

    def kept(self) -> list[tuple[str, str, int | None]]:
        """What is kept of what releases told."""
        file = self.settings.layout.disclosed(GUARDED)
        query = f"select classif1, obs_status, n from read_parquet('{file}') order by all"
        return duckdb.execute(query).fetchall()
