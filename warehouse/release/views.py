"""The views of the warehouse, and what their columns mean."""

from __future__ import annotations

import duckdb

from schemas.declaration import Language
from schemas.tables import (
    AVAILABILITY,
    CODE,
    CURRENCY,
    DEFINITION,
    INDICATOR,
    OBSERVATION,
    PARTITION,
    RELEASED_QUALITY,
    SOURCE,
)
from schemas.view_words import LANGUAGES, load_view_words
from transforms.duck import quote_name, quote_text
from transforms.sql import load_sql

_OWN_MEANINGS = {
    "country": "Reporting country in words",
    "source_id": "Source id, such as ABC.lfs",
    "source_title": "Title of the source",
    "indicator_title": "Title of the indicator",
    "sex": "Sex in words",
    "sex_code": "Sex; code list CL_SEX",
    "classif1_label": "First classification, mostly age, with its version in words",
    "classif2_label": "Second classification, such as place of birth, with its version in words",
    "label": "Code in words, after its classification and version where it has one",
    "series": "Id of a series, one of ours or of ILOSTAT's",
    "direction": "newer or older: which of the two the other id is",
    "relations": "How closely it corresponds, one relation for each step: see table indicator_alias",
    "bases": "Evidence for each step",
    "notes": "Notes, one an element: on classifications, indicator and source; in other_names, on each step",
    "steps": "How many rows of table indicator_alias lead there",
    "unit": "Unit of the value: thousands of persons, per cent, a currency, or what is counted",
    "status": "Observation status in words",
    "caution": "What to do about the status; empty where there is nothing to heed",
    "is_main_version": (
        "True for the version of each classification that comes first in its code list, of those that the country has "
        "for the indicator and period: with it alone no number stands twice"
    ),
    "version": "Version of the classification that the code belongs to",
    "version_sort": "Order of that version within the code list",
    "why": "Why the number is flagged",
    "is_ilostat_series": "True for a series of ILOSTAT's table of contents of October 2024",
    "outcome": "published; protected: some numbers withheld or all perturbed; totals_only; or not_produced",
    "explanation": "The reason in this case: which variable, and the declared note on it",
    "reason_label": "Reason of the state in words",
    "published": "Waves that publish it in full",
    "protected": "Waves that publish it with some numbers withheld, or all perturbed",
    "totals_only": "Waves that publish only the totals of a classification",
    "not_produced": "Waves that do not give it",
    "given_by": "Sources that give it in any part",
    "reasons_not_produced": "Why waves do not give it, each reason once",
    "subject": "XWAP population, TEAP labour force, TEMP in employment, TUNE unemployed, TEIP outside the labour force",
    "unit_type": "NB number or RT rate",
    "migrants_by": "Definition of migrants: place of birth (foreign-born) or citizenship (non-citizens)",
    "non_migrants": "Value for the native-born, or for citizens",
    "migrants": "Value for the foreign-born, or for non-citizens; empty where the source does not ask",
    "unknown": "Value for persons whose place of birth or citizenship is unknown",
    "everyone": "Value for all persons, migrant or not, unknown included",
    "gap": "Migrants less non-migrants, in percentage points",
    "gap_lower_bound": (
        "Lower end of the 95 per cent interval of the gap where gap_se is measured; else of one of 95 per cent or "
        "more, for any correlation"
    ),
    "gap_upper_bound": "Upper end of that interval",
    "change_lower_bound": (
        "Lower end of the 95 per cent interval of the change where change_se is measured; else of one of 95 per cent "
        "or more, for any correlation"
    ),
    "change_upper_bound": "Upper end of that interval",
    "women": "Value for women",
    "men": "Value for men",
    "women_less_men": "Women less men, in the unit of both",
    "women_less_men_se_at_most": "Upper limit of its standard error: the sum of those of both, for any correlation",
    "more_than_residents_se_at_most": (
        "Upper limit of the difference's standard error, thousands: the sum of those of both numbers; empty for the "
        "number itself"
    ),
    "foreign_born_share_se_at_most": (
        "Upper limit of the share's standard error, percentage points, linearised, for any correlation of both numbers"
    ),
    "gap_se_at_most": (
        "Upper limit of the gap's standard error, percentage points: the sum of those of both rates, for any "
        "correlation"
    ),
    "follows": "The definition that the number follows; paragraphs are those of the 20th ICLS guidelines of 2018",
    "more_than_residents": (
        "Value less the usual residents in the labour force who are migrants by the same criterion, thousands"
    ),
    "more_than_residents_percent": "The same difference, per cent of those usual residents",
    "origin": "Country of origin of those who live abroad; code list CL_AREA",
    "country_of_origin": "Country of origin in words",
    "residence_code": "Country where they live; code list CL_CRS",
    "country_of_residence": "Country where they live in words; Total for all together",
    "counted_by": "Which of the two countries gives the value: country of residence or country of origin",
    "estimate": "What series COR_NPOP has of the same origin, residence and sex, thousands",
    "estimate_time": "Year of that estimate: the nearest to the value's",
    "estimate_counts": (
        "Whom the estimate counts, in the words of its notes; where the value is by citizenship and these are "
        "foreign-born, part of the gap is of definition"
    ),
    "gap_to_estimate": "Value less the estimate, thousands; see the years and definitions of both",
    "gap_to_estimate_percent": "The same difference, per cent of the estimate",
    "gap_se": (
        "Standard error of the gap, percentage points, with the covariance of both rates that their sampling units or "
        "replicate weights show; empty where it was not measured"
    ),
    "gap_is_significant": (
        "True where the gap exceeds 1.96 times its standard error, or where that was not measured its upper limit: "
        "then it is significant at 5 per cent for any correlation, and where false it may still be"
    ),
    "previous_time": "The period before in the same series, of the same length; not always the one just before",
    "previous": "Value of that period",
    "change": "Value less that of the previous period, percentage points; across a break (status B) it is no change",
    "change_se_at_most": (
        "Upper limit of the change's standard error, percentage points: the sum of those of both periods, for any "
        "correlation of their samples"
    ),
    "change_se": (
        "Standard error of the change, percentage points, with the covariance over time of the sampling units that "
        "both periods share; empty where it was not measured"
    ),
    "change_is_significant": (
        "True where the change exceeds 1.96 times its standard error, or where that was not measured its upper limit: "
        "then it is significant at 5 per cent for any correlation, and where false it may still be"
    ),
    "earlier_time": "Earlier period of the same length that the number is compared with",
    "which": "previous: the last period before that has numbers; year_before: the same quarter or month a year before",
    "earlier_value": "Value of the earlier period",
    "difference": "Value less that of the earlier period, in their unit; percentage points where that is per cent",
    "difference_percent": "The same difference, per cent of the earlier value",
    "difference_se": "Standard error of the difference, in its unit; see covariance_basis",
    "covariance_basis": (
        "measured: the sampling units that both samples share are taken into account; assumed none: the samples are "
        "taken as independent, which gives an upper limit where the same persons or dwellings answer again"
    ),
    "shared_units": "Sampling units that both samples have in common, where the covariance was measured",
    "difference_is_significant": "True where the difference exceeds 1.96 times its standard error",
    "since_break": "Whether a break in series is declared between the two periods, or their coverage differs",
    "region": "Region or subregion of the ILO, or regional community of today's members; code list CL_AREA",
    "region_label": "Region or community in English",
    "how_recent": "current: a number of the newest year that any country has; older; or none",
    "last_time": "The last period of which the country has a number in this release; empty without one",
    "newest_year": "The newest year of which any country has a number for the indicator; empty where none has",
    "no_number_since": "First year without a number; empty where there is none at all, or a current one",
    "why_not": "Why there is no newer number: what the country's sources say of their waves, each reason once",
    "community": "Regional community; code list CL_AREA",
    "community_label": "Regional community in English",
    "from_other_members": "Migrants living in members of the community who come from another member of it, thousands",
    "from_all_countries": "Migrants living in its members whose country of origin is named, thousands",
    "share_from_other_members": "Those from another member, per cent of those whose country of origin is named",
    "measures": "What the indicator measures",
    "members": "Members on 31 December of the year, those left out whose rights are suspended",
    "members_counted": "Members in which migrants are counted",
    "member_codes": "Members on 31 December of the year, separated by spaces",
    "source_ids": "Sources of the country in this release, whatever they give; empty without any",
    "programme": "Programme id, in table programme",
    "programme_name": "What the programme is called",
    "programme_label": "Its label in English",
    "employer": "Whom the worker may work for: one employer; one_at_first, for a while; or any",
    "season": "seasonal, not_seasonal or both",
    "skill": "Skill that the programme asks for: low, high or any",
    "permits_first": "Permits granted for the first time in the period",
    "permits_extended": "Permits extended in the period, whenever they were granted first",
    "extended_per_first": "Permits extended for each one granted for the first time in the period; no renewal rate",
    "is_above_5_percent": (
        "True where sending costs more than 5 per cent: target 10.c of the Sustainable Development Goals is that there "
        "be no such corridor by 2030"
    ),
    "corridor_migrants": "Migrants from the country of origin in the country of residence, thousands; United Nations",
    "corridor_migrants_are": "Whom the country of residence counts as migrants: foreign-born or foreign citizens",
    "corridor_migrants_time": "Year of that estimate: the nearest to the cost, of two the earlier",
    "counted_migrants": "The same as a survey or register of the country of residence counts them, thousands",
    "counted_migrants_are": "Whom it counts",
    "counted_migrants_time": "Period of that count: the nearest to the cost, of two the earlier",
    "counted_migrants_source": "Source of that count",
    "remittances_received": "Remittances from that country in the year, millions of US dollars; empty where not known",
    "cost_weighted_by_migrants": (
        "Mean of the costs of the corridors of the country's emigrants, per cent of the amount sent, each weighted by "
        "its migrants; the producer's own averages are not weighted"
    ),
    "share_above_5_percent": "Migrants in corridors that cost more than 5 per cent, per hundred in surveyed ones",
    "corridors": "Corridors with a cost in the period and an estimate of their migrants",
    "share_in_surveyed_corridors": "Migrants in those corridors, per hundred emigrants of the country",
    "native_born": "Native-born in employment, thousands",
    "foreign_born": "Foreign-born in employment, thousands; empty where the source does not ask",
    "birthplace_unknown": "In employment with unknown place of birth, thousands",
    "foreign_born_share": ("Foreign-born per hundred of those in employment whose place of birth is known"),
}
_LANGUAGE_ENDINGS = {"_fr": "French", "_es": "Spanish"}
_BESIDE = {
    "status": "Observation status of the value in column {}, in words",
    "n": "Sample cases behind the value in column {}, unweighted; of the numerator for rates",
    "se": "Standard error of the value in column {}, in its unit",
    "cv": "Coefficient of variation of the value in column {}, per cent",
    "lower_bound": "Lower end of the 95 % confidence interval of the value in column {}",
    "upper_bound": "Upper end of the 95 % confidence interval of the value in column {}",
    "note_classif": "Notes on the classifications, of the value in column {}",
    "note_indicator": "Notes on the indicator, of the value in column {}",
}
"""Descriptions of the columns that accompany a value, by the ending of their names."""


