-- One scan over the persons: cases, weights and values of every combination of leaves, in or out of each population,
-- per sampling unit, and their squares where persons are the units. Everything is summed as decimals, so that the
-- result does not depend on thread order; weights then come in 1e-8ths. Squares are of weights and values relative to
-- their largest, so that they fit whatever the unit.

select
    $coded,
    unit,
    count(*) as n,
    cast($weight_units * sum(weight) as bigint) as w
    $sums
from $persons
where $in_any_population
group by all
