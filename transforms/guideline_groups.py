"""Return international migrant workers, for-work international migrants, and the recruitment cost in months.

References: 20th ICLS guidelines concerning statistics of international labour migration (2018); SDG indicator 10.7.1
(metadata of 18 May 2022). What could not be verified in their texts is a parameter in schemas/definitions.yaml.
"""

from __future__ import annotations

from schemas.definitions import ForWorkMigrant, RecruitmentCost, ReturnWorker
from transforms.duck import quote_text

NOT_ASKED = "('not_asked', 'not_available')"


def return_worker_column(definition: ReturnWorker, kinds: str) -> str:
    """Expression of return_international_migrant_worker: yes, no or a kind of missing (`kinds`, an SQL list).

    Current residents who worked in another country, for long enough and recently enough where the definition sets
    limits.
    """
    resident = "'yes'" if definition.residents_when_not_asked else "usual_resident"
    residence = f"case when usual_resident in {NOT_ASKED} then {resident} else usual_resident end"
    limits = (
        ("months_worked_abroad", "<", definition.minimum_months_abroad),
        ("months_since_return", ">", definition.maximum_months_since_return),
    )
    tests = "".join(_limit(definition, *limit) for limit in limits)
    return f"""case
            when worked_abroad in {NOT_ASKED} then worked_abroad
            when ({residence}) in {kinds} then ({residence})
            when ({residence}) in ('no', 'absent_abroad') then 'no'
            when worked_abroad <> 'yes' then worked_abroad{tests}
            else 'yes'
        end as return_international_migrant_worker"""


def _limit(definition: ReturnWorker, months: str, beyond: str, limit: int | None) -> str:
    if limit is None:
        return ""
    missing = f"{months}_missing not in {NOT_ASKED}" if definition.enough_when_not_asked else f"{months} is null"
    return f"""
            when {months} {beyond} {limit} then 'no'
            when {months} is null and {missing} then {months}_missing"""


def for_work_migrant_column(definition: ForWorkMigrant, kinds: str) -> str:
    """Expression of for_work_international_migrant: yes, no or a kind of missing.

    The foreign-born and non-citizens who came for work, whether or not they work now or are residents.
    """
    reasons = ", ".join(quote_text(reason) for reason in definition.reasons)
    excluded = ", ".join(quote_text(group) for group in definition.exclude)
    return f"""case
            when main_reason_for_migration in {NOT_ASKED} then main_reason_for_migration
            when birth_status in {NOT_ASKED} and citizenship_status in {NOT_ASKED} then birth_status
            when guideline_exclusion in ({excluded}) then 'no'
            when birth_status = 'foreign' or citizenship_status = 'non_citizen' then
                case
                    when main_reason_for_migration in ({reasons}) then 'yes'
                    when main_reason_for_migration in {kinds} then main_reason_for_migration
                    else 'no'
                end
            when birth_status in ('refused', 'unknown') then birth_status
            when citizenship_status in ('refused', 'unknown') then citizenship_status
            else 'no'
        end as for_work_international_migrant"""


def recruitment_cost_columns(definition: RecruitmentCost) -> list[str]:
    """Expressions of recruitment_cost_months and its kind of missing.

    The cost divided by the earnings of the first full month. It is missing for persons without earnings and, unless the
    definition includes them, for persons without a cost.
    """
    cost = "recruitment_cost >= 0" if definition.zero_cost_counts else "recruitment_cost > 0"
    has_both = f"{cost} and first_month_earnings_abroad > 0"
    return [
        f"case when {has_both} then recruitment_cost / first_month_earnings_abroad end as recruitment_cost_months",
        f"""case
            when {has_both} then null
            when recruitment_cost is null then coalesce(recruitment_cost_missing, 'unknown')
            when first_month_earnings_abroad is null then coalesce(first_month_earnings_abroad_missing, 'unknown')
            else 'not_in_universe'
        end as recruitment_cost_months_missing""",
    ]
