-- Per cell of one set of dimensions, per stratum and PSU: cases, weights and weighted values of every population. First
-- per combination of leaves, so that few rows are left to be added up to the cells that each combination belongs to.

create or replace temp table units as
with of_leaves as (
    select
        $leaves,
        stratum,
        psu,
        $measures
    from atoms
    where $any_population
    group by all
)
select
    $cell as cell,
    stratum,
    psu,
    $totals
from of_leaves
$joins
group by all
