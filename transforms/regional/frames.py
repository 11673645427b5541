"""The tables passed between the steps of the regional estimates: their columns, types and keys.

A step ends with `FRAME.of(...)`, which refuses a table that is not as declared; the next step relies on it. Wide tables
and results of several parts are dataclasses beside the step that makes them.
"""

from __future__ import annotations

from schemas.tables import OBSERVATION, OBSERVATION_KEY, REGIONAL_DIAGNOSTIC, REGIONAL_INPUT, Column
from transforms.regional.bands import BANDS
from transforms.regional.frame import Frame


def _texts(**meanings: str) -> tuple[Column, ...]:
    return tuple(Column(name, "VARCHAR", meaning) for name, meaning in meanings.items())


def _numbers(**meanings: str) -> tuple[Column, ...]:
    return tuple(Column(name, "DOUBLE", meaning) for name, meaning in meanings.items())


def _flag(name: str, meaning: str) -> tuple[Column, ...]:
    return (Column(name, "BOOLEAN", meaning),)


YEAR = (Column("year", "BIGINT", "Year"),)
OF_AREA = _texts(area="Country or territory, ISO 3166-1 alpha-3", sex="male or female")
OF_REPORT = (*_texts(area="Country or territory, ISO 3166-1 alpha-3", sex="male, female or total"), *YEAR)
OF_GROUP = _texts(group="World, region, subregion, income group or regional community", sex="male, female or total")
GROUPED = _texts(region="ILO region", subregion="ILO subregion", income="Income group of the year itself")
SUMMED = (*GROUPED, *_texts(communities="Regional communities that it is a member of in the year, separated by spaces"))
BY_AREA, BY_GROUP = ("area", "sex"), ("group", "sex")

# Benchmarks, as declared and read in schemas/sources/X01: the parts that the estimates use.
VALUED = _numbers(value="Persons, or per cent for rates")
VINTAGE = _texts(vintage="Edition of the producer")
POPULATION = Frame(
    "population",
    ("vintage", "area", "year", "sex", "age"),
    (*VINTAGE, *OF_REPORT, *_texts(age="Age group"), *VALUED),
)
STOCK = Frame("stock", POPULATION.key, POPULATION.columns)
RATE = Frame(
    "rate",
    ("vintage", "indicator", "area", "year", "sex"),
    (*VINTAGE, *_texts(indicator="Group of the rate, and its population"), *OF_REPORT, *VALUED),
)
REPORTED = Frame(
    "reported",
    ("area", "sex", "year", "age", "basis", "source"),
    (
        *OF_REPORT,
        *_texts(age="15+ or 15-64", basis="foreign_born or foreign_citizens"),
        *_numbers(
            migrant="Participation of migrants, per cent",
            non_migrant="Participation of others, per cent",
            migrant_unemployment="Unemployment of migrants, per cent",
            non_migrant_unemployment="Unemployment of others, per cent",
        ),
        *_texts(quality="Quality as the benchmark declares it", source="Where the report comes from"),
    ),
)
COUNTRY_GROUP = Frame(
    "country_group",
    ("area", "scheme", "year"),
    (*_texts(area="Country or territory", scheme="Kind of group", value="Group"), *YEAR),
)

BENCHMARKS = (POPULATION, RATE, STOCK, REPORTED, COUNTRY_GROUP)

# Our own national estimates. A source with several waves in a year gives the year several times.
OUR_OWN = (*OF_REPORT, *_texts(basis="foreign_born or foreign_citizens", origin="Our source"))
NATIONAL_RATES = Frame(
    "national rates",
    (),
    (
        *OUR_OWN,
        *_numbers(
            migrant="Rate of migrants, per cent",
            migrant_se="Its standard error",
            non_migrant="Rate of others, per cent",
            non_migrant_se="Its standard error",
        ),
    ),
)
NATIONAL_ACTIVITIES = Frame(
    "national structures by activity",
    (),
    (*OUR_OWN, *_texts(activity="Broad activity"), *_numbers(migrants="Employed migrants")),
)

# Log odds ratios of participation, or of employment in the labour force, migrants against others.
ODDS = Frame(
    "log odds reported",
    (),
    (
        *OF_AREA,
        *YEAR,
        *_texts(
            basis="foreign_born or foreign_citizens",
            age="15+ or 15-64",
            quality="Quality of the report; national for our own estimates",
            origin="Where the report comes from",
        ),
        *_numbers(log_odds="Log odds ratio", variance="Its variance"),
    ),
)
CHOSEN_ODDS = Frame(
    "log odds chosen",
    BY_AREA,
    (*ODDS.columns, Column("carried_years", "BIGINT", "Years between the report and the year estimated")),
)

# Ages: shares of 15 and over by band, and participation of each band as a share.
_OF_BANDS = {
    "population": "Share of the population 15 and over",
    "migrants": "Share of migrants 15 and over",
    "rate": "Participation, as a share",
}
AGE_PROFILE = Frame(
    "age profile",
    BY_AREA,
    (
        *OF_AREA,
        *_numbers(**{f"{name}_{band}": f"{said}: {band}" for name, said in _OF_BANDS.items() for band in BANDS}),
    ),
)
AGE_PROFILES = Frame("age profiles by year", ("year", *BY_AREA), (*YEAR, *AGE_PROFILE.columns))

