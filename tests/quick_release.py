"""Releases of tests that look at other things than the structures of SDMX."""

from __future__ import annotations

from collections.abc import Sequence

import pytest


def leave_out_structures(patch: pytest.MonkeyPatch) -> None:
    """Releases hold no structure message: to write all structures takes longer than all else of a small release."""
    from warehouse.sdmx.formats import formats_of
    from warehouse.sdmx.formats.base import DataFormat

    def data_formats(names: Sequence[str]) -> list[DataFormat]:
        return [each for each in formats_of(names) if isinstance(each, DataFormat)]

    patch.setattr("warehouse.sdmx.write.formats_of", data_formats)
    patch.setattr("warehouse.sdmx.write.build_structures", lambda *_, **__: None)
