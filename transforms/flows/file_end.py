"""Whether a file is complete: an alphabetical list that ends in the middle of the alphabet has probably been cut
off."""

from __future__ import annotations

from itertools import pairwise

from schemas.expressions import raw_columns
from schemas.table_rows import TotalRows
from transforms.duck import quote_name
from transforms.flows.counts import ROW, Counts
from transforms.flows.remarks import NOTHING, Remarks, warning
from transforms.flows.table_in_wave import TableInWave
from transforms.relation import Relation

NAMES_OF_A_LIST = 10
"""A list of fewer names may well end at any letter."""
LATE = "s"
"""A complete list of countries, occupations or employers has names from this letter on."""
IN_ORDER = 0.95
"""Share of neighbouring names in order above which a list counts as alphabetical."""


def last_row(rows: Relation, table: TableInWave, total: TotalRows) -> str:
    """The last row of a table, in the columns that would identify a total."""
    columns = sorted(raw_columns(table.in_wave(total.when)))
    shown = ", ".join(quote_name(column) for column in columns) or "null"
    row = rows.connection.execute(f"select {shown} from {rows} order by {ROW} desc limit 1").fetchall()[0]
    return ", ".join(f"'{str(value)[:60]}'" for value in row)


def check_end(counts: Counts, table: TableInWave) -> Remarks:
    """Check the end of a table whose sums are confirmed neither by a total row nor by a published figure.

    Raises InputError where the wave is declared to have no totals and the list looks incomplete; adds a warning where
    no totals are declared at all.
    """
    wave, declared = table.partition.wave, table.declared
    if any(figure.wave == wave and figure.table == table.name for figure in table.register.figures):
        return NOTHING
    if any(wave not in total.not_in and not total.by for total in declared.totals):
        return NOTHING
    for column in _texts(table):
        last = _cut_at(counts.detail, column)
        if last is None:
            continue
        said = f"its rows are in alphabetical order and end with '{last[:60]}'"
        if not declared.totals:
            return warning(f"table '{table.name}': {said}; the file may be truncated")
        raise table.fault(
            f"{said}, and the wave is declared to have no totals",
            why="a truncated file would be published as if it were complete",
            remedy="compare the last row with the producer's file and fetch it again; if it is complete, give the sum"
            " that the producer publishes under `figures`",
        )
    return NOTHING


def _texts(table: TableInWave) -> list[str]:
    """The columns from which variables are read."""
    return sorted({each.column for each in table.declared.variables.values() if each.column})


def _cut_at(detail: Relation, column: str) -> str | None:
    """The last name of an alphabetical list that ends early; None for any other column."""
    query = f"select {quote_name(column)} from {detail} where {quote_name(column)} is not null order by {ROW}"
    found = [str(name).strip() for (name,) in detail.connection.execute(query).fetchall()]
    names = [name for name in dict.fromkeys(found) if name[:1].isalpha()]
    if len(names) < NAMES_OF_A_LIST:
        return None
    ordered = sum(one.casefold() <= other.casefold() for one, other in pairwise(names))
    last = max(names, key=str.casefold)
    return last if ordered >= IN_ORDER * (len(names) - 1) and last[0].casefold() < LATE else None
