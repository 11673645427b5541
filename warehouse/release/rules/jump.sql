-- Numbers that are new or revised and differ from the same number of the period before, at most a year ago, by more
-- than $relative per cent, $absolute of their unit and $errors standard errors of the difference, where one of both has
-- at least $cases cases. Numbers that are changes themselves are left out: of a jump, that of the number itself tells.

with in_order as (
    select
        *,
        lag(obs_value) over series as value_before,
        lag(se) over series as error_before,
        lag(n) over series as cases_before,
        lag(time) over series as time_before
    from later.observation
    window series as (
        partition by ref_area, source, indicator, sex, classif1, classif2, regexp_extract(time, '[A-Z]')
        order by time
    )
),

changed as (
    from difference
    where compared = 'observation' and (change = 'new' or value_changed)
),

measured as (
    select
        in_order.*,
        100 * (obs_value - value_before) / nullif(abs(value_before), 0) as relative,
        (obs_value - value_before) / nullif(sqrt(se * se + error_before * error_before), 0) as in_errors
    from in_order
    semi join changed using (ref_area, source, indicator, sex, classif1, classif2, time)
    anti join later.indicator as changes on in_order.indicator = changes.indicator and changes.measure = 'change'
    where
        obs_value is not null and value_before is not null
        and cast(time[:4] as integer) - cast(time_before[:4] as integer) <= 1
)

select
    concat_ws(' ', ref_area, source, indicator, sex, classif1, classif2)
    || format(
        ': {:,.6g} in {} -> {:,.6g} in {}{}{}',
        value_before, time_before, obs_value, time,
        coalesce(format(', {:+.3g} %', relative), ''),
        coalesce(format(', {:+.3g} standard errors', in_errors), '')
    ) as example,
    coalesce(abs(relative), cast('infinity' as double)) as size
from measured
where
    coalesce(abs(relative) > $relative, true)
    and abs(obs_value - value_before) > $absolute
    and coalesce(abs(in_errors) > $errors, true)
    and greatest(coalesce(n, 0), coalesce(cases_before, 0)) >= $cases
order by size desc, example
