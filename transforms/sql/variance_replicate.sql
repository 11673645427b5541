-- Variance of a total, a rate or a mean from replicate weights: how far the replicates' estimates lie from the full
-- sample's, or from their mean (Wolter, Introduction to Variance Estimation, 2007, chapters 3 to 5; the same as
-- svrepdesign of R's survey).
-- In: $units_table (one row per cell and replicate: its number in `psu`, 0 for the full weight), replicate (the factor that each
-- counts with), replication (degrees of freedom of the whole sample).

with measured as (
    select cell, psu, $n as n, $base_n as base_n, cast($y as double) as y, cast($x as double) as x
    from $units_table
),

full_sample as (
    select cell, n, base_n, y, x, $estimate as estimate
    from measured
    where psu = 0
),

replicated as (
    -- a ratio that a replicate cannot give, because it holds nobody of the cell, is left out
    select cell, psu, factor, estimate
    from (select cell, psu, $estimate as estimate from measured)
    inner join replicate using (psu)
    where estimate is not null
),

centre as (
    select cell, case when '$centre' = 'mean' then mean else full_sample.estimate end as centre
    from full_sample
    inner join (
        select cell, sum(estimate order by psu) filter (factor > 0) / count(*) filter (factor > 0) as mean
        from replicated
        group by cell
    ) using (cell)
),

variance as (
    select cell, sum(factor * power(estimate - centre, 2) order by psu) as variance
    from replicated
    inner join centre using (cell)
    group by cell
)

select cell, n, y, x,
    least(degrees_of_freedom, base_n - 1) as degrees_of_freedom,
    variance * $unit as variance
from full_sample
cross join replication
left join variance using (cell)
