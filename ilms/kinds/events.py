"""Events: harmonised, checked and counted as the tables of registers are."""

from __future__ import annotations

from ilms.kinds.register import RegisterKind
from schemas.events import EVENTS


class EventsKind(RegisterKind):
    """Sources of events. What differs from registers is what they may count, which is declared (schemas/events.py)."""

    declared = EVENTS


KIND = EventsKind()
