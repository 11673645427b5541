-- What is compared of two waves: every figure of a wave beside the same of the wave before it.
--
-- check_id                 what is looked at
-- partition_number, ref_area, indicator, sex, classif2   the number that the figure is taken from
-- value, value_before      a number, its cases, or a share in per cent
-- cases, cases_before      sample cases
-- errors                   the change in standard errors of the difference, with the covariance of both numbers where
--                          it was measured; null where there is none
-- factor                   how many times the smaller the larger is; of shares of the composition, their odds
-- is_compared              whether it can be judged
-- is_beyond                whether all limits of its check are exceeded, and no break is declared
-- said                     the change in words

with limits as (
    select
        unnest($checks) as check_id, unnest($errors) as errors, unnest($factors) as factor,
        unnest($absolutes) as absolute
),

kept as (
    select
        partition_number,
        ref_area,
        indicator,
        sex,
        classif2,
        obs_value,
        n,
        case when obs_value = 0 then 0 else se end as se
    from cell
    anti join left_to_another using (partition_number, ref_area, indicator, time)
    where classif1 = $age and list_contains($numbers || $population, indicator) and obs_value is not null
),

known as (
    from kept
    where not list_contains($unknown, classif2)
),

population as (
    from known
    where list_contains($population, indicator)
),

unknown_share as (
    select whole.*, 100 * coalesce(part.obs_value, 0) / whole.obs_value as share
    from population as whole
    left join kept as part
        on part.partition_number = whole.partition_number and part.ref_area = whole.ref_area
            and part.indicator = whole.indicator and part.sex = whole.sex and list_contains($unknown, part.classif2)
    where whole.sex = $both_sexes and list_contains($totals, whole.classif2) and whole.obs_value > 0
),

composition as (
    select part.*, 100 * part.obs_value / whole.obs_value as share, 100 * part.se / whole.obs_value as share_error
    from population as part
    inner join population as whole
        on whole.partition_number = part.partition_number and whole.ref_area = part.ref_area
            and whole.indicator = part.indicator and whole.sex = $both_sexes
            and case
                when part.sex = $both_sexes
                    then list_contains($totals, whole.classif2) and not list_contains($totals, part.classif2)
                else whole.classif2 = part.classif2
            end
    where whole.obs_value > 0
),

figure as (
    select
        'headline_numbers' as check_id, partition_number, ref_area, indicator, sex, classif2,
        obs_value as value, obs_value as ratio_of, se as error, n as cases
    from known
    where list_contains($numbers, indicator)

    union all

    select
        'sample_size' as check_id, partition_number, ref_area, indicator, sex, classif2,
        n as value, n as ratio_of, null as error, n as cases
    from population
    where sex = $both_sexes and n is not null

    union all

    select
        'share_unknown' as check_id, partition_number, ref_area, indicator, sex, classif2,
        share as value, share as ratio_of, null as error, n as cases
    from unknown_share

    union all

    select
        'composition' as check_id, partition_number, ref_area, indicator, sex, classif2,
        share as value, share / nullif(100 - share, 0) as ratio_of, share_error as error, n as cases
    from composition
),

over_time as (
    select 'headline_numbers' as check_id, partition_number, other_number, indicator, sex, classif2, covariance
    from covariance_of
    where classif1 = $age and other_classif2 = classif2
),

measured as (
    select
        now.check_id, now.partition_number, now.ref_area, now.indicator, now.sex, now.classif2,
        now.value, before.value as value_before,
        now.cases, before.cases as cases_before, wave_pair.earlier, wave_pair.since_break,
        now.error ^ 2 + before.error ^ 2 - 2 * coalesce(over_time.covariance, 0) as variance,
        (now.value - before.value)
        / sqrt(case when variance > 0 then variance end) as errors,
        case
            when now.ratio_of = before.ratio_of then 1
            when least(now.ratio_of, before.ratio_of) = 0 then cast('infinity' as double)
            else greatest(now.ratio_of, before.ratio_of) / least(now.ratio_of, before.ratio_of)
        end as factor
    from figure as now
    inner join wave_pair using (partition_number)
    inner join figure as before
        on before.partition_number = wave_pair.earlier_number and before.check_id = now.check_id
            and before.ref_area = now.ref_area and before.indicator = now.indicator
            and before.sex = now.sex and before.classif2 = now.classif2
    left join over_time
        on over_time.partition_number = now.partition_number and over_time.other_number = wave_pair.earlier_number
            and over_time.check_id = now.check_id and over_time.indicator = now.indicator
            and over_time.sex = now.sex and over_time.classif2 = now.classif2
)

select
    measured.* exclude (earlier, since_break, variance),
    cases is not null and cases_before is not null and greatest(cases, cases_before) >= $cases
    and (limits.errors is null or measured.errors is not null) as is_compared,
    is_compared and not since_break
    and coalesce(abs(measured.errors) > limits.errors, true)
    and measured.factor >= limits.factor
    and abs(value - value_before) >= limits.absolute as is_beyond,
    case check_id
        when 'headline_numbers'
            then format(
                'was {:,.1f} in {} with {:,} cases and is {:,.1f} with {:,}: '
                || 'a change by {:.1f} standard errors, no break declared',
                value_before, earlier, cases_before, value, cases, abs(measured.errors)
            )
        when 'sample_size' then format('had {:,.0f} sample cases in {} and has {:,.0f}', value_before, earlier, value)
        when 'share_unknown'
            then format('unknown for {:.1f} per cent in {} and for {:.1f}', value_before, earlier, value)
        when 'composition' then format(
            'was {:.1f} per cent of {} in {} and is {:.1f}: a change by {:.1f} standard errors',
            value_before, case when sex = $both_sexes then 'the population' else 'both sexes' end, earlier, value,
            abs(measured.errors)
        )
    end as said
from measured
inner join limits using (check_id)
