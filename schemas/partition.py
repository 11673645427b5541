"""The unit of work: one source x one wave, written `USA.acs|2024`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from schemas.errors import DeclarationError
from schemas.periods import FORMS, WAVE, frequency

SOURCE_ID = re.compile(r"[A-Z][A-Z0-9]{2}\.[a-z][a-z0-9_]*")


@dataclass(frozen=True, order=True)
class Partition:
    """One source x one wave. Both parts are checked, so they are safe in a path."""

    source: str
    wave: str

    def __post_init__(self) -> None:
        if not SOURCE_ID.fullmatch(self.source):
            raise DeclarationError(
                f"'{self.source}' is not a source id",
                remedy="write AREA.name, such as ABC.lfs, or X01.name for the world, in lower case after the dot",
            )
        if not WAVE.fullmatch(self.wave):
            raise DeclarationError(f"'{self.wave}' is not a wave", remedy=f"write {FORMS}")

    @property
    def key(self) -> str:
        """The Airflow partition key, `SOURCE|WAVE`."""
        return f"{self.source}|{self.wave}"

    @property
    def ref_area(self) -> str:
        """The reporting country, ISO 3166-1 alpha-3; X01 for sources of the whole world."""
        return self.source.split(".")[0]

    @property
    def frequency(self) -> str:
        """SDMX frequency code: A, S, Q or M."""
        return frequency(self.wave)

    @property
    def time(self) -> str:
        """The period as ILOSTAT's bulk files write it: 2024, 2017S1, 2024Q1, 2024M01."""
        return self.wave.replace("-", "")

    @classmethod
    def parse(cls, key: str) -> Partition:
        """The partition of an Airflow key."""
        source, _, wave = key.partition("|")
        return cls(source, wave)
