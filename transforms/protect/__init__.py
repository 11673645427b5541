"""Disclosure control: what is published of a partition, so that no confidential number can be worked out from it."""

from transforms.protect.flows import ProtectedFlows
from transforms.protect.persons import ProtectedPersons
from transforms.protect.protected import ProtectedRecords
from transforms.protect.stage import AttackReport, ProtectionReport, attack_published, protect_cells

__all__ = [
    "AttackReport",
    "ProtectedFlows",
    "ProtectedPersons",
    "ProtectedRecords",
    "ProtectionReport",
    "attack_published",
    "protect_cells",
]
