"""Write again what docs/ has of the definitions behind the indicators: document, paragraph, and how far verified.

Run as a program, it writes the table; `make picture` does.
"""

from __future__ import annotations

from pathlib import Path

from ilms.authoring.imports import PROJECT
from ilms.authoring.picture import with_picture
from schemas.standards import VERIFIED, load_standards

PAGE = PROJECT / "docs" / "definitions.md"


def definition_table() -> str:
    """A Markdown table: a line for each definition, with what was not verified of it."""
    standards = load_standards()
    lines = ["| term | document | paragraph | verified | not verified |", "|---|---|---|---|---|"]
    for name, each in standards.definitions.items():
        document = standards.documents[each.document]
        named = f"[{document.title}]({document.address})" if document.address else document.title
        read = f"{VERIFIED[each.verified]} {' '.join(f'[{n}]({at})' for n, at in enumerate(each.read_at, start=1))}"
        cells = [f"{each.term.en} (`{name}`)", named, each.paragraph, read.strip(), each.not_verified]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main(page: Path = PAGE) -> None:
    """Write the table again."""
    page.write_text(with_picture(page.read_text(encoding="utf-8"), definition_table()), encoding="utf-8")


if __name__ == "__main__":
    main()
