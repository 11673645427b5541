"""Who is compared with whom: for each classification of migrants, its codes for migrants, others and everyone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

WOMEN, MEN, BOTH = "SEX_F", "SEX_M", "SEX_T"
SEXES = (WOMEN, MEN)


@dataclass(frozen=True)
class Sides:
    """The codes of a classification that are set beside each other.

    basis  the name in `words.yaml` of what makes a migrant
    """

    basis: str
    migrants: str
    others: str
    everyone: str
    unknown: str

    @property
    def both(self) -> tuple[str, str]:
        """Migrants and others."""
        return self.migrants, self.others


SIDES: Mapping[str, Sides] = {
    "CBR": Sides("birth", "CBR_BIR_FOREIGN", "CBR_BIR_NATIVE", "CBR_BIR_TOTAL", "CBR_BIR_X"),
    "CCT": Sides("citizenship", "CCT_CIT_NONCIT", "CCT_CIT_CITIZEN", "CCT_CIT_TOTAL", "CCT_CIT_X"),
    "MIG": Sides("status", "MIG_STATUS_MIGRANT", "MIG_STATUS_NONMIG", "MIG_STATUS_TOTAL", "MIG_STATUS_X"),
}
