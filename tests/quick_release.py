"""Releases of tests that look at other things than the structures of SDMX."""

from __future__ import annotations

import pytest


def leave_out_structures(patch: pytest.MonkeyPatch) -> None:
    """Releases hold no structure message: to write all structures takes longer than all else of a small release."""
    patch.setattr("warehouse.sdmx.write.STRUCTURE_FORMATS", ())
    patch.setattr("warehouse.sdmx.write.build_structures", lambda *_, **__: None)
