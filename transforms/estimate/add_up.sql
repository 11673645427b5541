-- Per combination of leaves of one set of dimensions and per sampling unit: cases, weights and weighted values of every
-- population.

select
    $columns,
    unit
from $atoms
where $where
group by $keys, unit
