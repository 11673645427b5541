"""What a producer's files contain, as found by `describe_files`: columns with labels, values and what they appear to
be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.read import Read
from transforms.describe.codebook import VariableLabels
from transforms.describe.keys import PersonKey
from transforms.describe.profile import CATEGORIES, FEW, UNLABELLED, ColumnProfile
from transforms.describe.recognise import Likeness


@dataclass(frozen=True)
class Value:
    """One value of a category: as the file writes it, its label where one is known, and the records that have it."""

    code: str
    label: str
    records: int


@dataclass(frozen=True)
class Ages:
    """The youngest and oldest of those with a value in a column, and of those without."""

    filled: tuple[int, int] | None
    empty: tuple[int, int] | None


@dataclass(frozen=True)
class Column:
    """One column: its contents, its documentation, and what it appears to be (the likeliest first).

    `ages` are given for columns with empty fields, where the column of ages is certain.
    """

    profile: ColumnProfile
    labels: VariableLabels = field(default_factory=VariableLabels)
    looks_like: tuple[Likeness, ...] = ()
    is_personal: bool = False
    ages: Ages | None = None

    @property
    def name(self) -> str:
        """The producer's name."""
        return self.profile.name

    def label_of(self, code: str) -> str:
        """What a code means according to the files; empty where they do not document it."""
        return self.labels.label_of(code)

    @property
    def is_identifier(self) -> bool:
        """Whether it identifies persons or households: no value of it is shown."""
        return self.is_personal or any(each.is_identifier for each in self.looks_like)

    @property
    def is_category(self) -> bool:
        """Whether it has few values that are words or codes; only such values are listed."""
        each = self.profile
        if self.is_identifier or not each.values:
            return False
        labelled = sum(1 for code in each.values if self.label_of(code))
        if labelled * 2 >= len(each.values):
            return True
        if each.is_numeric:
            return each.is_whole and each.distinct <= UNLABELLED and each.longest <= 6
        return each.distinct <= CATEGORIES and each.filled >= 2 * each.distinct

    @property
    def values(self) -> tuple[Value, ...]:
        """The values that may be shown: codes, those with a label, and words that FEW records or more share."""
        if not self.is_category:
            return ()
        shown = (
            Value(code, self.label_of(code), records)
            for code, records in self.profile.values.items()
            if records >= FEW or self.label_of(code) or self.profile.is_numeric
        )
        return tuple(sorted(shown, key=_order))

    @property
    def rare(self) -> int:
        """How many of its values are not shown, because fewer than FEW records have them."""
        return len(self.profile.values) - len(self.values) if self.is_category else 0


@dataclass(frozen=True)
class Described:
    """The files of a wave: how to read them, their records, their columns.

    `left_out` are columns that cannot be declared by name, with the reason; `remarks` what a person should check;
    `person_key` the columns that together identify every record, None where none were found.
    """

    read: Read
    records: int
    columns: tuple[Column, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    person_key: PersonKey | None = None

    def column(self, name: str) -> Column:
        """A column by the producer's name."""
        return next(each for each in self.columns if each.name == name)


def _order(value: Value) -> tuple[bool, float, str]:
    """Codes in numerical order, then words in alphabetical order."""
    try:
        return False, float(value.code.replace(",", ".")), value.code
    except ValueError:
        return True, 0.0, value.code
