-- Cases and weights of the persons at or below their cell's quantile (w_below) and of all of them (w_all): one row per
-- cell and replicate, its number in `unit`; number 0 is the full weight, and it alone has cases.

with summed as (
    select
        cell,
        count(*) as cases,
        [$below] as w_below,
        [$in_all] as w_all
    from $valued
    inner join $bounds using (combination)
    group by cell
),

by_replicate as (
    select
        cell,
        cases,
        unnest(range($last + 1)) as unit,
        unnest(w_below) as w_below,
        unnest(w_all) as w_all
    from summed
)

select
    cell,
    unit,
    case when unit = 0 then cases else 0 end as n,
    w_below,
    w_all
from by_replicate
