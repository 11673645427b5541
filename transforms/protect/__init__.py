"""Disclosure control: what is published of a partition, so that no confidential number can be worked out from it."""

from transforms.protect.stage import ProtectionReport, protect_cells

__all__ = ["ProtectionReport", "protect_cells"]
