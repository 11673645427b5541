"""Small pieces of Markdown: tables, links and texts in which signs stand for themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def prose(text: str) -> str:
    """A text in Markdown, in which signs stand for themselves; what is between backticks is left as it is."""
    parts = text.split("`")
    parts[::2] = [part.replace("<", "&lt;").replace("*", r"\*") for part in parts[::2]]
    return "`".join(parts)


def cell(text: str) -> str:
    """A text in a table."""
    return " ".join(prose(text).split()).replace("|", "\\|")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose cells are Markdown already; empty without rows."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}", *lines]) if lines else ""


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """A list of facts, each with its name; those that are empty are left out."""
    return "\n".join(f"- **{name}:** {said}" for name, said in pairs if said)


def link(text: str, page: str, heading: str = "") -> str:
    """A link to a page, or to a heading of it."""
    return f"[{text}]({page}{'#' + anchor(heading) if heading else ''})"


def anchor(heading: str) -> str:
    """The anchor that the site gives a heading (Python-Markdown's `toc`)."""
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower())


def sections(parts: Iterable[str]) -> str:
    """Parts with an empty line between them; empty ones are left out."""
    return "\n\n".join(part for part in parts if part) + "\n"
