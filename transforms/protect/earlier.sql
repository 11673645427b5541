-- What earlier releases told of each number, in the order of its key: whether it was ever given, or withheld and never
-- given; whether its cases then differ from those of now by few, and whether its value or cases differ at all,
-- as far as they are given now.

with seen as (
    select
        $key,
        bool_or(coalesce(obs_status, '') <> $confidential) as was_given,
        list(n) filter (n is not null) as given_cases,
        list(obs_value) filter (obs_value is not null) as given_values
    from $earlier
    where method = 'suppression'
    group by $key
),

compared as (
    select
        $key,
        was_given,
        len(list_filter(given_cases, lambda each: abs(each - n) between 1 and $minimum - 1)) > 0 as has_few_others,
        len(list_filter(given_cases, lambda each: each <> n)) > 0 as has_other_cases,
        len(list_filter(given_values, lambda each: abs(each - obs_value) > $rounding * (1 + abs(each)))) > 0
            as has_another_value
    from $numbers
    left join seen using ($key)
)

select
    coalesce(was_given, false) as was_given,
    coalesce(not was_given, false) as was_withheld,
    coalesce(has_few_others, false) as is_by_few,
    coalesce(has_other_cases, false) or coalesce(has_another_value, false) as is_revised
from compared
order by $key
