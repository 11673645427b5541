"""What the columns of an indicator are to a page: who is compared, what is a row, and what is held fixed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from warehouse.explorer.compare import sides_of
from warehouse.explorer.groups import BOTH, Sides
from warehouse.explorer.numbers import Number
from warehouse.explorer.reader import Reader

SEX = "sex"
NOT_BESIDE_EACH_OTHER = ("CUR",)
"""Classifications whose codes have different units: one is chosen, they make no chart together."""


@dataclass(frozen=True)
class Shape:
    """The columns of an indicator.

    basis, sides, side_column  who is compared; empty and None where migrants are not told from others
    row, row_column            the classification whose codes are rows; empty where there is none
    fixed, fixed_column        the one of which a page shows one code; empty where there is none
    """

    basis: str
    sides: Sides | None
    side_column: str
    row: str
    row_column: str
    fixed: str
    fixed_column: str

    def row_code(self, number: Number) -> str:
        """The code of a number that makes its row."""
        return _column(number, self.row_column)

    def fixed_code(self, number: Number) -> str:
        """The code of a number in the classification that is held fixed."""
        return _column(number, self.fixed_column)


def _column(number: Number, column: str) -> str:
    return {"classif1": number.classif1, "classif2": number.classif2}.get(column, "")


def shape_of(reader: Reader, indicator: str, numbers: Sequence[Number]) -> Shape:
    """The columns of an indicator; of two classifications that could be rows, that with more codes is."""
    columns = {name: column for name, column in reader.flow(indicator).classifications if column != SEX}
    known = sides_of(indicator)
    basis, sides = known if known and known[0] in columns else ("", None)
    rest = [name for name in columns if name != basis]
    counts = {name: len({_column(each, columns[name]) for each in numbers}) for name in rest}
    rest.sort(key=lambda name: (name in NOT_BESIDE_EACH_OTHER, -counts[name]))
    row, fixed = [*rest, "", ""][:2]
    if row in NOT_BESIDE_EACH_OTHER:
        row, fixed = "", row
    return Shape(basis, sides, columns.get(basis, ""), row, columns.get(row, ""), fixed, columns.get(fixed, ""))


def version_of(code: str) -> str:
    """The version of a classification that a code is of: AGE_YTHADULT of AGE_YTHADULT_Y15-24."""
    return "_".join(code.split("_")[:2])


def total_of(reader: Reader, codelist: str, codes: Sequence[str]) -> str:
    """The code that stands for all, of those that occur; the first where none is."""
    ordered = reader.ordered(codelist, codes)
    totals = [each for each in ordered if each.endswith(("_TOTAL", "_YGE15"))]
    return (totals or ordered or [""])[0]


def both_or_all(numbers: Sequence[Number]) -> list[Number]:
    """Numbers of both sexes together, or those without sex."""
    return [each for each in numbers if each.sex in (BOTH, "")]
