"""Addresses and file names with placeholders: `https://.../{year}/csv_p{state}.zip`.

Only a plain `{name}` is a placeholder. Python's own formatting gives a pattern access to attributes of objects, so it
is not used.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from schemas.errors import DeclarationError
from schemas.partition import Partition
from schemas.source import Source
from schemas.spellings import PLACEHOLDER, PLAIN_NAMES, placeholders


def wave_values(source: Source, partition: Partition, settings: Mapping[str, str]) -> dict[str, str]:
    """The values of a wave's placeholders: those that every wave has, and the wave's own settings.

    Raises DeclarationError when a setting has the name of a value that every wave has.
    """
    taken = {*PLAIN_NAMES} & settings.keys()
    if taken:
        raise DeclarationError(
            f"the settings {_listed(taken)} have the name of a value that every wave has",
            where=f"{partition.key}, settings",
            remedy="choose another name",
        )
    return source.wave_names(partition.wave) | dict(settings)


def fill(pattern: str, values: Mapping[str, str], where: str) -> str:
    """The pattern with every `{name}` replaced by its value.

    Raises DeclarationError for a name that has no value, and for a brace without its counterpart.
    """
    unknown = placeholders(pattern) - values.keys()
    if unknown or set("{}") & set(PLACEHOLDER.sub("", pattern)):
        raise DeclarationError(
            f"'{pattern}' holds {_listed(unknown, braces=True) if unknown else 'a brace without its counterpart'}",
            where=where,
            why="there is no value for it",
            remedy=f"use {_listed({name for name in values if ':' not in name}, braces=True)}; a spelling, such as "
            "{month:name_en} (schemas/spellings.yaml); or declare it in the wave's settings or the file's parameters",
        )
    return PLACEHOLDER.sub(lambda found: values[found[1]], pattern)


def combinations(pattern: str, parameters: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """Every combination of the parameters that the pattern mentions; one empty combination when it mentions no
    parameter."""
    used = [name for name in parameters if name in placeholders(pattern)]
    return [dict(zip(used, chosen, strict=True)) for chosen in itertools.product(*(parameters[name] for name in used))]


def _listed(names: Mapping[str, str] | set[str], *, braces: bool = False) -> str:
    return ", ".join(f"{{{name}}}" if braces else f"'{name}'" for name in sorted(names))
