-- The quantile of each cell as y over x = 1, its 95 % interval from `low` to `high`, and its standard error.
-- The interval of the share at or below the quantile lies around the estimated share (y over x), as in R's
-- svyquantile, not around the share asked for; it is carried back to the values.

with share_interval as (
    select
        cell,
        n,
        persons,
        degrees_of_freedom,
        t,
        y / x - t * se / x as lower,
        y / x + t * se / x as upper
    from $shares_below
    where x > 0
),

ends as (
    select
        cell,
        min(value) filter (lower >= -$rounding and share >= lower - $rounding) as low,
        min(value) filter (upper <= 1 + $rounding and share >= least(upper, 1) - $rounding) as high
    from $distribution
    inner join share_interval using (cell)
    group by cell
)

select
    cell,
    n,
    persons,
    q as y,
    1 as x,
    low,
    high,
    degrees_of_freedom,
    case when t > 0 then (high - low) / (2 * t) / $unit end as se,
    t
from $quantiles
inner join share_interval using (cell)
inner join ends using (cell)
