"""Pages and tables of contents of producers, searched for the link to a file."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from urllib.parse import unquote, urljoin

import httpx
from lxml import etree

_WORD = re.compile(r"[^\s\"'<>,;|]+")
LARGEST = 64 * 1024**2
"""Longer answers are no table of contents."""


def addresses_in(listing: bytes, base: str, pattern: str) -> list[str]:
    """The addresses of files in a listing whose names match a pattern, each once, in its order.

    `base` is the address of the listing, to which its links are relative. Links of a web page are followed; of
    anything else (text, CSV, JSON, XML) every word counts that can be the name or address of a file.
    """
    if listing.startswith(b"\x1f\x8b"):
        try:
            listing = gzip.decompress(listing)
        except (OSError, EOFError, zlib.error):
            return []
    found = (_joined(base, link) for link in _named(listing))
    fitting = [address for address in found if address and fnmatchcase(file_name(address), pattern)]
    return list(dict.fromkeys(fitting))


def file_name(address: str) -> str:
    """The name of the file at an address."""
    return PurePosixPath(unquote(httpx.URL(address).path)).name


def _named(listing: bytes) -> Iterator[str]:
    text = listing.decode("utf-8", errors="replace")
    if re.search(r"<(!doctype\s+html|html|a\s)", text[:100_000], re.IGNORECASE):
        root = etree.fromstring(text, etree.HTMLParser(no_network=True, huge_tree=False))
        if root is not None:
            yield from (link.get("href", "") for link in root.iter("a"))
        return
    yield from _WORD.findall(text)


def _joined(base: str, link: str) -> str:
    """The address to which a link leads; empty where it is not a web address."""
    try:
        address = urljoin(base, link.strip())
        return str(httpx.URL(address).copy_with(fragment=None)) if address.startswith(("http://", "https://")) else ""
    except (ValueError, httpx.InvalidURL):
        return ""
