"""What stands against a draft: every rule of schemas/release_rules.yaml, one object each."""

from __future__ import annotations

from schemas.release_rules import ReleaseRules
from warehouse.release.rules.base import Compared, Finding, Rule

RULES = (
    Rule(
        "first_release_of_a_source",
        "{count} source(s) are released for the first time",
        lambda declared, compared: {"synthetic": declared.synthetic, "published": sorted(compared.published)},
    ),
    Rule(
        "coverage_lost",
        "numbers of {count} source(s) and period(s) are lost or withheld",
        lambda declared, _: {"share": declared.share},
    ),
    Rule(
        "series_vanished",
        "{count} series vanished",
        lambda *_: {},
        at_most=lambda declared: int(declared.at_most),
    ),
    Rule("revision", "{count} number(s) are revised beyond the limits", lambda declared, _: declared.model_dump()),
    Rule(
        "many_revisions",
        "many numbers of {count} source(s) and period(s) are revised",
        lambda declared, _: declared.model_dump(),
    ),
    Rule(
        "jump",
        "{count} number(s) jump from the period before beyond the limits",
        lambda declared, _: declared.model_dump(),
    ),
    Rule(
        "warning_of_the_gate",
        "{count} check(s) of the gate warn that did not before",
        lambda declared, _: declared.model_dump(),
    ),
)
"""In the order in which their findings are told. `every_release` needs no query."""

EVERY_RELEASE = "every_release"


def find_all(rules: ReleaseRules, compared: Compared) -> tuple[Finding, ...]:
    """What the rules of a set find in a draft."""
    return (*(finding for rule in RULES if (finding := rule.find(rules, compared))), *of_any(rules))


def of_any(rules: ReleaseRules) -> tuple[Finding, ...]:
    """What they find in any release, also where there is none to compare it with."""
    return () if rules.every_release is None else (Finding(EVERY_RELEASE, "every release waits for a person", 1),)
