"""Questions beyond work itself: schooling now, more hours, sector, union, permit, time abroad and recruitment cost.

They are drawn from a separate stream, after everything else, so earlier answers do not change.
"""

from __future__ import annotations

from transforms.synthetic.country import Country
from transforms.synthetic.draw import Draw
from transforms.synthetic.labour import NO, REFUSED, UNKNOWN, YES, group_of
from transforms.synthetic.people import RESIDENT, UNKNOWN_COUNTRY, UNKNOWN_YEAR
from transforms.synthetic.person import Person
from transforms.synthetic.work import EMPLOYEES

ABROAD, IN_COUNTRY = "2", "1"
PERMANENT, TEMPORARY, NO_PERMIT = "1", "2", "3"
PUBLIC, PRIVATE = "1", "2"
MONTHS_UNKNOWN, AMOUNT_REFUSED = "999", "9999998"
PUBLIC_ADMINISTRATION = "84"
MORE_HOURS_BELOW = 40
RECENT_YEARS = 3
REASONS_OF_WORK = ("1", "2")
FEE_TENTHS = {"refugee": (0, 4), "professional": (0, 12), "trader": (2, 30), "carer": (4, 45), "builder": (8, 95)}
"""Recruitment cost by profile of the migrant, in tenths of a month's earnings: minimum and maximum."""


def answer_further(country: Country, year: int, person: Person, draw: Draw) -> None:
    """Put the further questions to one person who has answered the others; `year` is that of the wave."""
    _one_year_ago(year, person, draw)
    if person.citizenship not in (country.home_code, UNKNOWN_COUNTRY):
        _permit(year, person, draw)
    if person.age < country.minimum_age:
        return
    _education(country, person, draw)
    if person.status:
        _job(person, draw)
    _abroad(country, year, person, draw)


def _years_here(year: int, person: Person) -> int | None:
    return year - int(person.arrival) if person.arrival not in ("", UNKNOWN_YEAR) else None


def _one_year_ago(year: int, person: Person, draw: Draw) -> None:
    """Infants are not asked. Half of those who came last year came within twelve months of the interview."""
    if person.age < 1:
        return
    years = _years_here(year, person)
    if person.usual_resident != RESIDENT or years == 0 or (years == 1 and draw.chance(0.45)):
        person.one_year_ago = ABROAD
    elif person.arrival == UNKNOWN_YEAR:
        person.one_year_ago = UNKNOWN
    else:
        returned = not person.origin and bool(person.previous) and draw.chance(0.09)
        person.one_year_ago = ABROAD if returned else IN_COUNTRY


def _permit(year: int, person: Person, draw: Draw) -> None:
    """The longer the stay, the more have a permanent permit; a few have none, and more do not answer."""
    years = _years_here(year, person) or 0
    kind = draw.uniform()
    if draw.chance(0.03):
        person.permit = REFUSED
    elif person.usual_resident == RESIDENT and kind < 0.07:
        person.permit = NO_PERMIT
    else:
        settled = person.usual_resident == RESIDENT and (not person.origin or kind > 1 - min(0.08 * years, 0.9))
        person.permit = PERMANENT if settled else TEMPORARY


def _education(country: Country, person: Person, draw: Draw) -> None:
    """Most of the young are in school or training until they work; few of the older ones are in any."""
    share = max(0.96 - 0.085 * (person.age - country.minimum_age), 0.03)
    if person.status:
        share *= 0.3
    if person.origin:
        share *= 0.78
    person.in_education = REFUSED if draw.chance(0.004) else YES if draw.chance(share) else NO


def _job(person: Person, draw: Draw) -> None:
    """More hours, sector, and for employees the union; the self-employed may insure themselves."""
    migrant = group_of(person).startswith("migrant")
    hours = int(person.hours_actual or 0)
    wants = draw.chance((0.34 if migrant else 0.22) if 0 < hours < MORE_HOURS_BELOW else 0.06)
    person.more_hours = YES if wants else NO
    if wants:
        person.more_hours_available = YES if draw.chance(0.83) else NO
    is_public = person.public_job and person.status in EMPLOYEES
    in_public = person.industry == PUBLIC_ADMINISTRATION or draw.chance(0.45 if migrant else 0.8)
    person.sector = PUBLIC if is_public and in_public else PRIVATE
    if person.status in EMPLOYEES:
        density = (0.42 if person.sector == PUBLIC else 0.14) * (0.5 if migrant else 1.0)
        person.union = REFUSED if draw.chance(0.02) else YES if draw.chance(density) else NO
    else:
        person.own_contributions = YES if draw.chance(0.45 if person.registered == YES else 0.06) else NO


def _abroad(country: Country, year: int, person: Person, draw: Draw) -> None:
    """Work in other countries of those who returned, and what the move cost those who moved lately to be employed."""
    if person.usual_resident != RESIDENT:
        return
    years = _years_here(year, person)
    if person.origin or not person.previous or not draw.chance(0.74):
        person.worked_abroad = YES if person.origin and draw.chance(0.04) else NO
        moved_for_work = person.origin and person.reason in REASONS_OF_WORK and person.status in EMPLOYEES
        if moved_for_work and years is not None and years < RECENT_YEARS:
            _recruitment(person, country.profile_of(person.origin), draw)
    else:
        person.worked_abroad = YES
    if person.worked_abroad == YES:
        longest = max(min(12 * (person.age - country.minimum_age), 240), 2)
        person.months_abroad = str(draw.whole(1, longest))
        since = draw.whole(0, 11) if person.one_year_ago == ABROAD else draw.whole(12, max(longest, 13))
        person.months_back = MONTHS_UNKNOWN if draw.chance(0.03) else str(since)
        if not person.origin and since < 12 * RECENT_YEARS:
            _recruitment(person, country.profile_of(person.previous), draw)


def _recruitment(person: Person, profile: str, draw: Draw) -> None:
    """The cost of the job and the first month's earnings in it, in the country's crowns; some paid nothing."""
    low, high = FEE_TENTHS[profile]
    earnings = draw.whole(55, 190) * (8 if person.is_woman else 10)
    share = draw.uniform()
    cost = int((low + share * share * (high - low)) * earnings / 10)
    person.first_earnings = AMOUNT_REFUSED if draw.chance(0.04) else str(earnings)
    person.recruitment_cost = AMOUNT_REFUSED if draw.chance(0.05) else str(0 if draw.chance(0.12) else cost)
