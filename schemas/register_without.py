"""A register without the parts of its declaration that do not fit a file, so that the rest can be examined.

Used by `ilms check` on files alone: a run stops instead.
"""

from __future__ import annotations

from collections.abc import Iterable

from schemas.errors import Part
from schemas.flows import ALL
from schemas.periods import Waves
from schemas.register import Register
from schemas.register_table import FlowSource, Table
from schemas.table_rows import Period, TotalRows

LEFT_ASIDE = "left aside, as it does not fit the file"


def register_without(register: Register, wave: str, parts: Iterable[Part]) -> Register:
    """The register as it is in a wave, without some parts.

    A table loses a breakdown whose words have no meaning or whose column is lacking, and corrections, sums and months
    that do not hold; counts that are not numbers are treated as suppressed. A table that lacks anything else is left
    out as a whole, together with its published figures; where no table would remain, nothing is left out.
    """
    lost = list(parts)
    tables, columns = {}, dict(register.columns)
    for name, table in register.tables.items():
        own = [part[2:] for part in lost if part[:2] == ("tables", name)]
        left = _left(table, wave, own)
        if left is not None:
            tables[name] = left
            for column in _named(own, "columns"):
                columns.pop(f"{name}.{column}", None)
    agreements, figures = _named(lost, "agreements"), _named(lost, "figures")
    without = register.model_copy(
        update={
            "tables": tables,
            "columns": columns,
            "agreements": [each for at, each in enumerate(register.agreements) if at not in agreements],
            "figures": [each for at, each in enumerate(register.figures) if at not in figures and each.table in tables],
        }
    )
    return without if without.wave_tables(wave) else register


def _named(parts: Iterable[Part], key: str) -> set[str | int]:
    """What stands second in the parts of one key."""
    return {part[1] for part in parts if len(part) > 1 and part[0] == key}


def _left(table: Table, wave: str, lost: list[Part]) -> Table | None:
    """What remains of a table; None where nothing does, or where it is without these parts already."""
    if not lost:
        return table
    columns, corrections, totals = (_named(lost, key) for key in ("columns", "corrections", "totals"))
    known = {"variables", "columns", "corrections", "totals", "period", "value"}
    if any(not part or part[0] not in known for part in lost) or _is_needed(table, columns):
        return None
    without_words = _named(lost, "variables") | {
        name for name, origin in table.variables.items() if origin.column in columns
    }
    value = table.value
    hidden = [str(text) for text in sorted(_named(lost, "value"), key=str)]
    left = table.model_copy(
        update={
            "variables": {
                name: FlowSource(constant=ALL) if name in without_words else origin
                for name, origin in table.variables.items()
            },
            "corrections": [each for at, each in enumerate(table.corrections) if at not in corrections],
            "totals": [_unchecked(each, wave) if at in totals else each for at, each in enumerate(table.totals)],
            "period": _with_gaps(table.period) if ("period",) in lost else table.period,
            "value": value.model_copy(update={"suppressed": list(dict.fromkeys([*value.suppressed, *hidden]))}),
        }
    )
    return left if left != table else None


def _is_needed(table: Table, columns: set[str | int]) -> bool:
    """Whether a table needs some columns for anything but a breakdown."""
    by = {each for total in table.totals for each in total.by} | {*(table.once.by if table.once else ())}
    named = {table.value.column, table.period.column if table.period else None, *table.fill_down, *by}
    rest = table.model_dump_json(exclude={"variables"})
    return any(column in named or f"raw.{column}" in rest for column in columns)


def _unchecked(total: TotalRows, wave: str) -> TotalRows:
    """Sums that may differ from their parts; where they may already, sums that the wave need not have."""
    if total.otherwise != "warn":
        return total.model_copy(update={"otherwise": "warn"})
    return total.model_copy(update={"not_in": Waves([*total.not_in.named, wave])})


def _with_gaps(period: Period | None) -> Period:
    """A period of which months may lack."""
    return (period or Period()).model_copy(update={"gaps": LEFT_ASIDE})


def left_aside(before: Register, after: Register, wave: str) -> list[str]:
    """What one register has in a wave and the other lacks, in words."""
    left = after.wave_tables(wave)
    said = []
    for name, table in before.wave_tables(wave).items():
        if name not in left:
            said.append(f"table '{name}'")
            continue
        now = left[name]
        changed = [each for each, origin in table.variables.items() if now.variables[each] != origin]
        said += [f"the breakdown of table '{name}' by {each}" for each in changed]
        said += [
            f"correction '{each.because}' of table '{name}'"
            for each in table.corrections
            if each not in now.corrections
        ]
        said += [f"sums of table '{name}' that do not hold"] if now.totals != table.totals else []
        said += [f"months of table '{name}' that lack"] if now.period != table.period else []
        said += [f"counts of table '{name}' that are no numbers"] if now.value != table.value else []
    said += ["an agreement between tables"] * (len(before.agreements) - len(after.agreements))
    figures = [each for each in before.figures if each not in after.figures and each.table in left]
    return [*said, *(f"the published figure of table '{each.table}', {each.value:,.0f}" for each in figures)]
