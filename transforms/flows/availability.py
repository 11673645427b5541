"""Which indicators of registers a wave gives, which in totals only, and the reasons for the others."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from schemas.availability import Decision
from schemas.flows import load_flow_variables
from schemas.partition import Partition
from schemas.rates import load_rates
from schemas.register import Register
from schemas.register_faults import feed_gaps
from schemas.register_indicators import load_register_catalogue


def decide_flows(register: Register, partition: Partition, unbroken: Mapping[str, Collection[str]]) -> list[Decision]:
    """One decision for every indicator of registers, and for rates that of the cases: a release finds the workers.

    `unbroken` gives, for each estimated indicator, the variables by which its table is not broken down. The reason for
    an indicator that no table feeds is given by the guards of the declaration, or is that a table could feed it and is
    not declared to.
    """
    decisions = []
    for name in load_register_catalogue().indicators:
        if name in unbroken:
            decisions.append(_given(name, sorted(unbroken[name])))
        else:
            decisions.append(_not_fed(register, partition, name))
    of_counts = {each.indicator: each for each in decisions}
    rates = (replace(of_counts[rate.numerator], indicator=name) for name, rate in load_rates().items())
    return [*decisions, *rates]


def _given(name: str, whole: Collection[str]) -> Decision:
    if not whole:
        return Decision(name)
    labels = [load_flow_variables()[variable].label.en for variable in whole]
    said = "; ".join(f"{label}: the register's table is not broken down by it" for label in labels)
    return Decision(name, "totals_only", "not_broken_down_total", " ".join(whole), said)


def _held_back(register: Register, table: str, name: str) -> str:
    """The remark on a table that could feed an indicator: in which waves its declaration allows it, if in any."""
    waves = register.tables[table].feeds.get(name)
    some = f"allows it to feed the indicator in some waves only ({', '.join(waves)})" if waves else ""
    lets = some or "does not allow it to feed the indicator"
    return f"table '{table}' has the breakdowns, and its declaration {lets}"


def _not_fed(register: Register, partition: Partition, name: str) -> Decision:
    """The reason for the table that lacks least."""
    gaps_of = {
        table: list(feed_gaps(register, declared, name))
        for table, declared in register.wave_tables(partition.wave).items()
    }
    table, gaps = min(gaps_of.items(), key=lambda item: len(item[1]))
    if not gaps:
        return Decision(name, "not_produced", "not_fed", reason=_held_back(register, table, name))
    said = "; ".join(reason for _, reason in gaps)
    return Decision(name, "not_produced", gaps[0][0], reason=f"nearest table '{table}': {said}")
