-- Differences of a draft from the current release that a release attached as `held` has too: its numbers are held back
-- by a person.

with same as (
    select difference.*
    from difference
    inner join held.observation as kept
        using (ref_area, source, indicator, sex, classif1, classif2, time)
    where
        compared = 'observation' and (change = 'new' or value_changed)
        and value_after is not distinct from kept.obs_value
    union all
    select difference.*
    from difference
    anti join held.observation using (ref_area, source, indicator, sex, classif1, classif2, time)
    where compared = 'observation' and change = 'vanished'
)

select
    format('{} {}: {:,} numbers', source, time, count(*)) as example,
    count(*) as size
from same
group by source, time
order by size desc, example
