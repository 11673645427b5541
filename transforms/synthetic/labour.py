"""Answers to the questions of the 19th ICLS on work, absence, search and availability."""

from __future__ import annotations

from transforms.synthetic.country import Country, Group
from transforms.synthetic.draw import Choices, Draw
from transforms.synthetic.people import HERE_FOR_WORK, VISITOR
from transforms.synthetic.person import Person

YES, NO, REFUSED, UNKNOWN = "1", "2", "9", "9"

# Why somebody was away from the job all week. The first four keep the attachment to the job by themselves (own illness,
# leave, working-time arrangement, maternity or paternity leave); the next three only when the person returns within
# three months (parental, study or care leave; slack work; dispute or other); the off-season does not keep it.
KEEPING = Choices([("1", 34.0), ("2", 38.0), ("3", 8.0), ("4", 6.0)])
TESTED = Choices([("5", 40.0), ("6", 40.0), ("8", 20.0)])
ON_LEAVE, OFF_SEASON = "2", "7"
AVAILABLE = Choices([("1", 82.0), ("2", 18.0)])
NOT_AVAILABLE = "3"
STARTS_SOON, STARTS_LATER, NOTHING_ARRANGED = "1", "2", "3"


def group_of(person: Person) -> Group:
    """Whose labour market this person is in: migrants are those who came from another country."""
    if person.origin:
        return "migrant_women" if person.is_woman else "migrant_men"
    return "native_women" if person.is_woman else "native_men"


def answer_on_work(country: Country, wave: str, person: Person, draw: Draw) -> bool:
    """Put the questions on work to one person of working age; True when the person has a job to describe.

    Those who came for a season or a project are in the labour force; visitors are on leave from a job at home.
    """
    if draw.chance(0.003):
        person.worked = REFUSED
        return False
    labour = country.labour[group_of(person)]
    group = country.age_group(person.age) - 1
    active = (
        person.usual_resident == HERE_FOR_WORK or bool(person.fixed_job) or draw.chance(labour.participation[group])
    )
    jobless = labour.unemployment[group] * country.waves[wave].unemployment
    if active and (person.fixed_job or not draw.chance(jobless)):
        _employed(person, draw)
        return True
    person.worked = NO
    _absent_without_tie(person, draw)
    if active:
        _unemployed(person, draw)
    else:
        _outside(person, draw)
    return False


def _employed(person: Person, draw: Draw) -> None:
    if person.usual_resident != VISITOR and draw.chance(0.952):
        person.worked = YES
        return
    person.worked, person.absent = NO, YES
    if person.usual_resident == VISITOR:
        person.absence_reason = ON_LEAVE
        return
    if draw.chance(0.88):
        person.absence_reason = draw.pick(KEEPING)
    else:
        person.absence_reason, person.returns = draw.pick(TESTED), YES


def _absent_without_tie(person: Person, draw: Draw) -> None:
    """A few have a job from which they have been absent too long, or that resumes next season."""
    person.absent = NO
    if not draw.chance(0.015):
        return
    person.absent = YES
    if draw.chance(0.45):
        person.absence_reason = OFF_SEASON
    else:
        person.absence_reason, person.returns = draw.pick(TESTED), NO


def _unemployed(person: Person, draw: Draw) -> None:
    person.available = draw.pick(AVAILABLE)
    if draw.chance(0.93):
        person.sought, person.starts = YES, NOTHING_ARRANGED
    else:
        person.sought, person.starts = NO, STARTS_SOON


def _outside(person: Person, draw: Draw) -> None:
    """Outside the labour force: most want no work, some lack one of the conditions of unemployment."""
    person.sought, person.starts = NO, NOTHING_ARRANGED
    kind = draw.uniform()
    if person.age >= 70:
        kind = max(kind, 0.12)
    if kind < 0.02:
        person.sought, person.available = YES, NOT_AVAILABLE
    elif kind < 0.024:
        person.starts, person.available = STARTS_SOON, NOT_AVAILABLE
    elif kind < 0.03:
        person.starts, person.wanted, person.available = STARTS_LATER, YES, draw.pick(AVAILABLE)
    elif kind < 0.085:
        person.wanted, person.available = YES, draw.pick(AVAILABLE)
    elif kind < 0.12:
        person.wanted, person.available = YES, NOT_AVAILABLE
    else:
        person.wanted = NO
