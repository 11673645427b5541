-- Per cell and stratum: what the variance of every indicator of the cells is made of. Of each population its cases and
-- the PSUs that have some; of each sum its total over PSUs; of each pair of sums the total of their products.
-- Products are of values relative to the cell's largest and are summed as whole 1e-18ths: the result does not depend on
-- thread order, and no unit is too large.

create or replace temp table $target as
with largest as (
    select cell, $largest
    from $units
    group by cell
),

summed as (
    select cell, stratum,
        $cases,
        $totals,
        $products
    from $units
    inner join largest using (cell)
    group by cell, stratum
)

select * replace (
    $rescaled
)
from summed
inner join largest using (cell)
