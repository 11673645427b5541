"""Disclosure control: what is published of a partition, so that no confidential number can be worked out from it."""

from transforms.protect.stage import AttackReport, ProtectionReport, attack_published, protect_cells

__all__ = ["AttackReport", "ProtectionReport", "attack_published", "protect_cells"]
