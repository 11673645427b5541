-- Cases, weights and their squares of the persons at or below their cell's quantile, and of all of them: one row per
-- cell and sampling unit.

select
    cell,
    unit,
    count(*) as n,
    coalesce(sum(weight) filter (value <= q), 0) as w_below,
    sum(weight) as w_all
    $squares
from $valued
inner join $bounds using (combination)
group by cell, unit
