"""Whether the files of a wave exist yet, checked before they are fetched: in the mirror, on this machine, or with the
producer, whose answer about an address is Found, Missing or Unreachable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from schemas.partition import Partition
from schemas.series import with_later
from schemas.source import Source
from schemas.wave import Fetch
from warehouse.intake.access import Access
from warehouse.intake.earlier import declared_places
from warehouse.intake.origins import Plan, Wanted, plan_fetch


@dataclass(frozen=True)
class Found:
    """The producer has a file at an address."""


@dataclass(frozen=True)
class Missing:
    """The producer answers, and has no file at an address. `reason` states how that is known."""

    reason: str


@dataclass(frozen=True)
class Unreachable:
    """Not known: the producer did not answer, refused, or cannot be asked. `reason` states which."""

    reason: str


Answer = Found | Missing | Unreachable
Ask = Callable[[Wanted, Fetch], Answer]
"""How a producer is asked for a file: warehouse.intake.producers."""


@dataclass(frozen=True)
class Sighting:
    """Which files of a wave exist.

    missing      in words, files that do not exist
    unreachable  why it is not known of some; empty when it is known of all
    """

    missing: tuple[str, ...] = ()
    unreachable: str = ""

    @property
    def is_there(self) -> bool:
        """Whether all files of the wave are there."""
        return not self.missing and not self.unreachable


def look_for(source: Source, partition: Partition, access: Access, ask: Ask) -> Sighting:
    """Look where `fetch_wave` would fetch from. Nothing is downloaded or written; files of a generator are there.

    Raises what a fetch raises before it begins: SourceUnavailable, DeclarationError, InputError.
    """
    if source.fetch.method == "generator":
        return Sighting()
    plan = plan_fetch(source, partition, access)
    return _asked(plan, source.fetch, ask)


def _asked(plan: Plan, fetch: Fetch, ask: Ask) -> Sighting:
    missing = list(plan.missing)
    for item in [item for item in plan.wanted if item.path is None]:
        answer = ask(item, fetch)
        if isinstance(answer, Unreachable):
            # The other files are not asked for: a producer who could not be reached is not asked again.
            return Sighting(tuple(missing), answer.reason)
        if isinstance(answer, Missing):
            missing.append(f"{item.address}: {answer.reason}")
    return Sighting(tuple(missing))


def is_shared(source: Source, wave: str) -> bool:
    """Whether the data files of a wave are shared with other waves, so that their presence does not show that it is
    there."""
    waves = with_later(source)
    own = declared_places(waves, Partition(source.id, wave))
    others = (Partition(source.id, other) for other in waves.waves if other != wave)
    return bool(own) and any(declared_places(waves, other) == own for other in others)