_IN_EVERY_LANGUAGE = (
    "migrants_side_by_side",
    "rates_side_by_side",
    "women_and_men_side_by_side",
    "change_since_the_previous_period",
    "migrant_workers_by_definition",
    "nationals_abroad_mirror",
    "participation_of_migrants_and_non_migrants",
    "unemployment_of_migrants_and_non_migrants",
    "employment_by_place_of_birth",
    "what_is_flagged",
    "what_is_estimated",
    "five_largest_countries",
    "change_between_periods",
)
"""Views of views_in_words.sql, which end with the language where it is not English."""
_LABELS = (
    "country",
    "source_title",
    "indicator_title",
    "sex",
    "classif1_label",
    "classif2_label",
    "unit",
    "status",
    "caution",
)
"""Columns that a view in one language has once, and `labelled_observation` in every language."""


def create_views(connection: duckdb.DuckDBPyConnection) -> None:
    """Create every view and macro in the default database, with a comment on each column."""
    for name in ("views", "views_of_regions", "views_of_remittances", "views_of_programmes"):
        connection.execute(load_sql(__file__, name).template)
    for language in LANGUAGES:
        words = _words(language)
        connection.execute(load_sql(__file__, "observation_in_words").substitute(words))
        connection.execute(load_sql(__file__, "views_in_words").substitute(words))
    connection.execute(load_sql(__file__, "observation_of").template)
    columns = connection.execute("""
        select view_name, column_name
        from duckdb_views()
        inner join duckdb_columns() on view_oid = table_oid and duckdb_views.database_oid = duckdb_columns.database_oid
        where not duckdb_views.internal and duckdb_views.database_name = current_database()
    """).fetchall()
    for view, column in columns:
        connection.execute(f"comment on column {view}.{quote_name(column)} is {quote_text(meaning_of(column))}")


