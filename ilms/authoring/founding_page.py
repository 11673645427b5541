"""Write again what docs/ has of the founding documents: which statistics they ask for, and what became of each.

Run as a program, it writes the tables; `make picture` does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from pathlib import Path

from ilms.authoring.imports import PROJECT
from ilms.authoring.picture import with_picture
from schemas.founding_documents import STATES, FoundingDocuments, Giver, Statistic, givers, load_founding_documents
from schemas.standards import load_standards

PAGE = PROJECT / "docs" / "founding_documents.md"
COLUMNS = (
    "statistic",
    "named in",
    "asked",
    "definition",
    "indicators",
    "sources",
    "state",
    "why not, or within what limits",
)


def founding_tables(sources: Collection[Giver]) -> str:
    """How many statistics are met, the documents, and a Markdown table for each subject."""
    declared = load_founding_documents()
    lines = [summary(declared, sources), ""]
    lines += [f"- *{each.called}*: {each.title}" for each in declared.documents.values()]
    for subject in declared.subjects.values():
        lines += ["", f"## {subject.title}", "", f"| {' | '.join(COLUMNS)} |", f"|{'---|' * len(COLUMNS)}"]
        lines += [_row(declared, each, sources) for each in subject.statistics.values()]
    return "\n".join(lines)


def summary(declared: FoundingDocuments, sources: Collection[Giver]) -> str:
    """How many statistics there are of each state, and how many of those not met a made-up survey gives."""
    found = declared.statistics.values()
    states = Counter(each.state for each in found)
    told = ", ".join(f"{states[state]} {words}" for state, words in STATES.items())
    made_up = sum(each.state == "not_met" and bool(_giving(each, sources, real=False)) for each in found)
    return f"**{len(found)} statistics: {told}.** Of those not met, a made-up survey gives {made_up or 'none'}."


def _row(declared: FoundingDocuments, each: Statistic, sources: Collection[Giver]) -> str:
    named = "; ".join(f"*{declared.documents[key].called}* {at}" for key, at in each.named.items())
    given = [f"`{name}…`" if name.endswith("_") else f"`{name}`" for name in each.indicators]
    made_up = ", ".join(_giving(each, sources, real=False))
    real = ", ".join(_giving(each, sources, real=True)) or ("none that is real" if each.indicators else "")
    cells = [
        each.name,
        named,
        each.asked,
        "; ".join(_defined(name) for name in each.defined_by()),
        " ".join([*given, *(f"code `{code}`" for code in each.codes), *(f"table `{table}`" for table in each.tables)]),
        real + (f"; made up: {made_up}" if made_up else ""),
        f"**{STATES[each.state]}**",
        each.remarks,
    ]
    return f"| {' | '.join(cells)} |"


def _giving(each: Statistic, sources: Collection[Giver], *, real: bool) -> list[str]:
    return [giver.source for giver in sources if giver.real == real and any(map(each.holds, giver.indicators))]


def _defined(name: str) -> str:
    """A definition by its term, with the document and the paragraph where one was read."""
    standards = load_standards()
    found = standards.definitions[name]
    document = standards.documents[found.document].title.split(",")[0]
    return found.term.en + (f" ({document}, paragraph {found.paragraph})" if found.paragraph else "")


def main(page: Path = PAGE) -> None:
    """Write the tables again."""
    drawn = founding_tables(givers())
    page.write_text(with_picture(page.read_text(encoding="utf-8"), drawn), encoding="utf-8")


if __name__ == "__main__":
    main()
