"""The parts of an address of SDMX REST: agencies, ids, versions, keys and parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from warehouse.service.errors import shown, syntax_error

ID = re.compile(r"[A-Za-z0-9_@$\-]+(\.[A-Za-z0-9_@$\-]+)*")
VERSION = re.compile(r"\d+([+~*]?)(\.\d+([+~*]?)|\.[+~*]){0,2}(-[A-Za-z0-9.\-]+)?|[+~*](\.0){0,2}")
EVERY = ("all", "ALL", "*")
LATEST = ("latest", "LATEST", "~", "+")
EMPTY = ("", *EVERY)
MOST_PARAMETERS, MOST_KEYS = 100, 200


@dataclass(frozen=True)
class Names:
    """Ids asked for; None for all of them."""

    ids: frozenset[str] | None

    def has(self, name: str) -> bool:
        """Whether a name is one of them."""
        return self.ids is None or name in self.ids


ALL_NAMES = Names(None)


@dataclass(frozen=True)
class Versions:
    """Versions asked for. The service holds one version of everything, so that the latest is the only one."""

    asked: tuple[str, ...]

    def has(self, version: str) -> bool:
        """Whether a version is among them."""
        return any(_version_fits(each, version) for each in self.asked)


LATEST_VERSION = Versions(("latest",))


def names(text: str) -> Names:
    """Ids that are separated by `+` or commas, or all. Raises RequestError (400) for what is no id."""
    if text in EVERY:
        return Names(None)
    found = re.split(r"[+,]", text)
    for each in found:
        if not ID.fullmatch(each) and each not in EVERY:
            raise syntax_error(f"'{shown(each)}' is no id: letters, digits, _, -, @ and $ are allowed.")
    return Names(None) if any(each in EVERY for each in found) else Names(frozenset(found))


def versions(text: str) -> Versions:
    """Versions that are separated by commas (or `+`, between two of them), the latest or all."""
    if text in (*EVERY, *LATEST):
        return Versions((text,))
    found = tuple(part for part in re.split(r",|(?<=[0-9a-z])\+(?=\d+\.\d)", text))
    for each in found:
        if not VERSION.fullmatch(each) and each not in (*EVERY, *LATEST):
            raise syntax_error(f"'{shown(each)}' is no version: write one such as 1.0, or latest.")
    return Versions(found)


def _version_fits(asked: str, version: str) -> bool:
    """Whether a version is the one asked for; `+`, `~` and `*` behind a number take that number and any after it."""
    if asked in (*EVERY, *LATEST):
        return True
    wanted, held = asked.partition("-")[0].split("."), version.split(".")
    width = max(len(wanted), len(held))
    open_from = next((place for place, part in enumerate(wanted) if part[-1] in "+~*"), None)
    least = [int(part.rstrip("+~*")[:9] or 0) for part in wanted] + [0] * (width - len(wanted))
    numbers = [int(part) for part in held] + [0] * (width - len(held))
    if open_from is None:
        return numbers == least
    return numbers[:open_from] == least[:open_from] and numbers[open_from:] >= least[open_from:]


def flow_reference(text: str) -> tuple[Names, str, Versions]:
    """Agency, id and version of `[AGENCY,]ID[,VERSION]`, as SDMX 2.1 names a dataflow."""
    parts = text.split(",")
    if len(parts) > 3 or not all(parts):
        raise syntax_error(f"'{shown(text)}' is no dataflow: write it as AGENCY,ID,VERSION or as ID alone.")
    agency, name, *rest = parts if len(parts) > 1 else ("all", parts[0])
    if not ID.fullmatch(name):
        raise syntax_error(f"'{shown(name)}' is no id of a dataflow.")
    return names(agency), name, versions(rest[0] if rest else "latest")


def read_keys(text: str, dimensions: Sequence[str], *, may_be_short: bool) -> tuple[dict[str, frozenset[str]], ...]:
    """The codes of each dimension that a key names; several keys are separated by commas, codes by `+`.

    No key at all stands for every series. `may_be_short` as in SDMX 3.0, where dimensions left out at the end have any
    code. Raises RequestError (400) for another number of dimensions than the dataflow has.
    """
    if text in EMPTY:
        return ()
    keys = text.split(",")
    if len(keys) > MOST_KEYS:
        raise syntax_error(f"One request may name {MOST_KEYS} keys.")
    return tuple(_read_key(each, dimensions, may_be_short=may_be_short) for each in keys)


def _read_key(text: str, dimensions: Sequence[str], *, may_be_short: bool) -> dict[str, frozenset[str]]:
    parts = [] if text in EMPTY else text.split(".")
    if parts and len(parts) != len(dimensions) and not (may_be_short and len(parts) < len(dimensions)):
        raise syntax_error(
            f"The key '{shown(text)}' has {len(parts)} dimensions, and the dataflow has {len(dimensions)}: "
            f"{'.'.join(dimensions)}."
        )
    codes = {name: frozenset(part.split("+")) - {""} for name, part in zip(dimensions, parts, strict=False)}
    return {name: found for name, found in codes.items() if found and "*" not in found}


def parameters(query: bytes) -> Mapping[str, str]:
    """The parameters of a query string, in which a `+` is a plus: periods and versions have it, and never a blank.

    Raises RequestError (400) for one that occurs twice, or is no text.
    """
    found: dict[str, str] = {}
    parts = [part for part in query.decode("ascii", errors="replace").split("&") if part]
    if len(parts) > MOST_PARAMETERS:
        raise syntax_error(f"The request has more than {MOST_PARAMETERS} parameters.")
    for part in parts:
        name, _, value = (unquote(side, errors="replace") for side in part.partition("="))
        if name in found:
            raise syntax_error(f"The parameter '{shown(name)}' occurs twice.")
        found[name] = value
    return found
