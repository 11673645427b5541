"""Write again what docs/ has of the formats of SDMX: those of a release, and which client reads which.

Run as a program, it writes both tables; `make picture` does.
"""

from __future__ import annotations

from pathlib import Path

from ilms.authoring.imports import PROJECT
from ilms.authoring.picture import with_picture
from schemas.sdmx_clients import load_readings
from warehouse.sdmx.formats import FORMATS, RELEASE_FORMATS, formats_of
from warehouse.sdmx.formats.earlier import COMPRESSED

PAGE = PROJECT / "docs" / "read-a-release.md"
CLIENTS_PAGE = PROJECT / "docs" / "sdmx.md"
CLIENTS = ("sdmx1", "pysdmx", "rsdmx")


def format_table() -> str:
    """A Markdown table: a line for each format that a release holds unless a setting names others."""
    lines = ["| format | holds | files in `sdmx/` | media type |", "|---|---|---|---|"]
    lines += [
        f"| {each.name} | {each.writes} | `{each.file}{COMPRESSED}` | `{each.content_type}` |"
        for each in formats_of(RELEASE_FORMATS)
    ]
    return "\n".join(lines)


def client_table() -> str:
    """A Markdown table: a line for each format, with what each client reads of it; remarks below."""
    readings = {(each.client, each.format): each for each in load_readings()}
    lines = [
        f"| id | format | holds | media type | {' | '.join(CLIENTS)} |",
        f"|---|---|---|---|{'---|' * len(CLIENTS)}",
    ]
    remarks: list[str] = []
    for each in FORMATS:
        cells = []
        for client in CLIENTS:
            reading = readings[client, each.id]
            if reading.remark:
                remarks.append(f"{client}, {each.name}: {reading.remark}.")
            cells.append(f"{reading.reads} ({len(remarks)})" if reading.remark else reading.reads)
        said = [f"`{each.id}`", each.name, each.writes, f"`{each.content_type}`", *cells]
        lines.append(f"| {' | '.join(said)} |")
    return "\n".join([*lines, "", *(f"{number}. {remark}" for number, remark in enumerate(remarks, start=1))])


def main(page: Path = PAGE, clients: Path = CLIENTS_PAGE) -> None:
    """Write the tables again."""
    for file, table in ((page, format_table()), (clients, client_table())):
        file.write_text(with_picture(file.read_text(encoding="utf-8"), table), encoding="utf-8")


if __name__ == "__main__":
    main()
