-- The persons in some population, coded in whole numbers (see transforms/estimate/coding.py): what every scan reads.

with coded as (
    select
        $coded,
        $unit as unit,
        $weights
        $values
    from $core as core
    $sampling_units
    where weight > 0
)

select *
from coded
where $in_any_population
