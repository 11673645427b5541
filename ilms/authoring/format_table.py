"""Write the formats of a release's SDMX again in docs/read-a-release.md, as the registry of formats has them.

Run as a program, it writes the table; `make picture` does.
"""

from __future__ import annotations

from pathlib import Path

from ilms.authoring.imports import PROJECT
from ilms.authoring.picture import with_picture
from warehouse.sdmx.formats import FORMATS

PAGE = PROJECT / "docs" / "read-a-release.md"


def format_table() -> str:
    """A Markdown table: a line for each format."""
    lines = ["| format | holds | files in `sdmx/` | media type |", "|---|---|---|---|"]
    lines += [f"| {each.name} | {each.writes} | `{each.file}` | `{each.content_type}` |" for each in FORMATS]
    return "\n".join(lines)


def main(page: Path = PAGE) -> None:
    """Write the table again."""
    page.write_text(with_picture(page.read_text(encoding="utf-8"), format_table()), encoding="utf-8")


if __name__ == "__main__":
    main()
