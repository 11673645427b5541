"""A register without the parts of its declaration that do not fit a file, so that the rest can be examined.

Used by `ilms check` on files alone: a run stops instead.
"""

from __future__ import annotations

from collections.abc import Iterable

from schemas.errors import Part
from schemas.flows import ALL
from schemas.register import Register
from schemas.register_table import FlowSource, Table


def register_without(register: Register, wave: str, parts: Iterable[Part]) -> Register:
    """The register as it is in a wave, without some parts.

    A table loses a breakdown whose words have no meaning. A table that lacks anything else is left out as a whole,
    together with the published figures that it must meet; where no table would remain, nothing is left out.
    """
    lost = list(parts)
    tables = {}
    for name, table in register.tables.items():
        left = _left(table, [part[2:] for part in lost if part[:2] == ("tables", name)])
        if left is not None:
            tables[name] = left
    without = register.model_copy(
        update={
            "tables": tables,
            "figures": [each for each in register.figures if each.table in tables],
        }
    )
    return without if without.wave_tables(wave) else register


def _left(table: Table, lost: list[Part]) -> Table | None:
    """What remains of a table; None where nothing does."""
    if not lost:
        return table
    if any(len(part) != 2 or part[0] != "variables" for part in lost):
        return None
    named = {str(part[1]) for part in lost}
    variables = {
        name: FlowSource(constant=ALL) if name in named else origin for name, origin in table.variables.items()
    }
    return table.model_copy(update={"variables": variables}) if variables != table.variables else None


def left_aside(before: Register, after: Register, wave: str) -> list[str]:
    """What one register has in a wave and the other lacks, in words."""
    left = after.wave_tables(wave)
    said = []
    for name, table in before.wave_tables(wave).items():
        if name not in left:
            said.append(f"table '{name}'")
            continue
        changed = [each for each, origin in table.variables.items() if left[name].variables[each] != origin]
        said += [f"the breakdown of table '{name}' by {each}" for each in changed]
    return said
