-- One scan over the persons: sums of the full weight and of every replicate weight, for every combination of leaves, in
-- or out of each population. Then one row per replicate, its number in `unit`; number 0 is the full weight, and it
-- alone has cases. Everything is summed as decimals, so that the result does not depend on thread order; weights then
-- come in 1e-8ths.

with summed as (
    select
        $coded,
        count(*) as cases,
        [$weight_sums] as w
        $value_sums
    from $persons
    where $in_any_population
    group by all
),

by_replicate as (
    select
        $keys,
        cases,
        unnest(range($last + 1)) as unit,
        unnest(w) as w
        $values_of_replicates
    from summed
)

select
    *,
    case when unit = 0 then cases else 0 end as n
from by_replicate
