"""Whether the type of a file agrees with its name, by its first bytes: in place of a missing file, many servers send a
web page or a document with status 200."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from transforms.read.kinds import in_words, kind_of

_PACKED = frozenset({"zip", "gzip"})
"""Kinds that are unwrapped whatever the name of the file."""
_TEXT = frozenset({"text", "json", "xml"}) | _PACKED
_BY_NAME: dict[str, frozenset[str]] = {
    ".zip": frozenset({"zip"}),
    ".gz": frozenset({"gzip"}),
    ".xlsx": frozenset({"workbook"}) | _PACKED,
    ".xls": frozenset({"ole", "workbook"}) | _PACKED,
    ".ods": frozenset({"workbook"}) | _PACKED,
    ".parquet": frozenset({"parquet"}) | _PACKED,
    ".sav": frozenset({"spss"}) | _PACKED,
    ".dta": frozenset({"stata"}) | _PACKED,
    ".csv": _TEXT,
    ".txt": _TEXT,
    ".json": _TEXT,
}
_PAGE_NAMES = (".html", ".htm")


def type_fault(role: str, name: str, path: Path) -> str:
    """The kind of a file, where it does not agree with its name; empty where it does, or the name has no known
    ending."""
    kind = kind_of(path)
    if kind == "empty" or (kind == "html" and may_be_page(role, name)):
        return ""
    if kind == "html":
        return f"{name} is a web page, not a data file"
    expected = _BY_NAME.get(PurePosixPath(name).suffix.lower())
    if expected is None or kind in expected:
        return ""
    return f"{name} is {in_words(kind)}, which does not agree with its name"


def may_be_page(role: str, name: str) -> bool:
    """Whether a file may be a web page."""
    return role == "codebook" and name.lower().endswith(_PAGE_NAMES)
