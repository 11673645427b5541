"""Which parts of which pages are made from the declarations.

A page of docs/ has its words for people, and a mark `<!-- made: NAME -->` where the site has the part of that name.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from ilms.authoring.reference.checks import checks
from ilms.authoring.reference.code_lists import code_list_pages, list_of_code_lists
from ilms.authoring.reference.definitions import definitions
from ilms.authoring.reference.indicators import indicators
from ilms.authoring.reference.sources import sources
from ilms.authoring.reference.variables import variables

PARTS: Mapping[str, Callable[[], str]] = {
    "sources": sources,
    "variables": variables,
    "indicators": indicators,
    "code_lists": list_of_code_lists,
    "checks": checks,
    "definitions.en": partial(definitions, "en"),
    "definitions.fr": partial(definitions, "fr"),
    "definitions.es": partial(definitions, "es"),
}
"""Name of a part -> what makes it, in Markdown."""


def write_parts(folder: Path) -> None:
    """Write the parts into `parts/` of a folder, and whole pages into `pages/`, anew."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, made in PARTS.items():
        _write(folder / "parts" / f"{name}.md", made())
    for address, text in code_list_pages():
        _write(folder / "pages" / address, text)


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
