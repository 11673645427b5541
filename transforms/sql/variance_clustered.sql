-- Linearised variance of a total or a rate under a stratified design, PSUs taken as drawn with replacement
-- (Wolter, Introduction to Variance Estimation, 2007, chapter 6; the same as svytotal and svyratio of R's survey).
-- In: units (one row per cell, stratum and PSU with cases), strata (PSUs of the whole sample per stratum).
-- Squares are summed as decimals, so that the result does not depend on thread order.

with measured as (
    select $keys, stratum, psu, $n_y as n_y, $w_y as w_y, $w_x as w_x
    from units
),

cell as (
    select $keys, sum(n_y) as n, cast(sum(w_y) as double) as y, cast(sum(w_x) as double) as x
    from measured
    group by $keys
),

linear as (
    -- a total is linear as it is; a rate's linear variable is numerator - rate x denominator
    select $keys, stratum, cast(w_y as double) - $rate * cast(w_x as double) as z
    from measured
    inner join cell using ($keys)
),

stratum_mean as (
    -- PSUs of the sample without a case in the cell count with z = 0
    select $keys, stratum, units,
        count(*) as units_with_cases,
        cast(sum(cast(z as decimal(38, 10))) as double) as z_sum,
        cast(sum(cast(z as decimal(38, 10))) as double) / units as z_mean
    from linear
    inner join strata using (stratum)
    group by $keys, stratum, units
),

around_mean as (
    select $keys, stratum, units, units_with_cases, z_sum, z_mean,
        cast(sum(cast(power(z - z_mean, 2) as decimal(38, 8))) as double) as squares_of_cases
    from linear
    inner join stratum_mean using ($keys, stratum)
    group by all
),

contribution as (
    -- a single-PSU stratum gives nothing (remove, certainty, average) or its own square (adjust, as R's survey does)
    select $keys,
        case
            when units > 1
                then (squares_of_cases + (units - units_with_cases) * power(z_mean, 2)) * units / (units - 1)
            when '$single_psu' = 'adjust' then power(z_sum, 2)
            else 0
        end as variance
    from around_mean
),

variance as (
    -- 'average' gives single-PSU strata the mean variance of the others
    select $keys,
        cast(sum(cast(variance as decimal(38, 8))) as double) * case
            when '$single_psu' = 'average'
                then (select count(*) / nullif(count(*) filter (units > 1), 0) from strata)
            else 1
        end as variance
    from contribution
    group by $keys
)

select $keys, n, y, x, variance
from cell
left join variance using ($keys)
