"""Disclosure control: which numbers of a partition can be published so that no confidential one can be worked out from
them."""

from transforms.protect.earlier import Earlier
from transforms.protect.flows import ProtectedFlows
from transforms.protect.persons import ProtectedPersons
from transforms.protect.protected import ProtectedRecords
from transforms.protect.stage import AttackReport, ProtectionReport, attack_published, protect_cells

__all__ = [
    "AttackReport",
    "Earlier",
    "ProtectedFlows",
    "ProtectedPersons",
    "ProtectedRecords",
    "ProtectionReport",
    "attack_published",
    "protect_cells",
]
