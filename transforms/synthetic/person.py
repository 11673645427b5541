"""One person of the generated survey: the answers as in the file, blank where the question was not asked."""

from __future__ import annotations

from dataclasses import dataclass

COLUMNS = {
    "HHID": "household",
    "LINE": "line",
    "STRATUM": "stratum",
    "PSU": "psu",
    "WGT": "weight",
    "REGION": "region",
    "AREA": "area",
    "SEX": "sex",
    "AGE": "age",
    "USUALRES": "usual_resident",
    "USUALC": "usual_country",
    "BIRTHC": "birth",
    "CITIZ": "citizenship",
    "PREVC": "previous",
    "ARRYEAR": "arrival",
    "REASON": "reason",
    "EDUC": "education",
    "Q01": "worked",
    "Q02": "absent",
    "Q03": "absence_reason",
    "Q04": "returns",
    "Q05": "sought",
    "Q06": "starts",
    "Q07": "wanted",
    "Q08": "available",
    "STATUS": "status",
    "OCC": "occupation",
    "INDUS": "industry",
    "HRSACT": "hours_actual",
    "HRSUSU": "hours_usual",
    "EARN": "earnings",
    "SOCSEC": "social_security",
    "LEAVE": "paid_leave",
    "SICK": "sick_leave",
    "REGUNIT": "registered",
    "RES1Y": "one_year_ago",
    "PERMIT": "permit",
    "INEDUC": "in_education",
    "Q09": "more_hours",
    "Q10": "more_hours_available",
    "SECTOR": "sector",
    "UNION": "union",
    "OWNCON": "own_contributions",
    "WRKABR": "worked_abroad",
    "ABRMON": "months_abroad",
    "BACKMON": "months_back",
    "RECCOST": "recruitment_cost",
    "RECEARN": "first_earnings",
    "PARBORN": "parents_born",
    "DISAB": "disability",
}


@dataclass(slots=True)
class Person:
    """A member of a sampled household. Fields that only determine later answers are not written: `origin`, `schooling`,
    and

    fixed_job   the industry of somebody whose job is settled by where they live: domestic staff, embassy staff
    public_job  whether the job is one that the public sector mostly offers
    """

    sex: str
    age: int
    household: str = ""
    line: str = ""
    stratum: str = ""
    psu: str = ""
    region: str = ""
    area: str = ""
    design_weight: float = 0.0
    weight: str = ""
    origin: str = ""
    schooling: str = ""
    fixed_job: str = ""
    public_job: bool = False
    usual_resident: str = "1"
    usual_country: str = ""
    birth: str = ""
    citizenship: str = ""
    previous: str = ""
    arrival: str = ""
    reason: str = ""
    education: str = ""
    worked: str = ""
    absent: str = ""
    absence_reason: str = ""
    returns: str = ""
    sought: str = ""
    starts: str = ""
    wanted: str = ""
    available: str = ""
    status: str = ""
    occupation: str = ""
    industry: str = ""
    hours_actual: str = ""
    hours_usual: str = ""
    earnings: str = ""
    social_security: str = ""
    paid_leave: str = ""
    sick_leave: str = ""
    registered: str = ""
    one_year_ago: str = ""
    permit: str = ""
    in_education: str = ""
    more_hours: str = ""
    more_hours_available: str = ""
    sector: str = ""
    union: str = ""
    own_contributions: str = ""
    worked_abroad: str = ""
    months_abroad: str = ""
    months_back: str = ""
    recruitment_cost: str = ""
    first_earnings: str = ""
    parents_born: str = ""
    disability: str = ""

    @property
    def is_woman(self) -> bool:
        """Whether the person is a woman."""
        return self.sex == "2"
