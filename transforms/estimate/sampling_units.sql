-- The primary sampling units of the whole sample and the strata that they are in, both numbered in the order of their
-- names from 0. Those whose weights are all zero were drawn like the others, and count.

with named as (
    select distinct coalesce(stratum, '') as stratum_name, coalesce(psu, '') as psu
    from $core
)

select
    cast(row_number() over (order by stratum_name, psu) - 1 as integer) as unit,
    cast(dense_rank() over (order by stratum_name) - 1 as integer) as stratum,
    stratum_name,
    psu
from named
