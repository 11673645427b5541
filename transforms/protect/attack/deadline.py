"""How long an attack may take: a partition whose attack did not finish is not published.

The time is the processor's: how much else a machine does decides nothing about what is published.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from schemas.errors import GateError


@dataclass(frozen=True)
class Deadline:
    """The moment, in seconds of the processor, at which an attack stops; `where` names what is attacked, `seconds` the
    time allowed."""

    ends: float
    seconds: float
    where: str

    @classmethod
    def after(cls, seconds: float, where: str) -> Deadline:
        """The deadline so many seconds from now."""
        return cls(time.process_time() + seconds, seconds, where)

    def left(self) -> float:
        """The remaining seconds. Raises GateError when none remain."""
        left = self.ends - time.process_time()
        if left <= 0:
            raise self.missed()
        return left

    def missed(self) -> GateError:
        """The error of an attack that did not finish."""
        return GateError(
            f"the attack on what is to be published did not finish within {self.seconds:g} seconds of the processor",
            where=self.where,
            why="nothing is published unless it is known whether its confidential numbers can be worked out",
            remedy="allow more time (`attack_time_out_seconds` of the profile in protection.yaml), or declare fewer of "
            "the source's indicators by these dimensions",
        )


NEVER = Deadline(math.inf, math.inf, "")
