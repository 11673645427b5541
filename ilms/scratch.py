"""Scratch folders."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from warehouse.layout import Layout


@contextmanager
def scratch_folder(layout: Layout) -> Iterator[Path]:
    """A scratch folder under the home that is removed afterwards: nothing unprotected or incomplete outlives its
    stage."""
    layout.work().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=layout.work()) as folder:
        yield Path(folder)
