"""A kind of source as declarations have it: its model, what finds its faults, and what it may hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from schemas.published_indicator import Published, no_indicators
from schemas.source import Runnable, Source
from schemas.yaml_lines import Location

Lines = dict[Location, int]
Declared_co = TypeVar("Declared_co", bound=Source, covariant=True)


def _no_numbers(_source: Source) -> frozenset[str]:
    return frozenset()


@dataclass(frozen=True)
class SourceKind(Generic[Declared_co]):
    """One kind of source. What a run does for it is in the module of the same name in `ilms.kinds`.

    name         what `kind` of source.yaml gives
    called       what people call such a source
    model        the model of its declaration
    find_faults  finds the faults that the model alone cannot, each with its line in the file
    indicators   its catalogue: indicator id -> the indicator as it is published
    has_columns  whether `columns.csv` is required beside source.yaml
    has_records  whether its files hold records, or tables of them, that can be protected
    may_give     the indicators that numbers of a source may be of, by its declaration alone
    """

    name: str
    called: str
    model: type[Declared_co]
    find_faults: Callable[[Any, Path, Lines], Iterator[str]]
    indicators: Callable[[], Mapping[str, Published]] = no_indicators
    has_columns: bool = False
    has_records: bool = False
    may_give: Callable[[Any], frozenset[str]] = _no_numbers

    @property
    def runs(self) -> bool:
        """Whether its waves run as partitions."""
        return issubclass(self.model, Runnable)

    def of(self, source: Source | None) -> Declared_co | None:
        """The source itself where it is of this kind, else None."""
        return source if isinstance(source, self.model) else None
