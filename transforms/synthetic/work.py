"""The main job: occupation, industry, status in employment, hours, earnings and whether it is informal."""

from __future__ import annotations

from transforms.synthetic.country import GROUPS, Country, Group, Job
from transforms.synthetic.draw import Choices, Draw
from transforms.synthetic.labour import NO, UNKNOWN, YES, group_of
from transforms.synthetic.people import DOMESTIC_INDUSTRY, EMBASSY_INDUSTRY
from transforms.synthetic.person import Person

UNKNOWN_OCCUPATION, UNKNOWN_INDUSTRY, UNKNOWN_HOURS = "9999", "00", "99"
EARNINGS_REFUSED, EARNINGS_UNKNOWN = "9999998", "9999999"
EMPLOYEES = ("41", "42", "43", "44")
PUBLIC_JOBS = "public"
FAMILY_WORKER, CASUAL = "51", "43"
SCHOOLING_FIT = {
    ("low", "low"): 1.0, ("low", "middle"): 0.28, ("low", "high"): 0.0,
    ("middle", "low"): 0.42, ("middle", "middle"): 1.0, ("middle", "high"): 0.1,
    ("high", "low"): 0.1, ("high", "middle"): 0.45, ("high", "high"): 1.0,
}  # fmt: skip
PAY = {"native_men": 1.0, "native_women": 0.89, "migrant_men": 0.86, "migrant_women": 0.76}


class Jobs:
    """The country's jobs, ready to draw from by group, urban or rural area and schooling."""

    def __init__(self, country: Country, jobs: tuple[Job, ...], draw: Draw) -> None:
        self.country, self.draw = country, draw
        self.choices = {
            (group, area, schooling, citizen): _choices(jobs, group, area, schooling, citizen)
            for group in GROUPS
            for area in ("1", "2")
            for schooling in ("low", "middle", "high")
            for citizen in (True, False)
        }
        self.fixed = {
            industry: Choices([(job, job.shares["migrant_women"]) for job in jobs if job.industry == industry])
            for industry in (DOMESTIC_INDUSTRY, EMBASSY_INDUSTRY)
        }
        self.statuses = {name: Choices(list(shares.items())) for name, shares in country.statuses.items()}

    def describe(self, person: Person) -> None:
        """Answer the questions on the main job of one person in employment."""
        draw = self.draw
        citizen = person.citizenship == self.country.home_code
        if person.fixed_job:
            job = draw.pick(self.fixed[person.fixed_job])
        else:
            job = draw.pick(self.choices[group_of(person), person.area, person.schooling, citizen])
        person.status = draw.pick(self.statuses[job.statuses])
        person.public_job = job.statuses == PUBLIC_JOBS
        person.occupation = UNKNOWN_OCCUPATION if draw.chance(0.005) else job.occupation
        person.industry = UNKNOWN_INDUSTRY if draw.chance(0.005) else job.industry
        self._hours(person, job)
        self._earnings(person, job)
        self._formality(person, job)

    def _hours(self, person: Person, job: Job) -> None:
        draw = self.draw
        usual = job.hours + draw.whole(-6, 6)
        if draw.chance(0.18 if person.is_woman else 0.07):
            usual = usual * 3 // 5
        actual = 0 if person.worked == NO else max(1, usual + (draw.whole(-12, 8) if draw.chance(0.3) else 0))
        person.hours_usual = UNKNOWN_HOURS if draw.chance(0.01) else str(usual)
        person.hours_actual = str(actual)

    def _earnings(self, person: Person, job: Job) -> None:
        """Monthly earnings in tens of the country's crowns; family workers have none and are not asked."""
        draw = self.draw
        if person.status == FAMILY_WORKER:
            return
        position = draw.uniform()
        if position < 0.09:
            person.earnings = EARNINGS_REFUSED
        elif position < 0.13:
            person.earnings = EARNINGS_UNKNOWN
        else:
            level = job.earnings * PAY[group_of(person)] * (0.8 if person.age < 25 else 1.0)
            person.earnings = str(max(int(level * draw.along(self.country.earnings_spread) / 10), 1) * 10)

    def _formality(self, person: Person, job: Job) -> None:
        """Social security and leave for employees, registration of the unit for the self-employed."""
        draw = self.draw
        formal = job.formal * (0.8 if person.origin and person.citizenship != self.country.home_code else 1.0)
        if person.status in EMPLOYEES:
            covered = draw.chance(formal * (0.4 if person.status == CASUAL else 1.0))
            unsure = draw.chance(0.02)
            person.social_security = UNKNOWN if unsure else YES if covered else NO
            person.paid_leave = YES if draw.chance(0.95 if covered else 0.12) else NO
            person.sick_leave = YES if draw.chance(0.93 if covered else 0.1) else NO
        elif person.status != FAMILY_WORKER:
            registered = person.status in ("11", "21") or draw.chance(formal * 0.75)
            person.registered = YES if registered else UNKNOWN if draw.chance(0.02) else NO


def _choices(jobs: tuple[Job, ...], group: Group, area: str, schooling: str, citizen: bool) -> Choices[Job]:
    return Choices(
        [
            (job, job.shares[group] * SCHOOLING_FIT[schooling, job.schooling] * (job.rural if area == "2" else 1.0))
            for job in jobs
            if citizen or not job.citizens_only
        ]
    )
