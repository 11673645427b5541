"""Labour underutilisation beside unemployment: time-related underemployment and the potential labour force.

Reference: 19th ICLS resolution I (2013) on work, employment and labour underutilization. A refused or unknown answer
counts only where the answers given do not decide; what nobody was asked stays missing.
"""

from __future__ import annotations

from schemas.definitions import TimeRelatedUnderemployment

NOT_ASKED = "('not_asked', 'not_available')"


def time_related_underemployment_sql(definition: TimeRelatedUnderemployment, kinds: str, threshold: float) -> str:
    """SQL of yes, no or a kind of missing, from wants_more_hours, available_for_more_hours and the hours worked.

    `kinds` is the SQL list of kinds of missing; `threshold` is a number of weekly hours in all jobs.
    """
    hours = definition.hours
    return f"""case
            when wants_more_hours in {NOT_ASKED} then wants_more_hours
            when available_for_more_hours in {NOT_ASKED} then available_for_more_hours
            when labour_force_status in {kinds} then labour_force_status
            when labour_force_status <> 'employed' then 'not_in_universe'
            when wants_more_hours = 'no' or available_for_more_hours = 'no' or {hours} >= {threshold!r} then 'no'
            when wants_more_hours <> 'yes' then wants_more_hours
            when available_for_more_hours <> 'yes' then available_for_more_hours
            when {hours} is null then coalesce({hours}_missing, 'unknown')
            else 'yes'
        end"""


def potential_labour_force_sql(kinds: str) -> str:
    """SQL of yes, no or a kind of missing, from sought_work, available_for_work and wanted_work.

    It consists of persons outside the labour force who sought employment without being available, or who wanted it and
    were available without seeking it.
    """
    return f"""case
            when wanted_work in {NOT_ASKED} then wanted_work
            when labour_force_status in {kinds} then labour_force_status
            when labour_force_status <> 'outside' then 'not_in_universe'
            when sought_work = 'yes' and available_for_work = 'no' then 'yes'
            when sought_work = 'no' and available_for_work = 'yes' and wanted_work = 'yes' then 'yes'
            when sought_work in ('refused', 'unknown') and available_for_work <> 'yes' then sought_work
            when sought_work = 'no' and available_for_work = 'yes' and wanted_work in {kinds} then wanted_work
            when sought_work = 'no' and wanted_work = 'yes' and available_for_work in {kinds} then available_for_work
            else 'no'
        end"""
