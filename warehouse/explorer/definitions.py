"""What indicators measure: the definitions of the release, with the document and paragraph of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from warehouse.explorer.page import Link, Page
from warehouse.explorer.reader import Reader

QUERY = "select * from definition"
OF_INDICATOR = f"{QUERY} semi join (from indicator_definition where indicator = ?) using (definition)"
Row = Mapping[str, str]


@dataclass(frozen=True)
class Definition:
    """A definition: the term, what the document says in our words, where, and how far that was verified.

    is_english  what it says is in English, for want of a text in the reader's language
    """

    id: str
    term: str
    says: str
    document: str
    paragraph: str
    address: str
    verified: str
    not_verified: str
    is_english: bool
    indicators: Sequence[Link] = ()


@dataclass(frozen=True)
class DefinitionsPage(Page):
    """Every definition, with the indicators that use it."""

    template: ClassVar[str] = "definitions.html"
    definitions: Sequence[Definition]


def definitions_of(reader: Reader, indicator: str) -> list[Definition]:
    """The definitions that an indicator uses."""
    rows = _rows(reader, f"{OF_INDICATOR} order by definition", [indicator])
    return [_definition(reader, row) for row in rows]


def _rows(reader: Reader, query: str, parameters: Sequence[str] = ()) -> list[Row]:
    """Rows by the names of their columns, of which older releases have fewer."""
    found = reader.cursor.execute(query, list(parameters))
    names = [each[0] for each in found.description or ()]
    return [{name: value or "" for name, value in zip(names, row, strict=True)} for row in found.fetchall()]


def definitions_page(reader: Reader, _: Mapping[str, str]) -> DefinitionsPage:
    """The page of definitions."""
    using: dict[str, list[Link]] = {}
    pairs = reader.cursor.execute("select definition, indicator from indicator_definition order by all").fetchall()
    for definition, indicator in pairs:
        if reader.has(indicator):
            title = reader.text(reader.flow(indicator).title)
            using.setdefault(definition, []).append(Link(title, reader.to("indicator", indicator)))
    rows = _rows(reader, f"{QUERY} order by term_en")
    return DefinitionsPage(
        reader.say("definitions"), [_definition(reader, row, using.get(row["definition"], [])) for row in rows]
    )


def _definition(reader: Reader, row: Row, indicators: Sequence[Link] = ()) -> Definition:
    own = row.get(f"says_{reader.language}")
    return Definition(
        id=row["definition"],
        term=row.get(f"term_{reader.language}") or row["term_en"],
        says=own or row["says"],
        document=row["document"],
        paragraph=row["paragraph"],
        address=_safe(row["address"]),
        verified=row["verified"],
        not_verified=row["not_verified"],
        is_english=reader.language != "en" and not own,
        indicators=indicators,
    )


def _safe(address: str) -> str:
    """An address of the web; nothing that a browser would run."""
    return address if address.startswith(("https://", "http://")) else ""
