-- One scan over the persons: sums of the full weight and of every replicate weight, for every combination of leaves, in or
-- out of each population. Then one row per replicate, its number in `psu`; number 0 is the full weight, and it alone has
-- cases. Everything is summed as decimals, so that the result does not depend on thread order.

create or replace temp table atoms as
with persons as (
    select
        $leaves,
        $populations,
        $values
        $weights
    from $core
    where weight > 0
),

summed as (
    select
        $keys,
        count(*) as cases,
        [$weight_sums] as w$value_sums
    from persons
    group by all
),

by_replicate as (
    select
        $keys,
        cases,
        unnest(range($last + 1)) as psu,
        unnest(w) as w$values_of_replicates
    from summed
)

select *, '' as stratum,
    case when psu = 0 then cases else 0 end as n
from by_replicate
