"""The code lists, each on a page of its own, and the list of them."""

from __future__ import annotations

from collections.abc import Iterator

from ilms.authoring.reference.markdown import cell, link, sections, table
from schemas.codelists import CodeList, all_codelists

SEARCHED = 100
"""A list of more codes is left out of the search: almost every name of a country is in eight lists."""


def code_list_page(codelist: str) -> str:
    """The address of the page of a code list, from docs/."""
    return f"codes/{codelist}.md"


def list_of_code_lists() -> str:
    """A table of all code lists."""
    rows = (
        (link(f"`{each.id}`", code_list_page(each.id)), *map(cell, _names(each)), str(len(each.codes)))
        for each in all_codelists()
    )
    return table(("list", "English", "French", "Spanish", "codes"), rows)


def code_list_pages() -> Iterator[tuple[str, str]]:
    """The page of each code list, with its address."""
    for each in all_codelists():
        yield code_list_page(each.id), _page(each)


def _names(codelist: CodeList) -> tuple[str, str, str]:
    return codelist.name.en, codelist.name.fr or "", codelist.name.es or ""


def _page(codelist: CodeList) -> str:
    hidden = "---\nsearch:\n  exclude: true\n---\n" if len(codelist.codes) > SEARCHED else ""
    rows = (
        (
            f"`{code.code}`",
            *map(cell, (code.label_en, code.label_fr, code.label_es)),
            f"`{code.parent}`" if code.parent else "",
            "yes" if code.is_total else "",
        )
        for code in codelist.codes
    )
    return hidden + sections(
        [
            f"# `{codelist.id}`: {codelist.name.en}",
            f"{codelist.name.fr}; {codelist.name.es}. {link('All code lists', '../codes.md')}",
            table(("code", "English", "French", "Spanish", "belongs to", "total"), rows),
        ]
    )
