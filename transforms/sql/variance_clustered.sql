-- Linearised variance of a total, a rate or a mean under a stratified design, PSUs taken as drawn with replacement
-- (Wolter, Introduction to Variance Estimation, 2007, chapter 6; the same as svytotal and svyratio of R's survey).
-- In: units (one row per cell, stratum and PSU with cases), strata (PSUs of the whole sample per stratum).
-- Squares are summed as decimals of values relative to the largest, so that neither thread order nor unit matters.

with measured as (
    select $keys, stratum, psu, $n as n, $base_n as base_n, $y as y, $x as x
    from units
),

cell as (
    select $keys, sum(n) as n, cast(sum(y) as double) as cell_y, cast(sum(x) as double) as cell_x,
        count(*) filter (base_n > 0) - count(distinct stratum) filter (base_n > 0) as degrees_of_freedom
    from measured
    group by $keys
),

linear as (
    -- a total is linear as it is; a ratio's linear variable is numerator - ratio x denominator
    select $keys, stratum, cast(y as double) - $rate * cast(x as double) as z
    from measured
    inner join cell using ($keys)
),

relative as (
    select $keys, stratum, z / z_largest as z, z_largest
    from (select *, nullif(max(abs(z)) over (partition by $keys), 0) as z_largest from linear)
),

stratum_mean as (
    -- PSUs of the sample without a case in the cell count with z = 0
    select $keys, stratum, units, z_largest,
        count(*) as units_with_cases,
        cast(sum(cast(z as decimal(38, 20))) as double) as z_sum,
        cast(sum(cast(z as decimal(38, 20))) as double) / units as z_mean
    from relative
    inner join strata using (stratum)
    group by $keys, stratum, units, z_largest
),

around_mean as (
    select $keys, stratum, units, z_largest, units_with_cases, z_sum, z_mean,
        cast(sum(cast(power(z - z_mean, 2) as decimal(38, 20))) as double) as squares_of_cases
    from relative
    inner join stratum_mean using ($keys, stratum, z_largest)
    group by all
),

contribution as (
    -- a single-PSU stratum gives nothing (remove, certainty, average) or its own square (adjust, as R's survey does)
    select $keys, z_largest,
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
        cast(sum(cast(variance as decimal(38, 20))) as double) * power(z_largest, 2) * case
            when '$single_psu' = 'average'
                then (select count(*) / nullif(count(*) filter (units > 1), 0) from strata)
            else 1
        end as variance
    from contribution
    group by $keys, z_largest
)

select $keys, n, cell_y as y, cell_x as x, degrees_of_freedom,
    case when variance is null and n > 0 then 0 else variance end as variance
from cell
left join variance using ($keys)
