-- The one scan over the persons: cases, weights and squared weights of every combination of leaves, in or out of each
-- population, per stratum and PSU. Weights are summed as decimals, so that the result does not depend on thread order.

create temp table atoms as
with persons as (
    select
        $leaves,
        $populations,
        $stratum as stratum,
        $psu as psu,
        cast(weight as decimal(18, 8)) as weight,
        cast(weight * weight as decimal(38, 12)) as weight_squared
    from core
    where weight > 0
)
select
    * exclude (weight, weight_squared),
    count(*) as n,
    sum(weight) as w,
    sum(weight_squared) as w2
from persons
group by all
