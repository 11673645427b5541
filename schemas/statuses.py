"""Observation statuses: ILO's codes and SDMX's, which share letters and not their meaning (`obs_status.csv`).

Eurostat's flags (`eurostat_flags.csv`) are letters too, of which a number may have several. Their order there is the
order of consequence: the first of a number's flags that ILO has a status for is its status.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Final, Literal

from schemas.declaration import Trilingual
from schemas.errors import DeclarationError

OBS_STATUS_FILE = Path(__file__).parent / "obs_status.csv"
EUROSTAT_FLAGS_FILE = Path(__file__).parent / "eurostat_flags.csv"
CONFIDENTIAL = "C"
BREAK: Final = "B"
PROVISIONAL: Final = "P"
UNRELIABLE: Final = "U"
NOT_SIGNIFICANT: Final = "S"
DeclaredStatus = Literal["B", "P", "E", "I"]
StatusList = Literal["ilo", "sdmx", "eurostat"]

_COLUMNS = ("ilo", "sdmx", "to_sdmx", "to_ilo", "meaning", "remark", "remark_fr", "remark_es")


def to_sdmx(status: str) -> str:
    """The code of SDMX's CL_OBS_STATUS for one of ILO's. Raises DeclarationError for a code that no row maps."""
    return _translated("ilo", "sdmx", status)


def to_ilo(status: str) -> str:
    """ILO's code for one of SDMX's CL_OBS_STATUS; empty for a normal value. Raises DeclarationError as `to_sdmx`."""
    return _translated("sdmx", "ilo", status)


def status_in_ilo(word: str, written: StatusList) -> str | None:
    """ILO's code for a status as a producer writes it; empty for a normal value, None where the list lacks it."""
    if written == "eurostat":
        return _of_flags(word)
    if written == "sdmx":
        return load_status_map()["sdmx", "ilo"].get(word)
    return word if word in {row["ilo"] for row in load_status_rows()} else None


def _of_flags(word: str) -> str | None:
    flags = _load_flags()
    if not {*word} <= flags.keys():
        return None
    return next((ilo for flag, ilo in flags.items() if ilo and flag in word), "")


@cache
def _load_flags() -> dict[str, str]:
    with EUROSTAT_FLAGS_FILE.open(encoding="utf-8", newline="") as stream:
        return {row["flag"]: row["ilo"] for row in csv.DictReader(stream, strict=True)}


def _translated(origin: str, target: str, status: str) -> str:
    codes = load_status_map()[origin, target]
    if status not in codes:
        raise DeclarationError(
            f"observation status '{status}' has no {target.upper()} code",
            where=str(OBS_STATUS_FILE),
            remedy=f"use one of: {', '.join(code or '(empty)' for code in codes)}; or add a row",
        )
    return codes[status]


@cache
def load_status_map() -> dict[tuple[str, str], dict[str, str]]:
    """Both directions: ("ilo", "sdmx") and ("sdmx", "ilo"). Raises DeclarationError for a code that is mapped twice."""
    directions = (("ilo", "sdmx"), ("sdmx", "ilo"))
    return {pair: _direction(load_status_rows(), *pair) for pair in directions}


@cache
def status_descriptions() -> dict[str, Trilingual]:
    """What each of ILO's codes is in SDMX's own list, which uses some of the letters for something else."""
    return {
        row["ilo"]: Trilingual(
            en=_described("ILOSTAT's meaning; {} in SDMX's own list", row, row["remark"]),
            fr=_described("Sens d'ILOSTAT ; {} dans la liste de SDMX", row, row["remark_fr"]),
            es=_described("Significado de ILOSTAT; {} en la lista de SDMX", row, row["remark_es"]),
        )
        for row in load_status_rows()
        if row["ilo"] and row["to_sdmx"] == "Y"
    }


def _described(sentence: str, row: dict[str, str], remark: str) -> str:
    return ". ".join(filter(None, (sentence.format(row["sdmx"]), remark)))


@cache
def load_status_rows() -> list[dict[str, str]]:
    """The rows of the file. Raises DeclarationError when its columns are not those of a status map."""
    with OBS_STATUS_FILE.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, strict=True))
    if not rows or tuple(rows[0]) != _COLUMNS:
        raise DeclarationError(
            "the columns are not those of a status map",
            where=f"{OBS_STATUS_FILE}, line 1",
            remedy=f"start it with {','.join(_COLUMNS)}",
        )
    for line, row in enumerate(rows, start=2):
        if len({bool(row[each]) for each in ("remark", "remark_fr", "remark_es")}) > 1:
            raise DeclarationError(
                "the remark is not in all three languages",
                where=f"{OBS_STATUS_FILE}, line {line}",
                remedy="give remark, remark_fr and remark_es",
            )
    return rows


def _direction(rows: list[dict[str, str]], origin: str, target: str) -> dict[str, str]:
    codes: dict[str, str] = {}
    for line, row in enumerate(rows, start=2):
        if row[f"to_{target}"] != "Y":
            continue
        if row[origin] in codes:
            raise DeclarationError(
                f"{origin.upper()} code '{row[origin]}' is mapped to {target.upper()} twice",
                where=f"{OBS_STATUS_FILE}, line {line}",
                remedy="keep Y in one of the rows",
            )
        codes[row[origin]] = row[target]
    return codes
