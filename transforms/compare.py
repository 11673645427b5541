"""A wave compared with the one before it: values and totals that appear, vanish or jump.

Both kinds of records are treated alike: each variable is a list of values with their totals, of weights for persons and
of counts for flows. Only variables with a classification, countries and the producer's own classes are compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from schemas.comparison import Comparison, load_comparison
from schemas.concepts import Concept, load_concepts
from schemas.flows import ALL, FlowVariable, breakdowns, load_flow_variables
from schemas.partition import Partition
from schemas.periods import months
from schemas.register import Register
from transforms.duck import connect, parquet_rows, quote_name, quote_text
from transforms.relation import Relation, create_view

EVENT = "event"
PERCENT = 100

Profile = Mapping[str, Mapping[str, float]]
"""Variable -> each of its values -> the total of the records with that value."""


@dataclass(frozen=True)
class Wave:
    """A wave to compare: its name and its profile."""

    partition: Partition
    profile: Profile


def persons_profile(core: Path) -> Profile:
    """Totals of a wave's persons by the values of each variable; variables with too many values are left out."""
    with connect() as connection:
        persons = create_view(connection, "core", f"from {parquet_rows(core)}")
        names = [name for name, concept in load_concepts().items() if concept.type in ("category", "country")]
        return _profile(persons, {name: ("weight", "true") for name in names if name in persons.columns})


def flows_profile(register: Register, partition: Partition, core: Path) -> Profile:
    """Totals of a wave's flow records by the values of each breakdown; breakdowns with too many values are left out."""
    with connect() as connection:
        flows = create_view(connection, "core", f"from {parquet_rows(core)}")
        return _profile(flows, dict(_of_register(flows, register, partition)))


def _profile(records: Relation, chosen: Mapping[str, tuple[str, str]]) -> Profile:
    """The profile of the variables `chosen`, each with its weight and rows, in alphabetical order.

    A profile is kept as JSON with sorted keys: read back, it must give the remarks in the same order as when it was
    made.
    """
    limit = load_comparison().values_compared
    found = {}
    for name, (weight, where) in chosen.items():
        rows = records.connection.execute(
            f"select {quote_name(name)}, sum({weight}) from {records} where {where} and {quote_name(name)} is not null"
            f" group by 1 order by 1 limit {limit + 1}"
        ).fetchall()
        if 0 < len(rows) <= limit:
            found[name] = {str(value): float(total or 0) for value, total in rows}
    return dict(sorted(found.items()))


def _of_register(flows: Relation, register: Register, partition: Partition) -> Iterator[tuple[str, tuple[str, str]]]:
    """The weight and rows of each breakdown, taken from the first table that is used for an indicator and has the
    breakdown."""
    feeding = [name for name, table in register.wave_tables(partition.wave).items() if table.feeds_in(partition.wave)]
    # Numbers that stand may be of earlier software, whose records lack what is told apart since.
    for variable in (each for each in breakdowns() if each in flows.columns):
        for table in feeding:
            where = f"register_table = {quote_text(table)}"
            query = f"select count(*) from {flows} where {where} and {quote_name(variable)} <> {quote_text(ALL)}"
            if flows.connection.execute(query).fetchall()[0][0]:
                yield variable, ("value", where)
                break


def differences(before: Wave, now: Wave, limits: Comparison) -> list[str]:
    """The differences between a wave and the one before it, in words; the largest of each variable first.

    Totals are compared only between periods of the same length, shares between any periods.
    """
    remarks = list(_totals(before, now, limits))
    for variable, values in now.profile.items():
        if variable not in before.profile:
            remarks.append(f"{_label(variable)} was not given before")
            continue
        remarks += _values(_label(variable), before.profile[variable], values, limits)
    remarks += [f"{_label(variable)} is no longer given" for variable in before.profile if variable not in now.profile]
    if len(remarks) > limits.differences_listed:
        remarks = [
            *remarks[: limits.differences_listed],
            f"{len(remarks) - limits.differences_listed} further differences",
        ]
    return remarks


def same_numbers(one: Profile, other: Profile) -> bool:
    """Whether all numbers of two waves are the same, which never happens by chance."""
    return one == other and sum(len(values) for values in one.values()) > len(one)


def _totals(before: Wave, now: Wave, limits: Comparison) -> Iterator[str]:
    """Totals that jump: of each event in a register, of all persons in a survey."""
    if len(months(before.partition.wave)) != len(months(now.partition.wave)):
        return
    for name in sorted(before.profile.get(EVENT, {}).keys() & now.profile.get(EVENT, {}).keys()) or [""]:
        one, other = _total(before.profile, name), _total(now.profile, name)
        if one > 0 and other > 0 and not 1 / limits.total_factor < other / one < limits.total_factor:
            yield f"the total{f' of {name}' if name else ''} is {other:,.0f} and was {one:,.0f}"


def _total(found: Profile, event: str) -> float:
    return found[EVENT][event] if event else max((sum(values.values()) for values in found.values()), default=0.0)


def _values(label: str, before: Mapping[str, float], now: Mapping[str, float], limits: Comparison) -> Iterator[str]:
    """Values of one variable that appear, vanish, or change their share."""
    whole_before, whole_now = sum(before.values()), sum(now.values())
    if whole_before <= 0 or whole_now <= 0:
        return
    shares = {
        value: (PERCENT * before.get(value, 0) / whole_before, PERCENT * now.get(value, 0) / whole_now)
        for value in before.keys() | now.keys()
    }
    for value, (was, is_) in sorted(shares.items(), key=lambda item: (-abs(item[1][1] - item[1][0]), item[0])):
        if value not in before and is_ >= limits.share_new:
            yield f"{label} '{value}' appears, with {is_:.1f} per cent"
        elif value not in now and was >= limits.share_new:
            yield f"{label} '{value}' has vanished, with {was:.1f} per cent before"
        elif abs(is_ - was) >= limits.share_change:
            yield f"{label} '{value}' is {is_:.1f} per cent and was {was:.1f}"


def _label(variable: str) -> str:
    known: Concept | FlowVariable = load_flow_variables().get(variable) or load_concepts()[variable]
    return known.label.en.lower()
