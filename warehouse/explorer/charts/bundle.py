"""The program that makes charts answer in a browser: Vega, which the library that draws charts here carries."""

from __future__ import annotations

import gzip
from functools import lru_cache

from warehouse.explorer.charts.draw import VEGA_LITE

NAME = "vega.js"
GIVES = "window.vegaEmbed = vegaEmbed;"
"""What pages call of it."""


@lru_cache(maxsize=1)
def packed_bundle() -> bytes:
    """The program, packed by gzip. It takes a second or two to put together, once in each process."""
    import vl_convert

    program: str = vl_convert.javascript_bundle(GIVES, vl_version=VEGA_LITE)
    return gzip.compress(program.encode(), mtime=0)
