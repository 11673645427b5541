"""Drift guards: what stops a fetch whose files are not what was declared, before anything reads them.

A real, large change of the producer is accepted by declaring it: raise `fetch.size_change` in the source's source.yaml,
say why beside it, run, and bring it back down. The change of the declaration is the record of who accepted what.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from schemas.source import SourceBase
from warehouse.accepted import AcceptedVintage
from warehouse.vintage import VintageFile, vintage_id

_PAGE_MARKS = (b"<!doctype html", b"<html")
_PAGE_NAMES = (".html", ".htm")


def find_faults(
    source: SourceBase, files: Sequence[VintageFile], missing: Sequence[str], accepted: Sequence[AcceptedVintage]
) -> list[str]:
    """What is wrong with the files of a fetch, in words; nothing when they can be used.

    `missing` says what was looked for and not found. `accepted` are the vintages whose numbers passed everything, in
    their order: sizes are compared with the last one, and the same files again are right, whatever came in between.
    """
    faults = list(missing)
    if vintage_id(files) in {each.vintage for each in accepted}:
        return faults
    faults += [f"{file.name} is empty (0 bytes)" for file in files if file.bytes == 0]
    faults += [
        f"{file.name} is a web page, not a data file" for file in files if is_web_page(file.path) and not _may_be(file)
    ]
    size, allowed = sum(file.bytes for file in files), source.fetch.size_change
    last = accepted[-1] if accepted else None
    change = (size - last.bytes) / last.bytes if last and last.bytes else 0
    if last and abs(change) > allowed:
        faults.append(
            f"the files have {size:,} bytes, {change:+.0%} against the {last.bytes:,} of vintage {last.vintage}, "
            f"accepted on {last.accepted_at:%Y-%m-%d}, where a change of {allowed:.0%} is declared to be the most (if "
            "the change is real, declare a larger fetch.size_change in source.yaml and say why)"
        )
    return faults


def is_web_page(file: Path) -> bool:
    """Whether a file begins like an HTML page: what many servers send, with status 200, in place of a missing file."""
    with file.open("rb") as stream:
        start = stream.read(1024).removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return start.startswith(b"<") and any(mark in start for mark in _PAGE_MARKS)


def _may_be(file: VintageFile) -> bool:
    return file.role == "codebook" and file.name.lower().endswith(_PAGE_NAMES)
