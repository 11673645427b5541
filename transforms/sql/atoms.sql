-- One scan over the persons: cases, weights and values of every combination of leaves, in or out of each population,
-- per stratum and PSU, and their squares where persons are the units. Everything is summed as decimals, so that the
-- result does not depend on thread order. Squares are of weights and values relative to their largest, so that they fit
-- whatever the unit.

create or replace temp table atoms as
with persons as (
    select
        $leaves,
        $populations,
        $stratum as stratum,
        $psu as psu,
        $values
        cast(weight as decimal(18, 8)) as weight,
        weight as weight_exact,
        weight / $largest_weight as weight_relative
    from core
    where weight > 0
)
select
    $keys,
    stratum,
    psu,
    count(*) as n,
    sum(weight) as w
    $sums
from persons
group by all