def _words(language: Language) -> dict[str, str]:
    """What the parameters of views in a language stand for: names of views and columns, and its own words."""
    ending = "" if language == "en" else f"_{language}"
    in_words = f"observation_in_{LANGUAGES[language]}"
    after = "" if language == "en" else f"_in_{LANGUAGES[language]}"
    return {
        **{name: quote_text(text) for name, text in load_view_words().in_language(language).items()},
        **{view: f"{view}{after}" for view in _IN_EVERY_LANGUAGE},
        **{column: f"{column}{ending}" for column in _LABELS},
        "observation_in_words": in_words,
        "numbers": "labelled_observation" if language == "en" else in_words,
        "note_text": f"note{ending}",
        "label_of_code": f"label_{language}",
        "full_label": f"label{ending}",
    }


def meaning_of(column: str) -> str:
    """The meaning of a column of a view; a name has the same meaning in all views. Raises KeyError for an unknown
    name."""
    tables = {
        each.name: each.meaning
        for table in (DEFINITION, CODE, CURRENCY, AVAILABILITY, SOURCE, RELEASED_QUALITY, PARTITION, INDICATOR)
        for each in table
    }
    meanings = tables | {each.name: each.meaning for each in OBSERVATION} | _OWN_MEANINGS
    if column in meanings:
        return meanings[column]
    in_language = _LANGUAGE_ENDINGS.get(column[-3:])
    if in_language is not None:
        return f"{meaning_of(column[:-3])}; in {in_language}"
    what = next((each for each in _BESIDE if column.endswith(f"_{each}")), column)
    return _BESIDE[what].format(column.removesuffix(f"_{what}"))
