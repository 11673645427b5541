"""What indicators measure: the definitions of the release, with the document and paragraph of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from warehouse.explorer.page import Link, Page
from warehouse.explorer.reader import Reader

QUERY = """
    select definition, term_en, term_fr, term_es, says, document, paragraph, address, verified, not_verified
    from definition
"""
OF_INDICATOR = f"{QUERY} semi join (from indicator_definition where indicator = ?) using (definition)"


@dataclass(frozen=True)
class Definition:
    """A definition: the term, what the document says in our words, where, and how far that was verified."""

    id: str
    term: str
    says: str
    document: str
    paragraph: str
    address: str
    verified: str
    not_verified: str
    indicators: Sequence[Link] = ()


@dataclass(frozen=True)
class DefinitionsPage(Page):
    """Every definition, with the indicators that use it."""

    template: ClassVar[str] = "definitions.html"
    definitions: Sequence[Definition]


def definitions_of(reader: Reader, indicator: str) -> list[Definition]:
    """The definitions that an indicator uses."""
    rows = reader.cursor.execute(f"{OF_INDICATOR} order by definition", [indicator]).fetchall()
    return [_definition(reader, row) for row in rows]


def definitions_page(reader: Reader, _: Mapping[str, str]) -> DefinitionsPage:
    """The page of definitions."""
    using: dict[str, list[Link]] = {}
    pairs = reader.cursor.execute("select definition, indicator from indicator_definition order by all").fetchall()
    for definition, indicator in pairs:
        if reader.has(indicator):
            title = reader.text(reader.flow(indicator).title)
            using.setdefault(definition, []).append(Link(title, reader.to("indicator", indicator)))
    rows = reader.cursor.execute(f"{QUERY} order by term_en").fetchall()
    return DefinitionsPage(reader.say("definitions"), [_definition(reader, row, using.get(row[0], [])) for row in rows])


def _definition(reader: Reader, row: tuple[str, ...], indicators: Sequence[Link] = ()) -> Definition:
    id_, *terms, says, document, paragraph, address, verified, not_verified = (each or "" for each in row)
    term = dict(zip(("en", "fr", "es"), terms, strict=True))[reader.language] or terms[0]
    return Definition(id_, term, says, document, paragraph, _safe(address), verified, not_verified, indicators)


def _safe(address: str) -> str:
    """An address of the web; nothing that a browser would run."""
    return address if address.startswith(("https://", "http://")) else ""
