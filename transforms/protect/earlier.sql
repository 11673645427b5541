-- What earlier releases told of each number, in the order of its key: whether it was ever given, or withheld and never
-- given; whether its cases then differ from those of now by few, and whether its value or cases differ at all, as far as
-- they are given now.

with seen as (
    select
        $key,
        bool_or(coalesce(obs_status, '') <> $confidential) as was_given,
        list({'n': n, 'obs_value': obs_value}) filter (coalesce(obs_status, '') <> $confidential) as told
    from $earlier
    where method = 'suppression'
    group by $key
)

select
    coalesce(was_given, false) as was_given,
    coalesce(not was_given, false) as was_withheld,
    len(list_filter(told, lambda each: abs(each.n - numbers.n) between 1 and $minimum - 1)) > 0 as is_by_few,
    len(
        list_filter(
            told,
            lambda each: coalesce(each.n <> numbers.n, false)
                or coalesce(abs(each.obs_value - numbers.obs_value) > $rounding * (1 + abs(each.obs_value)), false)
        )
    ) > 0 as is_revised
from $numbers as numbers
left join seen using ($key)
order by $key
