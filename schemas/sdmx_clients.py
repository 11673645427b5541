"""Which client of SDMX reads which format, as `sdmx_clients.csv` says and the tests prove."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from schemas.errors import DeclarationError

CLIENTS_FILE = Path(__file__).parent / "sdmx_clients.csv"
ANSWERS = ("yes", "partly", "no")


@dataclass(frozen=True)
class Reading:
    """Whether a client reads a format: yes, partly or no, and what is to be known of it."""

    client: str
    format: str
    reads: str
    remark: str


@cache
def load_readings() -> tuple[Reading, ...]:
    """The rows of the file. Raises DeclarationError for an answer that is none, or a part without a remark."""
    with CLIENTS_FILE.open(encoding="utf-8", newline="") as stream:
        readings = tuple(Reading(**row) for row in csv.DictReader(stream, strict=True))
    for line, each in enumerate(readings, start=2):
        if each.reads not in ANSWERS or (each.reads == "partly" and not each.remark):
            raise DeclarationError(
                f"'{each.reads}' of {each.client} and {each.format} says too little",
                where=f"{CLIENTS_FILE}, line {line}",
                remedy=f"write {', '.join(ANSWERS)}, and for partly a remark that says what it does not read",
            )
    return readings
