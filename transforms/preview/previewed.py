"""What a preview says: figures, distributions and indicators, as whoever prints them is given them.

No record is in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Beside:
    """Another figure to compare with, and whose it is."""

    value: float
    of: str


@dataclass(frozen=True)
class Figure:
    """One figure; None where no record gives it. `cases` are the records that it is made from."""

    name: str
    label: str
    value: float | None
    unit: str
    cases: int
    beside: tuple[Beside, ...] = ()


@dataclass(frozen=True)
class Held:
    """A value of a variable: how many records hold it, and their part of all persons, in per cent."""

    value: str
    label: str
    records: int
    share: float | None


@dataclass(frozen=True)
class Spread:
    """Numbers of a variable: how many records have one, their weighted mean, and quantiles (share -> value).

    A quantile is there only where enough records lie beyond it, so that none is the answer of a single person.
    """

    records: int
    mean: float | None
    quantiles: Mapping[float, float]


@dataclass(frozen=True)
class Distribution:
    """What a variable holds: its values, the most frequent first, and by kind what is missing.

    `others` stands for all values beyond those that are listed.
    """

    name: str
    label: str
    values: tuple[Held, ...] = ()
    others: Held | None = None
    missing: tuple[Held, ...] = ()
    spread: Spread | None = None


@dataclass(frozen=True)
class Preview:
    """What harmonised records hold. `absent` are the variables that nobody has a value of, by kind of missing.

    share_of  what the shares of the distributions are parts of
    """

    figures: tuple[Figure, ...] = ()
    distributions: tuple[Distribution, ...] = ()
    absent: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    share_of: str = "all persons"


@dataclass(frozen=True)
class PreviewedIndicator:
    """One indicator of the catalogue: whether it comes out, with how many numbers of which status, or why not."""

    name: str
    title: str
    state: str
    reason: str = ""
    numbers: int = 0
    statuses: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class OneMore:
    """What one more variable would add: indicators that need it alone, and those that it would give in full."""

    variable: str
    label: str
    added: tuple[str, ...]
    in_full: tuple[str, ...]
