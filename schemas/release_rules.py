"""What stands against a release until a person approves it, and how long releases are kept (`release_rules.yaml`)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import Field

from schemas.declaration import Declaration
from schemas.errors import DeclarationError
from schemas.yaml_lines import load_model

RELEASE_RULES_FILE = Path(__file__).parent / "release_rules.yaml"
DEFAULT_RELEASE_RULES = "careful"


class FirstReleaseOfASource(Declaration):
    """A source of which no release that was ever current had a number."""

    synthetic: bool = Field(default=False, description="whether it applies to synthetic data too", examples=[True])


class CoverageLost(Declaration):
    """Numbers of a source and period that the current release has and the draft has not, or withholds."""

    share: float = Field(
        default=0,
        ge=0,
        lt=100,
        description="how many per cent of the numbers of a source and period may be lost",
        examples=[5],
    )


class SeriesVanished(Declaration):
    """A series, the numbers of one kind over time, of which nothing is left."""

    at_most: int = Field(default=0, ge=0, description="how many series may vanish", examples=[10])


class Revision(Declaration):
    """A number that differs from the one of the current release; beyond all of the limits, it is found."""

    relative: float = Field(default=0, ge=0, description="in per cent of the earlier value", examples=[10])
    absolute: float = Field(
        default=0,
        ge=0,
        description="in the unit of the indicator: thousands of persons, percentage points, money",
        examples=[0.5],
    )
    errors: float = Field(
        default=0,
        ge=0,
        description="in standard errors of the earlier value; a number without one is beyond it",
        examples=[2],
    )
    cases: int = Field(
        default=0, ge=0, description="how many cases one of the two numbers must have to be looked at", examples=[100]
    )


class Jump(Revision):
    """A number of a new or revised period that differs from the same number of the period before it."""


class ManyRevisions(Declaration):
    """A source and period of which many numbers are revised, however little each."""

    share: float = Field(
        ge=0, lt=100, description="how many per cent of the numbers of a source and period may be", examples=[10]
    )
    relative: float = Field(
        default=0, ge=0, description="from which per cent of its earlier value a number counts as revised", examples=[1]
    )
    except_kinds: list[str] = Field(
        default=[], description="kinds of sources (table source) that it does not apply to", examples=[["estimates"]]
    )


class WarningOfTheGate(Declaration):
    """A check of severity warning that numbers of the draft do not meet, and did in the current release."""

    except_checks: list[str] = Field(
        default=[], description="checks that it does not apply to", examples=[["values_known[event]"]]
    )


class EveryRelease(Declaration):
    """Any release at all."""


class ReleaseRules(Declaration):
    """One set of rules; what it leaves out does not apply. `name` is the key that it is declared under."""

    name: str = ""
    label: str = Field(description="what the set is for", examples=["every release waits for a person"])
    first_release_of_a_source: FirstReleaseOfASource | None = Field(
        default=None, description="numbers of a source of which none was ever published"
    )
    coverage_lost: CoverageLost | None = Field(
        default=None, description="numbers of a source and period that are lost or withheld"
    )
    series_vanished: SeriesVanished | None = Field(default=None, description="series of which nothing is left")
    revision: Revision | None = Field(default=None, description="numbers revised beyond limits")
    many_revisions: ManyRevisions | None = Field(
        default=None, description="sources and periods of which many numbers are revised"
    )
    jump: Jump | None = Field(default=None, description="numbers that jump from one period to the next")
    warning_of_the_gate: WarningOfTheGate | None = Field(default=None, description="warnings of the gate that are new")
    every_release: EveryRelease | None = Field(default=None, description="every release waits for a person")


class Keep(Declaration):
    """How long releases are kept."""

    once_current_days: int = Field(ge=1, description="days that a release is kept after it was current", examples=[365])
    held_days: int = Field(
        ge=1, description="days that a draft is kept after it was superseded or rejected, or a release withdrawn"
    )


class _File(Declaration):
    """The whole file."""

    sets: dict[str, ReleaseRules]
    keep: Keep


@cache
def load_release_rules(name: str = DEFAULT_RELEASE_RULES) -> ReleaseRules:
    """A set of rules by name. Raises DeclarationError that names file and line, or the sets there are."""
    sets = _load().sets
    if name not in sets:
        raise DeclarationError(
            f"there is no set of release rules '{name}'",
            where=str(RELEASE_RULES_FILE),
            remedy=f"set ILMS_RELEASE_RULES to one of: {', '.join(sets)}",
        )
    return sets[name].model_copy(update={"name": name})


def load_keep() -> Keep:
    """How long releases are kept. Raises DeclarationError that names file and line."""
    return _load().keep


@cache
def _load() -> _File:
    return load_model(_File, RELEASE_RULES_FILE, remedy="correct the lines named")[0]
