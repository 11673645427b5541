"""What the steps that read a register's table have to say of it, beside its counts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Remarks:
    """In words: `warnings` become notes on the numbers, `shown` is printed by the run alone."""

    warnings: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()

    def __add__(self, other: Remarks) -> Remarks:
        return Remarks(self.warnings + other.warnings, self.shown + other.shown)


NOTHING = Remarks()


def warning(message: str) -> Remarks:
    """One warning."""
    return Remarks((message,))
