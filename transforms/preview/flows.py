"""What flow records of a register hold: what each table counts, and by which breakdowns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from schemas.codelists import load_codelist
from schemas.flows import ALL, FlowVariable, load_flow_variables
from schemas.register import Register
from transforms.duck import connect, parquet_rows, quote_name, quote_text
from transforms.preview.persons import LISTED, MOST_LISTED
from transforms.preview.previewed import Distribution, Figure, Held, Preview
from transforms.relation import Relation, create_view


def preview_flows(register: Register, core: Path, *, memory_limit: str = "2GB") -> Preview:
    """The preview of flow records: the sum of each table, and what stands under each of its breakdowns."""
    with connect(memory_limit=memory_limit, work=core.parent) as connection:
        flows = create_view(connection, "flow", f"from {parquet_rows(core)}")
        query = f"select register_table, sum(value), count(*) from {flows} group by 1 order by 1"
        sums = connection.execute(query).fetchall()
        figures = tuple(
            Figure(name, register.tables[name].title, value, register.table_facts(register.tables[name]).unit, count)
            for name, value, count in sums
        )
        tables = [(name, float(value or 0)) for name, value, _ in sums]
        distributions = tuple(each for table in tables for each in _distributions(flows, *table))
        return Preview(figures, distributions, share_of="the sum of their table")


def _distributions(flows: Relation, table: str, total: float) -> Iterator[Distribution]:
    for name, variable in load_flow_variables().items():
        if variable.role != "breakdown":
            continue
        column = quote_name(name)
        rows = flows.connection.execute(
            f"select {column}, count(*), coalesce(sum(value), 0) from {flows}"
            f" where register_table = {quote_text(table)} group by 1 order by 3 desc, 1"
        ).fetchall()
        held = [
            Held(str(value), _label(str(value), variable), int(count), 100 * number / total if total else None)
            for value, count, number in rows
        ]
        if [each.value for each in held] == [ALL]:
            continue
        missing = tuple(each for each in held if each.value in variable.missing)
        found = [each for each in held if each not in missing]
        listed = found if len(found) <= MOST_LISTED else found[:LISTED]
        label = f"{table}: {variable.label.en}"
        yield Distribution(name, label, tuple(listed), _others(found[len(listed) :]), missing)


def _others(rest: list[Held]) -> Held | None:
    if not rest:
        return None
    return Held("", f"{len(rest)} others", sum(each.records for each in rest), sum(each.share or 0 for each in rest))


def _label(value: str, variable: FlowVariable) -> str:
    if variable.type != "country":
        return variable.values.get(value, value)
    area = load_codelist("CL_AREA").by_code.get(value)
    return area.label_en if area else value
