-- Linearised variance of a total, a rate or a mean under a stratified design, PSUs taken as drawn with replacement
-- (Wolter, Introduction to Variance Estimation, 2007, chapter 6; the same as svytotal and svyratio of R's survey).
-- In: $moments (per cell and stratum, over its PSUs with cases), strata (PSUs of the whole sample per stratum).
-- Strata are summed as decimals relative to the largest, so that neither thread order nor unit matters.

with measured as (
    select cell, stratum,
        $n as n,
        $base_units as base_units,
        $y as y,
        $x as x,
        $yy as yy,
        $xy as xy,
        $xx as xx
    from $moments
),

cell_sum as (
    select cell, sum(n) as n, cast(sum(y) as double) as cell_y, cast(sum(x) as double) as cell_x,
        sum(base_units) - count(*) filter (base_units > 0) as degrees_of_freedom,
        count(*) filter (base_units > 0) / nullif(count(*) filter (base_units > 0 and units > 1), 0)
            as strata_per_usable_stratum
    from measured
    inner join strata using (stratum)
    group by cell
),

linear as (
    -- a total is linear as it is; a ratio's linear variable is z = numerator - ratio x denominator
    select cell, stratum,
        cast(y as double) - $rate * cast(x as double) as z_sum,
        yy - 2 * $rate * xy + power($rate, 2) * xx as z_squares,
        yy + power($rate, 2) * xx as size
    from measured
    inner join cell_sum using (cell)
),

spread as (
    -- PSUs of the sample without a case in the cell count with z = 0; what is left below the digits of a double is none
    select cell, units, z_sum,
        case
            when z_squares - power(z_sum, 2) / units > 1e-13 * size then z_squares - power(z_sum, 2) / units
            else 0
        end as squares
    from linear
    inner join strata using (stratum)
),

contribution as (
    -- a single-PSU stratum gives nothing (remove, certainty, average) or its own square (adjust, as R's survey does)
    select cell,
        case
            when units > 1 then squares * units / (units - 1)
            when '$single_psu' = 'adjust' then power(z_sum, 2)
            else 0
        end as variance
    from spread
),

relative as (
    select cell, variance / largest as variance, largest
    from (select *, nullif(max(variance) over (partition by cell), 0) as largest from contribution)
),

variance as (
    -- 'average' gives single-PSU strata with cases in the domain the mean variance of the others
    select cell,
        cast(sum(cast(variance as decimal(38, 20))) as double) * largest
            * case when '$single_psu' = 'average' then strata_per_usable_stratum else 1 end as variance
    from relative
    inner join cell_sum using (cell)
    group by cell, largest, strata_per_usable_stratum
)

select cell, n, cell_y as y, cell_x as x, degrees_of_freedom,
    case when variance is null and n > 0 then 0 else variance end as variance
from cell_sum
left join variance using (cell)
