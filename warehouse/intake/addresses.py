"""Addresses and file names with placeholders: `https://.../{year}/csv_p{state}.zip`.

Only a plain `{name}` is a placeholder. Python's own formatting lets a pattern reach into objects, so it is not used.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence

from schemas.errors import DeclarationError
from schemas.partition import Partition

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def wave_values(partition: Partition, settings: Mapping[str, str]) -> dict[str, str]:
    """What the placeholders of a wave stand for: wave, year, yy, quarter or month, and the wave's own settings.

    Raises DeclarationError when a setting takes the name of one of the first five.
    """
    year, _, part = partition.wave.partition("-")
    values = {"wave": partition.wave, "year": year, "yy": year[2:]}
    if part:
        values["quarter" if part[0] == "Q" else "month"] = part[1:]
    taken = {"wave", "year", "yy", "quarter", "month"} & settings.keys()
    if taken:
        raise DeclarationError(
            f"the settings {_listed(taken)} have the name of something every wave knows by itself",
            where=f"{partition.key}, settings",
            remedy="choose another name",
        )
    return values | dict(settings)


def placeholders(pattern: str) -> set[str]:
    """The names between braces."""
    return set(_PLACEHOLDER.findall(pattern))


def fill(pattern: str, values: Mapping[str, str], where: str) -> str:
    """The pattern with every `{name}` replaced by its value.

    Raises DeclarationError for a name that has no value, and for a brace that stands alone.
    """
    unknown = placeholders(pattern) - values.keys()
    if unknown or set("{}") & set(_PLACEHOLDER.sub("", pattern)):
        raise DeclarationError(
            f"'{pattern}' holds {_listed(unknown, braces=True) if unknown else 'a brace that stands alone'}",
            where=where,
            why="nothing is known to put there",
            remedy=f"use {_listed(values, braces=True)}, or declare it in the wave's settings or the file's parameters",
        )
    return _PLACEHOLDER.sub(lambda found: values[found[1]], pattern)


def combinations(pattern: str, parameters: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """Every combination of the parameters that the pattern mentions; one empty combination when it mentions none."""
    used = [name for name in parameters if name in placeholders(pattern)]
    return [dict(zip(used, chosen, strict=True)) for chosen in itertools.product(*(parameters[name] for name in used))]


def _listed(names: Mapping[str, str] | set[str], *, braces: bool = False) -> str:
    return ", ".join(f"{{{name}}}" if braces else f"'{name}'" for name in sorted(names))