# Every area and sex of a year, step by step.
MARGINS = Frame(
    "margins",
    BY_AREA,
    (
        *OF_AREA,
        *_numbers(
            population="Population 15 and over, persons",
            participation="Participation, as a share",
            labour_force="Labour force 15 and over, persons",
            migrants_input="Migrants 15 and over as published by the producer, persons",
            migrants="The same, capped at the declared share of the population",
        ),
        *_texts(flags="Remarks on the inputs, separated by ';'"),
        *SUMMED,
    ),
)
PARTICIPATION = Frame(
    "participation",
    BY_AREA,
    (
        *MARGINS.columns,
        *(
            Column("odds_year", "BIGINT", each.meaning) if each.name == "year" else each
            for each in CHOSEN_ODDS.columns
            if each.name not in BY_AREA
        ),
        *_flag("is_imputed", "True when the log odds are imputed"),
        *_numbers(migrant_labour_force="Migrants in the labour force, persons"),
    ),
)
EMPLOYMENT = Frame(
    "employment",
    BY_AREA,
    (
        *PARTICIPATION.columns,
        *_numbers(
            employed="Employed 15 and over, persons",
            employment_log_odds="Log odds ratio of employment in the labour force",
            employment_variance="Its variance",
        ),
        *_texts(employment_origin="Where the report of unemployment comes from"),
        *_flag("employment_is_imputed", "True when those log odds are imputed"),
        *_numbers(migrant_employment="Employed migrants, persons"),
    ),
)
AREAS = Frame(
    "areas",
    BY_AREA,
    (*EMPLOYMENT.columns, *_texts(activity_origin="Structure by activity: observed, raked or imputed")),
)
FEATURES = Frame(
    "features",
    BY_AREA,
    (
        *OF_AREA,
        *GROUPED,
        *_numbers(
            male="1 for men, 0 for women",
            migrant_share="Log odds of the share of migrants",
            participation_odds="Log odds of participation",
            age_gap="Log odds ratio that would follow from the ages of migrants alone",
            log_odds="Log odds ratio where it is reported",
        ),
    ),
)
LEFT_OUT = Frame(
    "areas left out",
    ("model", *BY_AREA),
    (
        *_texts(model="Imputation model"),
        *OF_AREA,
        *_numbers(
            migrants="Migrants, persons",
            observed="Participation of migrants as observed, per cent",
            imputed="The same as imputed from the other areas",
            lower="Lower end of its 90 % interval",
            upper="Upper end of its 90 % interval",
        ),
    ),
)

# Migrants of every area and sex by age and by activity.
BY_AGE = Frame(
    "migrants by age",
    (*BY_AREA, "age"),
    (
        *OF_AREA,
        *SUMMED,
        *_texts(age="Age band"),
        *_numbers(migrants="Migrants, persons", migrant_labour_force="Migrants in the labour force, persons"),
    ),
)
BY_ACTIVITY = Frame(
    "employed migrants by activity",
    (*BY_AREA, "activity"),
    (
        *OF_AREA,
        *SUMMED,
        *_texts(activity="Broad activity"),
        *_numbers(migrant_employment="Employed migrants, persons"),
        *_texts(origin="Where its share comes from: observed, raked or imputed"),
    ),
)

# Regions, subregions, income groups, regional communities and the world.
AGGREGATES = Frame(
    "aggregates",
    (*BY_GROUP, "measure", "status"),
    (
        *OF_GROUP,
        *_texts(
            measure="population, labour_force, employment or participation", status="total, migrant or non_migrant"
        ),
        *_numbers(
            value="Persons, or a share for participation",
            error="Standard error, from the draws",
            lower="Lower end of its interval",
            upper="Upper end of its interval",
            share_observed="Share of the group's migrants that is observed",
        ),
    ),
)
_PART = _numbers(value="Persons", share_observed="Share of them living where the structure is not imputed")
AGE_GROUPS = Frame("aggregates by age", (*BY_GROUP, "age"), (*OF_GROUP, *_texts(age="Age band"), *_PART))
ACTIVITY_GROUPS = Frame(
    "aggregates by activity", (*BY_GROUP, "activity"), (*OF_GROUP, *_texts(activity="Broad activity"), *_PART)
)
CONTRIBUTIONS = Frame(
    "contributions to a change",
    (*BY_GROUP, "component"),
    (*OF_GROUP, *_texts(component="population, migrant_share, participation or other"), *_numbers(value="Persons")),
)
BASELINE = Frame(
    "naive baseline",
    BY_GROUP,
    (
        *OF_GROUP,
        *_numbers(
            estimated="Migrants in the labour force, persons",
            theta_one="The same with the participation of the whole population",
        ),
    ),
)

# The tables written for an edition.
OBSERVATIONS = Frame("observation", OBSERVATION_KEY, OBSERVATION)
INPUTS = Frame("regional_input", ("edition", "time", "ref_area", "sex"), REGIONAL_INPUT)
DIAGNOSTICS = Frame(
    "regional_diagnostic", ("edition", "time", "subject", "model", "ref_area", "sex", "item"), REGIONAL_DIAGNOSTIC
)
