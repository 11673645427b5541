-- Per cell of one set of dimensions, per stratum and PSU: cases, weights and squared weights of every population.

create or replace temp table units as
select
    $codes,
    stratum,
    psu,
    $measures
from atoms
$joins
where $any_population
group by all
