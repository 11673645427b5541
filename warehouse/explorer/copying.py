"""What a reader copies to have the numbers of a page elsewhere: queries and programs that run as pasted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from warehouse.explorer.reader import Reader
from warehouse.release.database import WAREHOUSE


@dataclass(frozen=True)
class Snippet:
    """A text to copy: what it is for, and itself."""

    name: str
    text: str


def snippets(reader: Reader, indicator: str, area: str, code: str) -> list[Snippet]:
    """The numbers of an indicator, in an area if one is given, in every form.

    `code` is that of the classification that the page shows. Addresses and files are those of the release.
    """
    flow = reader.flow(indicator)
    key = ".".join([area, *[""] * (len(flow.components.dimensions) - 2)])
    sdmx = f"{reader.host}/rest/data/{flow.id}/{key}?asOf={reader.release.id}"
    where = _where(indicator, area, code)
    file = f"releases/{reader.release.id}/{WAREHOUSE}"
    query = f"select * from labelled_observation where {where} order by time, sex_code, classif1, classif2"
    return [
        Snippet("SDMX", sdmx),
        Snippet("CSV", f'curl -H "Accept: text/csv" "{sdmx}"'),
        Snippet("DuckDB", f"attach '{file}' as ilms (read_only);\nuse ilms;\n{query};"),
        Snippet(
            "Parquet",
            f"copy (select * from 'releases/{reader.release.id}/observation.parquet'\n"
            f"      where {_where(indicator, area, code)})\nto '{indicator}.parquet';",
        ),
        Snippet(
            "Python",
            f'import duckdb\n\ncon = duckdb.connect("{file}", read_only=True)\n'
            f'df = con.sql("""\n    {query}\n""").df()\nprint(df)',
        ),
        Snippet(
            "R",
            f'library(duckdb)\n\ncon <- dbConnect(duckdb(), "{file}", read_only = TRUE)\n'
            f'df <- dbGetQuery(con, "{query}")\nprint(df)',
        ),
    ]


def _where(indicator: str, area: str, code: str) -> str:
    """The condition, of codes that the release knows alone: nothing else can stand in them."""
    conditions: Sequence[tuple[str, str]] = (("indicator", indicator), ("ref_area", area))
    found = [f"{column} = '{value}'" for column, value in conditions if value]
    if code:
        found.append(f"'{code}' in (classif1, classif2)")
    return " and ".join(found)


def citation(reader: Reader, title: str, sources: Sequence[str]) -> str:
    """How to cite what a page shows: with the sources that say how they are cited, at its full address."""
    made = reader.release.moment
    cited = "; ".join(each.strip().rstrip(".") for each in sources if each.strip())
    return reader.say(
        "citation.text",
        what=f"{title}. {cited}" if cited else title,
        agency=reader.release.agency.id,
        release=reader.release.id,
        date=f"{made:%Y-%m-%d}",
        address=reader.host + reader.permanent,
    )
