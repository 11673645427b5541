"""The profile of a core table: how often each value of its columns occurs, counted once for all uses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from schemas.concepts import banded, load_concepts
from schemas.declaration import Range
from transforms.relation import Relation


@dataclass(frozen=True)
class Profile:
    """How many persons have each value, most first.

    values       the values of each category, kinds of missing among them
    missing      the kinds of missing of each number, None for persons with a value
    with_number  the persons who have a value of each number
    bands        for each number that may be in bands, the bands in which persons of working age are known
    """

    values: dict[str, dict[str | None, int]]
    missing: dict[str, dict[str | None, int]]
    with_number: dict[str, int]
    bands: dict[str, list[Range]] = field(default_factory=dict)

    def kinds(self, variable: str) -> list[str | None]:
        """The values of a category, or the kinds of missing of a number, other than 'not in universe'; most frequent
        first."""
        held = self.missing[variable] if variable in self.missing else self.values[variable]
        return [kind for kind in held if kind != "not_in_universe"]


def read_profile(core: Relation, variables: Iterable[str]) -> Profile:
    """The profile of some variables of the person records."""
    concepts = load_concepts()
    names = sorted(set(variables))
    numbers = [name for name in names if concepts[name].is_numeric]
    values = {name: _values(core, name) for name in names if name not in numbers}
    missing = {name: _values(core, f"{name}_missing") for name in numbers}
    counted = ", ".join(f"count({name})" for name in numbers)
    counts = core.connection.execute(f"select {counted} from {core}").fetchall()[0] if numbers else ()
    bands = {name: _bands(core, name) for name in banded()}
    return Profile(values, missing, dict(zip(numbers, counts, strict=True)), bands)


def _bands(core: Relation, name: str) -> list[Range]:
    rows = core.connection.execute(
        f"select distinct {name}_from, {name}_to from {core}"
        f" where {name}_from is not null and weight > 0 and working_age = 'yes' order by all"
    ).fetchall()
    return [Range.model_validate({"from": start, "to": end}) for start, end in rows]


def _values(core: Relation, column: str) -> dict[str | None, int]:
    rows = core.connection.execute(f"select {column}, count(*) from {core} group by 1 order by 2 desc, 1").fetchall()
    return {value: int(count) for value, count in rows}
