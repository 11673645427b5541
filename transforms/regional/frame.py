"""A table in memory whose columns, types and key are declared, and checked when it is passed on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from pandas.api import types

from schemas.errors import InputError
from schemas.tables import Column

DTYPES = {"VARCHAR": "str", "DOUBLE": "float64", "BIGINT": "int64", "BOOLEAN": "bool"}
SHOWN = 5


def _is_number(dtype: Any) -> bool:
    return types.is_numeric_dtype(dtype) and not types.is_bool_dtype(dtype)


# pandas keeps whole numbers with gaps as floats, and columns of text without a value as objects.
FITS: Mapping[str, Callable[[Any], bool]] = {
    "VARCHAR": lambda dtype: types.is_string_dtype(dtype) or types.is_object_dtype(dtype),
    "DOUBLE": _is_number,
    "BIGINT": _is_number,
    "BOOLEAN": types.is_bool_dtype,
}


@dataclass(frozen=True)
class Frame:
    """A table in memory: its name, its columns, and those that identify its rows (none where rows may repeat)."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def names(self) -> list[str]:
        """The names of its columns."""
        return [column.name for column in self.columns]

    def empty(self) -> pd.DataFrame:
        """The table without rows."""
        return pd.DataFrame({column.name: pd.Series(dtype=DTYPES[column.type]) for column in self.columns})

    def select(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Its columns of a frame, in their order. Raises InputError when one is lacking or of another type."""
        absent = [name for name in self.names if name not in frame]
        if absent:
            raise self._fault(f"lacks {', '.join(absent)}")
        for column in self.columns:
            dtype = frame[column.name].dtype
            if len(frame) and not FITS[column.type](dtype):
                raise self._fault(f"has {column.name} as {dtype}, and not as {column.type}")
        return frame[self.names]

    def of(self, frame: pd.DataFrame) -> pd.DataFrame:
        """As `select`; also raises InputError when two rows have one key, or a key is not complete."""
        found = self.select(frame)
        keys = found[list(self.key)]
        wrong = keys[keys.duplicated() | keys.isna().any(axis=1)] if self.key else keys.iloc[:0]
        if len(wrong):
            shown = "; ".join(" ".join(map(str, row)) for row in wrong.head(SHOWN).itertuples(index=False))
            raise self._fault(f"has rows with a repeated or incomplete key ({', '.join(self.key)}): {shown}")
        return found

    def indexed(self, frame: pd.DataFrame) -> pd.DataFrame:
        """As `of`, for a frame whose index is the key."""
        return self.of(frame.reset_index()).set_index(list(self.key))

    def _fault(self, what: str) -> InputError:
        return InputError(
            f"table '{self.name}' {what}",
            where="regional estimates",
            why="the next step would mistake one row for another",
            remedy="compare the step or benchmark that it comes from with transforms/regional/frames.py",
        )
