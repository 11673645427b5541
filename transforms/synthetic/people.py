"""Who lives in a sampled household: composition, age, birthplace, citizenship and how they came."""

from __future__ import annotations

from collections.abc import Iterator

from transforms.synthetic.country import Country, HouseholdKind, Origin, Schooling
from transforms.synthetic.draw import Choices, Draw
from transforms.synthetic.person import Person
from transforms.synthetic.sample import SampledHousehold

MAN, WOMAN = "1", "2"
UNKNOWN_COUNTRY, ABROAD_UNSPECIFIED, STATELESS = "999", "990", "996"
UNKNOWN_YEAR, UNKNOWN_EDUCATION, REASON_REFUSED = "9999", "99", "9"
REASONS = {"employment": "1", "job_search": "2", "family": "3", "education": "4", "forced": "5", "other": "6"}
OLDEST = 98
RESIDENT, HERE_FOR_WORK, VISITOR, EMBASSY_STAFF = "1", "2", "3", "4"
DOMESTIC_INDUSTRY, EMBASSY_INDUSTRY = "97", "99"


class Population:
    """The make-up of the country's households, ready to draw from."""

    def __init__(self, country: Country, year: int, draw: Draw) -> None:
        self.country, self.year, self.draw = country, year, draw
        self.kinds: dict[str, Choices[HouseholdKind]] = {
            group: Choices([(kind, shares.get(group, 0.0)) for kind, shares in country.households.items()])
            for group in ("native", "migrant")
        }
        self.origins = Choices([(origin, origin.share) for origin in country.origins])
        self.workers = Choices([(o, o.share) for o in country.origins if country.profiles[o.profile].women > 0.5])
        self.schooling: dict[str, Choices[Schooling]] = {
            **{name: Choices(list(shares.items())) for name, shares in country.schooling.items()},
            **{name: Choices(list(profile.schooling.items())) for name, profile in country.profiles.items()},
        }
        self.education: dict[str, Choices[str]] = {
            level: Choices(list(shares.items())) for level, shares in country.education.items()
        }
        self.reasons = {name: Choices(list(profile.reasons.items())) for name, profile in country.profiles.items()}
        self.profile_of = {origin.code: origin.profile for origin in country.origins}

    def household(self, household: SampledHousehold) -> list[Person]:
        """All members of a household, with their personal characteristics but not yet their work."""
        stratum = household.stratum
        migrant = self.draw.chance(household.migrants)
        kind = self.draw.pick(self.kinds["migrant" if migrant else "native"])
        members = list(self._migrants(kind) if migrant else self._natives(kind))
        if not migrant and kind != "sharers" and self.draw.chance(stratum.area.live_in_workers):
            members.append(self._live_in_worker())
        if self.draw.chance(0.003):
            members.append(self._visitor())
        for line, person in enumerate(members, start=1):
            person.household, person.line = household.id, f"{line:02d}"
            person.stratum, person.psu, person.design_weight = stratum.id, household.psu.id, household.weight
            person.region, person.area = stratum.region.code, stratum.code
            self._schooling(person)
            self._unanswered(person)
        return members

    # Composition --------------------------------------------------------------------------------------------------

    def _adult_ages(self, kind: HouseholdKind, migrant: bool) -> tuple[int, int]:
        """Youngest and oldest age of the head of a household of this kind."""
        if migrant:
            return {"single": (21, 60), "sharers": (19, 45), "extended": (35, 62), "couple": (22, 70)}.get(
                kind, (25, 56)
            )
        return {"single": (20, 90), "sharers": (19, 32), "extended": (38, 66), "couple": (23, 86)}.get(kind, (24, 62))

    def _members(self, kind: HouseholdKind, migrant: bool, men: float) -> Iterator[tuple[str, Person]]:
        """The members of a household and their part in it: head, partner, child, parent or sharer."""
        draw = self.draw
        low, high = self._adult_ages(kind, migrant)
        age = draw.whole(low, high)
        if kind == "single" and age > 62 and draw.chance(0.62):
            men = 0.0
        if kind == "lone_parent":
            men = 0.14
        head = Person(MAN if draw.chance(men) else WOMAN, age)
        yield "head", head
        if kind == "sharers":
            for _ in range(draw.whole(1, 4)):
                yield "sharer", Person(MAN if draw.chance(men) else WOMAN, draw.whole(low, high))
            return
        partner = head
        if kind in ("couple", "family", "extended"):
            partner = Person(WOMAN if head.sex == MAN else MAN, self._near(age, head.sex))
            yield "partner", partner
        if kind in ("family", "lone_parent", "extended"):
            parent_age = partner.age if partner.is_woman else head.age
            for child in self._children(parent_age):
                yield "child", child
        if kind == "extended":
            yield "parent", Person(WOMAN if draw.chance(0.62) else MAN, min(age + draw.whole(19, 32), OLDEST))

    def _near(self, age: int, sex: str) -> int:
        """The age of a partner: women are two years younger on average."""
        shift = self.draw.whole(-5, 2) if sex == MAN else self.draw.whole(-2, 5)
        return max(19, min(age + shift, OLDEST))

    def _children(self, parent_age: int) -> Iterator[Person]:
        """Children at home: born when the mother was 18 to 39; most leave home by their late twenties."""
        count = 1 + sum(self.draw.chance(share) for share in (0.62, 0.3, 0.12))
        for _ in range(count):
            age = parent_age - self.draw.whole(18, 39)
            if age < 0:
                age = self.draw.whole(0, 3)
            if age > 20:
                age = self.draw.whole(3, 26)
            age = min(age, parent_age - 16)
            yield Person(MAN if self.draw.chance(0.51) else WOMAN, max(age, 0))

    # Birthplace and migration -------------------------------------------------------------------------------------

    def _natives(self, kind: HouseholdKind) -> Iterator[Person]:
        for part, person in self._members(kind, migrant=False, men=0.6):
            if part == "partner" and self.draw.chance(0.025):
                self._arrive(person, self.draw.pick(self.origins), self.draw.whole(1, 25), reason="family")
            else:
                self._born_here(person)
            yield person

    def _migrants(self, kind: HouseholdKind) -> Iterator[Person]:
        """A household that came together, or whose members followed; its children may be born here."""
        draw = self.draw
        origin = draw.pick(self.origins)
        profile = self.country.profiles[origin.profile]
        years = self._years_here()
        visiting = kind == "sharers" and draw.chance(0.06)
        posted = kind in ("couple", "family") and origin.profile == "professional" and draw.chance(0.1)
        for part, person in self._members(kind, migrant=True, men=1 - profile.women):
            if visiting:
                self._stay(person, origin, HERE_FOR_WORK)
            elif posted:
                self._stay(person, origin, EMBASSY_STAFF)
                person.fixed_job = EMBASSY_INDUSTRY if part == "head" else ""
            elif part == "child" and person.age <= years - 1:
                self._born_here(person, foreign=0.0 if years > 12 else 0.7, origin=origin)
            elif part == "partner" and draw.chance(0.14):
                self._born_here(person)
            else:
                followed = years if part != "partner" else max(0, years - draw.whole(0, 3))
                came = self._years_here() if part == "sharer" else followed
                self._arrive(person, origin, came, reason="family" if part in ("partner", "child", "parent") else "")
            yield person

    def _years_here(self) -> int:
        """Years since arrival: recent arrivals are many, and a tail reaches back a generation."""
        position = self.draw.uniform()
        return int(position * position * 34)

    def _live_in_worker(self) -> Person:
        """A domestic worker who lives in the household she works for."""
        person = Person(WOMAN if self.draw.chance(0.9) else MAN, self.draw.whole(22, 52), fixed_job=DOMESTIC_INDUSTRY)
        self._arrive(person, self.draw.pick(self.workers), self.draw.whole(0, 9), reason="employment")
        return person

    def _visitor(self) -> Person:
        """A guest of the household who lives abroad and did not come to work."""
        person = Person(MAN if self.draw.chance(0.45) else WOMAN, self.draw.whole(18, 74))
        self._stay(person, self.draw.pick(self.origins), VISITOR)
        return person

    def _stay(self, person: Person, origin: Origin, presence: str) -> None:
        """Someone whose usual residence stays abroad: here for a season or project, on a visit, or at an embassy."""
        self._arrive(person, origin, 0, reason="other" if presence == VISITOR else "employment")
        person.usual_resident, person.usual_country = presence, origin.code
        person.citizenship = person.birth = origin.code

    def _born_here(self, person: Person, foreign: float = 0.004, origin: Origin | None = None) -> None:
        person.birth = person.citizenship = self.country.home_code
        if self.draw.chance(foreign):
            person.citizenship = (origin or self.draw.pick(self.origins)).code
        elif person.age >= 24 and self.draw.chance(0.03):
            person.previous = self.draw.pick(self.origins).code

    def _arrive(self, person: Person, origin: Origin, years: int, reason: str) -> None:
        """Birth abroad, the move, its reason and the citizenship held today: the longer here, the more naturalised."""
        draw = self.draw
        years = min(years, person.age)
        person.origin = person.birth = person.previous = person.citizenship = origin.code
        if draw.chance(0.06):
            person.previous = draw.pick(self.origins).code
        person.arrival = str(self.year - years)
        chosen = draw.pick(self.reasons[origin.profile]) if not reason or draw.chance(0.12) else reason
        person.reason = REASONS[chosen]
        if years >= 5 and draw.chance(min(0.03 * years, 0.6)):
            person.citizenship = self.country.home_code
        elif chosen == "forced" and draw.chance(0.06):
            person.citizenship = STATELESS

    # Schooling and answers not given ------------------------------------------------------------------------------

    def _schooling(self, person: Person) -> None:
        """Highest level completed, of everyone from 5 years on."""
        if person.age < 5:
            return
        if person.age < self.country.minimum_age:
            person.education = "00" if person.age < 7 or (person.age < 12 and self.draw.chance(0.7)) else "10"
            person.schooling = "low"
            return
        generation = "young" if person.age < 40 else "old"
        profile = self.profile_of.get(person.origin)
        if person.fixed_job:
            person.schooling = "low" if person.fixed_job == DOMESTIC_INDUSTRY else "high"
        elif person.age < 22:
            person.schooling = self.draw.pick(self.schooling["student"])
        else:
            person.schooling = self.draw.pick(self.schooling[profile or generation])
        person.education = self.draw.pick(self.education[person.schooling])

    def _unanswered(self, person: Person) -> None:
        """A few do not say, or do not know, where they or others were born."""
        draw = self.draw
        migrant = bool(person.origin)
        if person.usual_resident == RESIDENT and draw.chance(0.012 if migrant else 0.004):
            person.birth, person.reason = UNKNOWN_COUNTRY, "" if not migrant else REASON_REFUSED
            person.arrival = UNKNOWN_YEAR
        elif migrant and draw.chance(0.01):
            person.birth = ABROAD_UNSPECIFIED
        if draw.chance(0.003):
            person.citizenship = UNKNOWN_COUNTRY
        if migrant and person.arrival != UNKNOWN_YEAR and draw.chance(0.02):
            person.arrival = UNKNOWN_YEAR
        if migrant and draw.chance(0.03):
            person.reason = REASON_REFUSED
        if person.education and person.age >= self.country.minimum_age and draw.chance(0.006):
            person.education = UNKNOWN_EDUCATION
