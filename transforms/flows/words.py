"""What the words of a register mean: by its maps first, then as countries; one without meaning stops the partition."""

from __future__ import annotations

from collections.abc import Iterable

from schemas.flows import load_flow_variables
from schemas.register import FlowSource
from transforms.codes import CodeMap, known_countries, nearest, to_iso3
from transforms.flows.table_in_wave import SHOWN, TableInWave
from transforms.read.header import tidy


def meanings(table: TableInWave, name: str, origin: FlowSource, words: Iterable[str]) -> dict[str, str]:
    """Each word of a variable -> its canonical value.

    Raises InputError that names the words without a meaning, each with the nearest known ones.
    """
    codes = table.register.code_maps[origin.map] if origin.map else {}
    code_map = CodeMap({tidy(code): value for code, value in codes.items()}, fold=origin.fold)
    is_text = load_flow_variables()[name].type == "text"
    found: dict[str, str] = {}
    unknown: list[str] = []
    for word in words:
        value = code_map.get(tidy(word)) if origin.map else None
        if value is None and origin.country is not None:
            value = to_iso3(tidy(word), origin.country)
        if value is None and is_text:
            value = tidy(word)
        if value is None:
            unknown.append(word)
        else:
            found[word] = value
    if unknown:
        raise _unknown(table, name, origin, unknown, list(codes))
    return found


def _unknown(table: TableInWave, name: str, origin: FlowSource, unknown: list[str], codes: list[str]) -> Exception:
    known = [*codes, *(known_countries().values() if origin.country == "name" else [])]
    shown = [f"'{word[:60]}'{nearest(word, known)}" for word in sorted(unknown)[:SHOWN]]
    more = f" and {len(unknown) - SHOWN} more" if len(unknown) > SHOWN else ""
    where = (
        f"map '{origin.map}' in code_maps.csv"
        if origin.map
        else f"a map in code_maps.csv, and name it as `map` of variable '{name}' in source.yaml"
    )
    return table.fault(
        f"{len(unknown)} value(s) of '{name}' have no meaning: {'; '.join(shown)}{more}",
        why="they would be lost, or counted as something else",
        remedy=f"add them to {where}",
    )
