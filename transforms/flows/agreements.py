"""Sums that must agree between the tables of a register, and figures that its producer publishes."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.errors import InputError
from schemas.partition import Partition
from schemas.periods import in_order
from schemas.register import Agreement, Figure, Register
from transforms.duck import quote_name, quote_text
from transforms.fault_list import FaultList
from transforms.relation import Relation


def check_agreements(flows: Relation, register: Register, partition: Partition) -> Iterator[str]:
    """Warnings on the flow records, in words: from agreements that only warn, and on a new wave without figures.

    Raises InputError for an agreement that must hold, or a published figure that is not met.
    """
    tables = register.wave_tables(partition.wave)
    faults = FaultList(partition.key)
    for index, agreement in enumerate(register.agreements):
        if partition.wave in agreement.waves and {agreement.parts, agreement.whole} <= tables.keys():
            found = _disagreement(flows, agreement)
            if found and agreement.otherwise == "fail":
                with faults.collecting("agreements", index):
                    raise _refusal(partition, found)
            elif found:
                yield f"{found}: {agreement.because}"
    for index, figure in enumerate(register.figures):
        if figure.wave == partition.wave:
            with faults.collecting("figures", index):
                _check_figure(flows, partition, figure)
    faults.require_none()
    waves = [figure.wave for figure in register.figures]
    if waves and partition.wave not in waves and in_order([partition.wave, *waves])[-1] == partition.wave:
        yield "no published figure is declared for this wave, unlike earlier ones; its sums are not compared with any"


def _refusal(partition: Partition, found: str) -> InputError:
    return InputError(
        found,
        where=partition.key,
        why="one of the tables is not as declared, and it is not known which",
        remedy="look at the files; if the producer's tables do disagree, declare it: `otherwise: warn` with `because`",
    )


def _disagreement(flows: Relation, agreement: Agreement) -> str:
    """What does not agree, in words; empty when everything does. Sums with a part that the producer suppresses are not
    compared."""
    by = ", ".join(quote_name(name) for name in agreement.by)
    grouped = f"group by {by}" if by else ""
    sums = {
        side: f"select {by + ', ' if by else ''} sum(value) as value, count(value_missing) > 0 as hidden from {flows}"
        f" where register_table = {quote_text(table)} {grouped}"
        for side, table in (("parts", agreement.parts), ("whole", agreement.whole))
    }
    join = f"using ({by})" if by else "on true"
    differing = flows.connection.execute(
        f"""
        with parts as ({sums["parts"]}),
        whole as ({sums["whole"]}),
        compared as (
            select {by + "," if by else ""} coalesce(parts.value, 0) as parts, coalesce(whole.value, 0) as whole
            from parts {"inner" if agreement.shared else "full"} join whole {join}
            where not coalesce(parts.hidden, false) and not coalesce(whole.hidden, false)
        )
        select count(*), sum(parts - whole), any_value(parts), any_value(whole)
        from compared
        where abs(parts - whole) > {agreement.tolerance}
        """
    ).fetchall()[0]
    if not differing[0]:
        return ""
    return (
        f"table '{agreement.parts}' and table '{agreement.whole}' disagree in {differing[0]} sum(s)"
        f"{' by ' + ' and '.join(agreement.by) if agreement.by else ''}, such as {differing[2]:,.0f} and "
        f"{differing[3]:,.0f}; {differing[1]:+,.0f} in all"
    )


def _check_figure(flows: Relation, partition: Partition, figure: Figure) -> None:
    conditions = [f"{quote_name(name)} = {quote_text(value)}" for name, value in figure.where.items()]
    conditions.append(f"register_table = {quote_text(figure.table)}")
    query = f"select coalesce(sum(value), 0) from {flows} where {' and '.join(conditions)}"
    total = float(flows.connection.execute(query).fetchall()[0][0])
    if abs(total - figure.value) > figure.tolerance:
        about = ", ".join(f"{name} {value}" for name, value in figure.where.items())
        raise InputError(
            f"table '{figure.table}'{' with ' + about if about else ''} sums to {total:,.0f}, and the published figure "
            f"is {figure.value:,.0f} ({figure.reference})",
            where=partition.key,
            why="the file is not the declared one, or its rows do not mean what is declared",
            remedy="look at the file and its publication; correct the declaration, or the figure if it was revised",
        )
