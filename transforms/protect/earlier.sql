-- The numbers that tell something together with earlier releases, one row each: whether it is withheld in one release
-- and given in the other, and whether its cases differ by few.

with seen as (
    select
        $key,
        bool_or(coalesce(obs_status, '') <> $confidential) as was_given,
        list(n) filter (n is not null) as cases
    from $earlier
    where method = 'suppression'
    group by $key
),

compared as (
    select
        $key,
        was_given <> (coalesce(obs_status, '') <> $confidential) as is_on_and_off,
        len(list_filter(cases, lambda each: abs(each - n) between 1 and $minimum - 1)) > 0 as is_by_few
    from $numbers
    inner join seen using ($key)
)

select
    indicator,
    sex,
    classif1,
    classif2,
    is_on_and_off,
    coalesce(is_by_few, false) as is_by_few
from compared
where is_on_and_off or is_by_few
order by $key
