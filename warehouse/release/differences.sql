-- Changes over time and gaps between groups, as rows of `cell`.
-- In: `cell`, `left_to_another`, `difference_wanted` (partition_number, indicator, difference, compared_with:
-- previous, year_before or others; is_relative), `compared_group` (classif2 of migrants, others: classif2 of those whom
-- they are compared with, said), tables `compared_period` and `covariance`.
-- $age, $codes: the numbers whose differences are given; $precedence: statuses, of which a number has the first that
-- applies; $separator: between notes.

with number as (
    select cell.*
    from cell
    anti join left_to_another using (partition_number, ref_area, indicator, time)
    where
        cell.obs_value is not null
        and cell.classif1 = $age
        and list_contains($codes, cell.classif2)
        and cell.indicator in (select difference_wanted.indicator from difference_wanted)
),

-- status B says of a number that it is not comparable with those before it
wanted as (
    select
        number.*,
        difference_wanted.difference,
        difference_wanted.compared_with,
        difference_wanted.is_relative,
        coalesce(compared_period.other_time, number.time) as other_time,
        case when compared_with = 'others' then compared_group.others else number.classif2 end as other_classif2,
        compared_group.said as groups_said
    from number
    inner join difference_wanted using (partition_number, indicator)
    left join compared_period
        on
            number.source = compared_period.source
            and number.time = compared_period.time
            and difference_wanted.compared_with = compared_period.which
            and not compared_period.since_break
    left join compared_group using (classif2)
    where
        case
            when compared_with = 'others' then compared_group.others is not null
            else compared_period.other_time is not null and number.obs_status <> 'B'
        end
),

paired as (
    select
        wanted.*,
        other.obs_value as other_value,
        other.obs_status as other_status,
        other.se as other_se,
        other.n as other_n,
        other.degrees_of_freedom as other_df,
        other.wave as other_wave,
        other.note_classif as other_note_classif,
        other.note_indicator as other_note_indicator,
        other.note_source as other_note_source,
        covariance.covariance,
        covariance.shared_units,
        case when is_relative then 100 / other.obs_value else 1 end as factor,
        case when is_relative then wanted.obs_value / other.obs_value else 1 end as ratio,
        factor * (wanted.obs_value - other.obs_value) as difference_value,
        wanted.se ^ 2 + (ratio * other.se) ^ 2 - 2 * ratio * coalesce(covariance.covariance, 0) as variance,
        case
            when compared_with = 'others' and covariance.covariance is null then null
            -- the least that a variance can be is zero: rounding may leave less of a difference between numbers that
            -- move as one
            when variance < 0 then 0
            else factor * sqrt(variance)
        end as difference_se,
        coalesce(difference_se, wanted.se + other.se) as limit_of_se
    from wanted
    inner join number as other
        on
            wanted.source = other.source
            and wanted.ref_area = other.ref_area
            and wanted.indicator = other.indicator
            and wanted.sex = other.sex
            and wanted.classif1 = other.classif1
            and wanted.other_classif2 = other.classif2
            and wanted.other_time = other.time
    left join covariance
        on
            wanted.source = covariance.source
            and wanted.indicator = covariance.indicator
            and wanted.sex = covariance.sex
            and wanted.classif1 = covariance.classif1
            and wanted.classif2 = covariance.classif2
            and wanted.time = covariance.time
            and wanted.other_classif2 = covariance.other_classif2
            and wanted.other_time = covariance.other_time
    where other.obs_value > 0 or not is_relative
)

select
    partition_number,
    ref_area,
    source,
    difference as indicator,
    sex,
    classif1,
    classif2,
    time,
    difference_value as obs_value,
    case
        when obs_status = '' or other_status = '' then concat(obs_status, other_status)
        when list_position($precedence, obs_status) <= list_position($precedence, other_status) then obs_status
        else other_status
    end as obs_status,
    concat_ws(
        $separator,
        nullif(note_classif, ''),
        case when other_note_classif not in ('', note_classif) then other_note_classif end,
        case
            when limit_of_se is null then 'Significance: not known at 95 %'
            when abs(difference_value) > 1.96 * limit_of_se then 'Significance: significant at 95 %'
            when difference_se is null then 'Significance: not known at 95 %'
            else 'Significance: not significant at 95 %'
        end,
        case
            when limit_of_se is null then 'Standard error: not given: one of both numbers has none'
            when difference_se is null
                then format(
                    'Standard error: not given: the covariance of both groups was not measured; at most {:.2f}, '
                    || 'the sum of both errors', limit_of_se
                )
            when covariance is null
                then 'Standard error: that of independent samples, an upper limit where the same units answer again'
            else format(
                    'Standard error: with the covariance of both numbers, from {} sampling units or replicate '
                    || 'weights in common', shared_units
                )
        end,
        case
            when obs_status <> other_status and obs_status <> '' and other_status <> ''
                then format(
                    'Observation status: {}, and {} of the number that it is compared with', obs_status, other_status
                )
        end
    ) as note_classif,
    concat_ws(
        $separator,
        nullif(note_indicator, ''),
        case when other_note_indicator not in ('', note_indicator) then other_note_indicator end,
        case
            when compared_with = 'others' then 'Compared: gap, ' || groups_said
            else format('Compared: change from {} to {}', other_wave, wave)
        end
    ) as note_indicator,
    concat_ws(
        $separator,
        nullif(note_source, ''),
        case when other_note_source not in ('', note_source) then other_note_source end
    ) as note_source,
    case when n is not null and other_n is not null then least(n, other_n) end as n,
    difference_se as se,
    difference_value - 1.96 * difference_se as lower_bound,
    difference_value + 1.96 * difference_se as upper_bound,
    case when degrees_of_freedom is not null and other_df is not null then least(degrees_of_freedom, other_df) end
        as degrees_of_freedom,
    wave,
    vintage
from paired
